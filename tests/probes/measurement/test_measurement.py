"""One engine for a measurement: it owns its store, runs in any loop, and tells all in a journal."""

import asyncio
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from catalog.evidence.store import RunState, Store
from catalog.problem import Problem
from probes.jobs.events import Told
from probes.jobs.journal import Journal, entry_line, journal_of
from probes.jobs.queue import JobState
from probes.measurement.board import KINDS, Board
from probes.measurement.measurement import Choice, Measurement
from tests.tui.app import app_fakes as fakes


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BASEFIT_HOME", str(tmp_path))


def measurement(folder: Path, executor: fakes.FakeExecutor, **options: object) -> Measurement:
    return Measurement(
        replace(fakes.question(folder), minutes=options.pop("minutes", None)),
        lambda: fakes.store(folder),
        executor,
        **options,
    )


def stored(folder: Path, kind: str) -> int:
    store = fakes.store(folder)
    try:
        return len(store.find(kind))
    finally:
        store.close()


def shown(board: Board) -> tuple[object, ...]:
    return board.jobs, board.metrics, board.log, board.state, board.minutes, board.cost, board.reason


def eventually(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.01)


@pytest.mark.parametrize("minutes", [None, 30.0])
def test_who_reads_late_or_elsewhere_sees_everything_from_the_start(
    tmp_path: Path, minutes: float | None
) -> None:
    found = measurement(tmp_path, fakes.FakeExecutor(dead="tokenizers"), minutes=minutes)
    along = Board(found.journal)
    assert asyncio.run(found.run()) is RunState.DONE
    lines = [entry_line(entry) for entry in found.journal.entries]
    elsewhere = Board(journal_of(lines, KINDS, found.journal.clock))
    assert shown(along.read()) == shown(found.board) == shown(elsewhere.read())
    assert along.count(JobState.FAILED) >= 1
    assert along.count(JobState.DONE) >= 1
    assert along.seconds == elsewhere.seconds > 0


def test_it_runs_in_a_thread_with_a_loop_of_its_own_and_is_stopped_from_outside(tmp_path: Path) -> None:
    found = measurement(tmp_path, fakes.FakeExecutor(stuck="trial"))

    def run() -> None:
        with pytest.raises(asyncio.CancelledError):
            asyncio.run(found.run())

    thread = threading.Thread(target=run)
    thread.start()
    eventually(lambda: any(row.job.probe == "trial" and row.progress for row in found.board.jobs))
    assert fakes.status(tmp_path) is RunState.RUNNING
    found.stop()
    thread.join(60)
    assert found.board.state is fakes.status(tmp_path) is RunState.CANCELLED
    assert stored(tmp_path, "perplexity") == 8, "what is measured is kept"
    assert {row.state for row in found.board.jobs} == {JobState.DONE, JobState.CANCELLED}


def test_one_job_is_ended_from_outside_and_the_others_go_on(tmp_path: Path) -> None:
    found = measurement(tmp_path, fakes.FakeExecutor(stuck="tokenizers"))
    thread = threading.Thread(target=lambda: asyncio.run(found.run()))
    thread.start()
    eventually(lambda: any(row.progress for row in found.board.jobs))
    found.cancel(0)
    thread.join(60)
    states = [row.state for row in found.board.jobs]
    assert states == [JobState.CANCELLED, *[JobState.DONE] * (len(states) - 1)]
    assert found.board.state is fakes.status(tmp_path) is RunState.DONE


@pytest.mark.parametrize(
    ("dead", "size", "state"),
    [
        ("", 48 * 2**20, RunState.DONE),
        ("small-model", 48 * 2**20, RunState.DONE),
        ("", 2**10, RunState.NO),
        ("perplexity", 48 * 2**20, RunState.FAILED),
    ],
)
def test_one_rule_says_how_it_ended(tmp_path: Path, dead: str, size: int, state: RunState) -> None:
    asked = fakes.question(tmp_path)
    asked = replace(asked, data=None, budget=replace(asked.budget, bytes=size))
    found = Measurement(asked, lambda: fakes.store(tmp_path), fakes.FakeExecutor(dead=dead))
    assert asyncio.run(found.run()) is state
    assert found.board.state is fakes.status(tmp_path) is state
    assert bool(found.failed) == bool(dead)


def test_the_command_and_the_app_record_the_same(tmp_path: Path) -> None:
    for options in ({}, {"command": "basefit demo"}, {"command": "basefit recommend", "choice": "nothing"}):
        choice = Choice(options.pop("choice")) if "choice" in options else None
        asyncio.run(measurement(tmp_path, fakes.FakeExecutor(), choice=choice, **options).run())
    store = Store(tmp_path / "evidence.sqlite")
    runs = store.runs()
    store.close()
    assert [run.command for run in runs] == ["basefit recommend", "basefit demo", "basefit"]
    assert len({tuple(run.request) for run in runs}) == len({tuple(run.result) for run in runs}) == 1
    assert {run.status for run in runs} == {RunState.DONE}


def test_what_goes_wrong_is_raised_once_it_is_told(tmp_path: Path) -> None:
    asked = replace(fakes.question(tmp_path), text=tmp_path / "gone.txt")
    found = Measurement(asked, lambda: fakes.store(tmp_path))
    with pytest.raises(Problem, match=r"gone\.txt"):
        asyncio.run(found.run())
    assert found.board.state is RunState.FAILED
    assert found.board.log[-1].failed.code == "text-missing"


def test_a_store_that_is_lost_is_told(tmp_path: Path) -> None:
    class Lost(Store):
        def append(self, *_: object) -> str:
            raise OSError(28, "No space left on device")

    found = Measurement(
        fakes.question(tmp_path), lambda: Lost(tmp_path / "evidence.sqlite"), fakes.FakeExecutor()
    )
    with pytest.raises(OSError, match="No space"):
        asyncio.run(found.run())
    assert found.board.log[-1].failed.code == "store-unwritable"
    assert fakes.status(tmp_path) is RunState.FAILED


def test_an_empty_journal_is_a_board_that_runs() -> None:
    board = Board(Journal(lambda: 5.0)).read()
    assert (board.state, board.jobs, board.seconds) == (RunState.RUNNING, [], 0.0)


async def test_two_on_one_store_share_the_work(tmp_path: Path) -> None:
    executor = fakes.FakeExecutor(stuck="trial")
    one = asyncio.create_task(measurement(tmp_path, executor).run())
    while not any(job.probe == "trial" for job in executor.ran):
        await asyncio.sleep(0.01)
    other = fakes.FakeExecutor()
    second = measurement(tmp_path, other)
    two = asyncio.create_task(second.run())
    while not any(line.key == "told" for line in second.board.log):
        await asyncio.sleep(0.01)
    assert [job.probe for job in other.ran if job.subject == executor.ran[-1].subject] == []
    one.cancel()
    assert await two is RunState.DONE, "what was cut off is measured by the second"
    assert {job.probe for job in other.ran} == {"trial"}
    assert stored(tmp_path, "trial") == 2


def test_what_the_store_says_of_itself_stands_in_the_log() -> None:
    journal = Journal()
    journal.tell(Told("store-waiting", {"path": "x"}))
    (line,) = Board(journal).read().log
    assert (line.key, line.failed.code) == ("told-run", "store-waiting")
