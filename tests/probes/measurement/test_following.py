"""A measurement in a process of its own: followed, ended, killed, and found again."""

import asyncio
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from catalog.evidence.store import RunState
from probes.jobs.published import RUNNING, Published
from probes.jobs.queue import JobState
from probes.measurement import following as module
from probes.measurement.board import KINDS
from probes.measurement.following import Following, begin, measured_now, measurements
from probes.measurement.measurement import Measurement
from tests.places import ROOT
from tests.tui.app import app_fakes as fakes

SERVE = (
    "import sys; from pathlib import Path; from probes.measurement.__main__ import serve;"
    "from tests.tui.app.app_fakes import FakeExecutor;"
    "sys.exit(serve(Path(sys.argv[-1]), FakeExecutor(stuck='trial')))"
)


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BASEFIT_HOME", str(tmp_path))


@pytest.fixture
def begun(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Following]:
    """One whose jobs are answered at once, but the first trial, which takes for ever."""
    start = subprocess.Popen
    monkeypatch.setattr(
        module.subprocess,
        "Popen",
        lambda words, **how: start([sys.executable, "-c", SERVE, words[-1]], cwd=ROOT, **how),
    )
    found = begin(fakes.question(tmp_path), tmp_path / RUNNING)
    yield found
    with suppress(ProcessLookupError):
        os.kill(found._process.pid, signal.SIGKILL)
    found._process.wait()


def eventually(true: Callable[[], object]) -> None:
    deadline = time.monotonic() + 60
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def trying(found: Following) -> bool:
    return any(row.job.probe == "trial" and row.progress for row in found.board.jobs)


def test_a_process_of_its_own_is_found_again_by_its_question_and_ended(
    begun: Following, tmp_path: Path
) -> None:
    eventually(lambda: trying(begun))
    assert os.getsid(begun._process.pid) == begun._process.pid, "no terminal of ours"
    again = measured_now(begun.question, tmp_path / RUNNING)
    assert again is not None
    assert again.kept
    assert [row.job for row in again.board.jobs] == [row.job for row in begun.board.jobs]
    assert again.published.about.run == 1
    again.stop()
    assert asyncio.run(again.apart()) is asyncio.run(begun.apart()) is RunState.CANCELLED
    assert again.board.metrics == begun.board.metrics
    assert fakes.status(tmp_path) is RunState.CANCELLED
    assert measured_now(begun.question, tmp_path / RUNNING) is None
    assert begun._process.returncode == 130


def test_one_that_is_killed_is_seen_to_be_gone(begun: Following, tmp_path: Path) -> None:
    eventually(lambda: trying(begun))
    other = Following(Published(begun.published.folder, KINDS), begun.question)
    begun._process.send_signal(signal.SIGKILL)
    assert asyncio.run(other.apart()) is RunState.FAILED, "though nobody has waited for it yet"
    assert other.board.log[-1].failed.code == "run-lost"
    assert asyncio.run(begun.apart()) is RunState.FAILED
    assert len(begun.board.metrics) == 10
    assert not [row for row in begun.board.jobs if row.state in (JobState.QUEUED, JobState.RUNNING)]


def test_who_follows_can_let_go_and_end_one_job(tmp_path: Path) -> None:
    run = Measurement(
        fakes.question(tmp_path), lambda: fakes.store(tmp_path), fakes.FakeExecutor(stuck="tokenizers")
    )
    thread = threading.Thread(target=lambda: asyncio.run(run.run()))
    thread.start()
    eventually(lambda: any(row.progress for row in run.board.jobs))
    (found,) = measurements(tmp_path / RUNNING)
    assert not found.kept, "it belongs to this process"
    assert measured_now(found.question, tmp_path / RUNNING) is None

    async def let_go() -> None:
        task = asyncio.create_task(found.apart())
        await asyncio.sleep(0.2)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(let_go())
    assert found.published.lives
    found.cancel(0)
    assert asyncio.run(found.apart()) is RunState.DONE
    assert found.board.jobs[0].state is JobState.CANCELLED
    thread.join()


def test_a_process_that_never_came_up_is_told_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    start = subprocess.Popen
    code = "raise SystemExit('no such library')"
    monkeypatch.setattr(
        module.subprocess, "Popen", lambda words, **how: start([sys.executable, "-c", code], **how)
    )
    found = begin(fakes.question(tmp_path), tmp_path / RUNNING)
    assert asyncio.run(found.apart()) is RunState.FAILED
    assert found.board.log[-1].failed.params["detail"] == "no such library"
