"""Pictures of the Trial screen at two sizes in both languages. Look at each before accepting one."""

from collections.abc import Callable
from pathlib import Path

import app_fakes as fakes
import pytest
import trial_fakes
from test_app_journeys import cells, until, words
from test_trial_screen import MIDDLE, at_half, data
from textual.pilot import Pilot

from tui.screens.vote import VoteDialog
from tui.trial.entry import Entry, prepare
from tui.trial.racing import DONE

SIZES = {"80x24": (80, 24), "120x36": (120, 36)}


@pytest.fixture(autouse=True)
def _here(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Names without a folder before them are found, and no event waits for the next."""
    monkeypatch.chdir(folder)
    monkeypatch.setattr("probes.runner.COALESCE_S", 0.0)


async def raced(pilot: Pilot[int], folder: Path, condition: Callable) -> None:
    """A race that ran until `condition` while Home was shown, so that nothing was drawn of it."""
    app = pilot.app
    entry = Entry(
        trial_fakes.data(folder).relative_to(folder),
        ("./small-model", "./large-model"),
        levels=("nf4", "bf16"),
        examples=800,
    )
    fakes.models(folder)
    app.run_race(app.new_race(entry, prepare(entry)))
    await until(pilot, condition)
    app.clear_notifications()
    await pilot.press("6")
    await until(pilot, lambda: app.current_mode == "trial" and cells(app, "lanes"))


async def live(pilot: Pilot[int], folder: Path) -> None:
    """In the middle of the second rung."""
    await raced(pilot, folder, lambda: any(at_half(lane) for lane in pilot.app.race.track.lanes))
    await pilot.press("down")


async def over(pilot: Pilot[int], folder: Path) -> None:
    await raced(pilot, folder, lambda: pilot.app.race.state == DONE and not pilot.app.racing)


async def answers(pilot: Pilot[int], folder: Path) -> None:
    await over(pilot, folder)
    await pilot.press("a")
    await until(pilot, lambda: "10" in words(pilot.app, "answers-title"))


async def vote(pilot: Pilot[int], folder: Path) -> None:
    await answers(pilot, folder)
    await pilot.press("v")
    await until(pilot, lambda: isinstance(pilot.app.screen, VoteDialog))


async def forecast(pilot: Pilot[int], folder: Path) -> None:
    await over(pilot, folder)
    await pilot.press("f")
    await until(pilot, lambda: cells(pilot.app, "forecasts"))
    await pilot.press("down", "down")
    await until(pilot, lambda: "large-model nf4" in words(pilot.app, "forecast-words"))


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("size", list(SIZES))
@pytest.mark.parametrize("view", [data, live, answers, forecast])
def test_view(make, folder: Path, snap_compare, view: Callable, size: str, language: str) -> None:
    stuck = MIDDLE if view is live else None
    app = make(language=language, executor=trial_fakes.RaceExecutor(stuck))

    assert snap_compare(app, terminal_size=SIZES[size], run_before=lambda pilot: view(pilot, folder))


def test_the_vote_shows_nothing_of_the_answers_behind_it(make, folder: Path, snap_compare) -> None:
    app = make(executor=trial_fakes.RaceExecutor())

    assert snap_compare(app, terminal_size=(80, 24), run_before=lambda pilot: vote(pilot, folder))
