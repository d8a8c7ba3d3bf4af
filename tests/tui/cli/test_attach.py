"""`basefit attach` and `basefit runs` on a run of another process (here: of another thread)."""

import asyncio
import json
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from catalog.evidence.store import Store
from probes.measurement.measurement import Measurement
from tests.tui.app import app_fakes as fakes
from tui.cli import attach as module


@pytest.fixture
def running(basefit, tmp_path: Path) -> Iterator[Measurement]:
    """Its first trial takes for ever."""
    home = tmp_path / "home"
    home.mkdir()
    run = Measurement(
        fakes.question(tmp_path),
        lambda: Store(home / "evidence.sqlite"),
        fakes.FakeExecutor(stuck="trial"),
    )

    def work() -> None:
        try:
            asyncio.run(run.run())
        except asyncio.CancelledError:
            return

    thread = threading.Thread(target=work)
    thread.start()
    while not any(row.job.probe == "trial" and row.progress for row in run.board.jobs):
        time.sleep(0.01)
    time.sleep(0.3)  # until it is written down
    yield run
    run.stop()
    thread.join()


def test_runs_say_how_far_it_is_and_attach_ends_it(running, basefit) -> None:
    ended, jobs = running.board.over, len(running.board.jobs)
    assert f"running: {ended} of {jobs} jobs" in basefit("runs").out
    live = basefit("runs", "--json").json["runs"][0]["live"]
    assert (live["jobs"], live["ended"]) == (jobs, ended)
    assert live["seconds_left_low"] < live["seconds_left"] < live["seconds_left_high"]
    answer = basefit("attach", "1", "--stop")
    assert (answer.status, answer.out) == (0, "The run has ended: cancelled.\n")
    assert basefit("runs", "--json").json["runs"][0]["live"] is None
    assert "cancelled" in basefit("runs").out
    over = basefit("attach", "1")
    assert (over.status, over.out) == (1, "Run 1 is over: cancelled.\n")


def test_ctrl_c_detaches_and_the_run_goes_on(running, basefit, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(seconds: float) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(module.time, "sleep", interrupted)
    answer = basefit("attach")
    monkeypatch.undo()
    assert answer.status == 0
    assert "Following basefit" in answer.err
    assert "Detached: the run goes on." in answer.err
    assert running.board.running


def test_one_that_ends_by_itself_is_followed_to_its_answer(running, basefit) -> None:
    for row in running.board.jobs:
        if row.job.probe == "trial":
            running.cancel(row.number)
    answer = basefit("attach", "--json")
    assert answer.status == 0
    assert (answer.json["run"], answer.json["status"]) == (1, "done")
    assert answer.json["result"]["winner"]


def test_where_nothing_runs_the_answer_is_no(basefit) -> None:
    answer = basefit("attach")
    assert (answer.status, answer.out) == (1, "Nothing is running.\n")
    assert basefit("attach", "--json").json["status"] is None
    missing = basefit("attach", "7")
    assert missing.status == 2
    assert "No run has the number 7" in missing.err


@pytest.fixture
def ctrl_c_as_python_has_it() -> Iterator[None]:
    """Whatever another test of this process left."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("ctrl_c_as_python_has_it")
def test_a_command_is_published_and_ends_when_it_is_asked_to(basefit, tmp_path, monkeypatch) -> None:
    monkeypatch.setattr("tui.cli.session.interrupt", lambda: signal.raise_signal(signal.SIGINT))
    place = tmp_path / "home" / "running"

    def ask() -> None:
        while not (found := list(place.glob("*/journal.jsonl"))):
            time.sleep(0.01)
        (found[0].parent / "stop").touch()

    thread = threading.Thread(target=ask)
    thread.start()
    answer = basefit("perplexity", "demo-llama-s", "--json")
    thread.join()
    assert answer.status == 130
    assert json.loads(answer.out)["error"]["kind"] == "cancelled"
