"""Pictures of the Trial screen at two sizes in both languages. Look at each before accepting one."""

from collections.abc import Callable
from pathlib import Path

import pytest
from textual.pilot import Pilot

from probes.race.entry import Entry, prepare
from probes.race.standings import RaceState
from tests.tui.app import app_fakes as fakes
from tests.tui.app import trial_fakes
from tests.tui.app.driving import cells, go, until
from tests.tui.app.test_trial_screen import MIDDLE, at_half, data
from tui.screens.trial.voting import AFTER, BEFORE

SIZES = {"80x24": (80, 24), "120x36": (120, 36)}


@pytest.fixture(autouse=True)
def _here(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Names without a folder before them are found, and no event waits for the next."""
    monkeypatch.chdir(folder)
    monkeypatch.setattr("probes.jobs.runner.COALESCE_S", 0.0)


async def raced(pilot: Pilot[int], folder: Path, condition: Callable) -> None:
    """A race that ran until `condition` while Home was shown, so that nothing was drawn of it."""
    app = pilot.app
    entry = Entry(
        trial_fakes.data(folder).relative_to(folder),
        ("./small-model", "./large-model"),
        levels=("nf4", "bf16"),
        settings={"examples": 800, "samples": 10},
    )
    fakes.models(folder)
    app.run_race(app.new_race(entry, prepare(entry)))
    await until(pilot, condition)
    app.clear_notifications()
    await go(pilot, "trial")
    await until(pilot, lambda: cells(app, "lanes"))


async def live(pilot: Pilot[int], folder: Path) -> None:
    """In the middle of the second rung."""
    await raced(pilot, folder, lambda: any(at_half(lane) for lane in pilot.app.race.track.lanes))
    await trial_fakes.to_row(pilot, "lanes", 1)


async def over(pilot: Pilot[int], folder: Path) -> None:
    await raced(
        pilot, folder, lambda: pilot.app.race.track.state is RaceState.DONE and not pilot.app.racing
    )


async def answers(pilot: Pilot[int], folder: Path) -> None:
    await over(pilot, folder)
    await trial_fakes.answers(pilot)


async def vote(pilot: Pilot[int], folder: Path) -> None:
    await over(pilot, folder)
    await trial_fakes.vote(pilot)


async def forecast(pilot: Pilot[int], folder: Path) -> None:
    await over(pilot, folder)
    await trial_fakes.forecast(pilot)


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("size", list(SIZES))
@pytest.mark.parametrize("view", [data, live, answers, forecast])
def test_view(make, folder: Path, snap_compare, view: Callable, size: str, language: str) -> None:
    stuck = MIDDLE if view is live else None
    app = make(language=language, executor=trial_fakes.RaceExecutor(stuck))

    assert snap_compare(app, terminal_size=SIZES[size], run_before=lambda pilot: view(pilot, folder))


def test_the_vote_shows_nothing_of_the_answers_behind_it(
    make, folder: Path, snap_compare, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Which stands first follows from the trial's id, and that from the versions it was run with.
    monkeypatch.setattr("tui.screens.trial.vote.sides", lambda trial, number: (AFTER, BEFORE))
    app = make(executor=trial_fakes.RaceExecutor())

    assert snap_compare(app, terminal_size=(80, 24), run_before=lambda pilot: vote(pilot, folder))
