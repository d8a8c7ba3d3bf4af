"""Quitting while something is measured: it is asked about, can go on, and the next start follows it."""

import asyncio
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from catalog.evidence.store import RunState
from probes.jobs.published import RUNNING
from probes.measurement import following
from probes.measurement.following import measurements
from tests.places import ROOT
from tests.probes.measurement.test_following import SERVE
from tests.tui.app import app_fakes as fakes
from tests.tui.app.driving import closed, dialog, said, shown, until
from tui.app import BasefitApp
from tui.screens.leave import LeaveDialog


def statuses(folder: Path) -> list[RunState]:
    with closing(fakes.store(folder)) as store:
        return [run.status for run in store.runs()]


async def test_what_runs_inside_the_app_is_asked_about_and_ends_with_it(make, folder) -> None:
    app = make(language="zh", executor=fakes.FakeExecutor(stuck="trial"))
    async with app.run_test(size=(80, 24)) as pilot:
        await shown(pilot, "home")
        await pilot.press("enter")
        await until(pilot, lambda: app.board and len(app.store.find("perplexity")) == 8)
        await pilot.press("q")
        box = (await dialog(pilot, LeaveDialog)).query_one(".dialog")
        assert "任务" in said(app)
        assert not app.screen.query("#keep")
        assert box.region.bottom <= 24
        await pilot.press("k")  # it cannot be kept
        await pilot.press("escape")
        await closed(pilot)
        assert app.measuring
        await pilot.press("q")
        await dialog(pilot, LeaveDialog)
        await pilot.press("s")
        await until(pilot, lambda: not app.is_running)
    assert statuses(folder) == [RunState.CANCELLED]


async def test_nothing_is_asked_where_nothing_runs(make) -> None:
    app = make()
    async with app.run_test(size=(80, 24)) as pilot:
        await shown(pilot, "home")
        await pilot.press("q")
        await until(pilot, lambda: not app.is_running)


@pytest.fixture
def apart(monkeypatch: pytest.MonkeyPatch) -> None:
    """Measurements run in real processes of their own, with the fakes' jobs: the trial takes for ever."""
    start = subprocess.Popen
    monkeypatch.setattr(
        following.subprocess,
        "Popen",
        lambda words, **how: start([sys.executable, "-c", SERVE, words[-1]], cwd=ROOT, **how),
    )


async def test_what_is_kept_goes_on_and_the_next_start_follows_it_and_ends_it(make, folder, apart) -> None:
    app = make(executor=None)
    async with app.run_test(size=(80, 24)) as pilot:
        await shown(pilot, "home")
        await pilot.press("enter")
        await until(pilot, lambda: app.board and any(row.job.probe == "trial" for row in app.board.jobs))
        await pilot.press("q")
        await dialog(pilot, LeaveDialog)
        await until(pilot, lambda: app.screen.query("#keep"))
        await pilot.press("k")
        await until(pilot, lambda: not app.is_running)
    assert app.left_running
    (found,) = measurements(folder / RUNNING)
    again = BasefitApp(machine=fakes.CPU_ONLY, folder=folder, store=fakes.store(folder))
    async with again.run_test(size=(80, 24)) as pilot:
        await shown(pilot, "run")
        assert [row.job for row in again.board.jobs] == [row.job for row in found.board.jobs]
        again.measure(found.question)  # as any key that measures: it is measured already
        await asyncio.sleep(0.2)
        assert len(list(measurements(folder / RUNNING))) == 1
        await pilot.press("q")
        await dialog(pilot, LeaveDialog)
        await pilot.press("s")
        await until(pilot, lambda: not again.is_running)
    assert list(measurements(folder / RUNNING)) == []
    assert statuses(folder) == [RunState.CANCELLED]
