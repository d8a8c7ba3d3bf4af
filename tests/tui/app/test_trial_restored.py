"""A race at the next start of the app: where it stood, and on from there. And no race that never ends."""

from dataclasses import replace

import pytest
from textual.pilot import Pilot
from textual.widgets import Button

from probes.checkpoint.target import DEMO_FAMILY
from probes.race.entry import entry_of
from probes.race.standings import RaceState
from tests.tui.app import app_fakes as fakes
from tests.tui.app import trial_fakes
from tests.tui.app.driving import cells, closed, dialog, go, until, words
from tests.tui.app.test_trial_screen import MIDDLE, live, raced
from tui.app import BasefitApp
from tui.screens.cancel import CancelDialog
from tui.widgets.table import Table

SIZE = (120, 36)


@pytest.fixture(autouse=True)
def _here(folder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)
    monkeypatch.setattr("probes.jobs.runner.COALESCE_S", 0.0)


def again(folder) -> BasefitApp:
    """The same person's next start, from another folder: nothing is handed over but the store."""
    return BasefitApp(
        machine=fakes.CPU_ONLY,
        folder=folder,
        store=fakes.store(folder),
        executor=trial_fakes.RaceExecutor(),
        clock=lambda: 100.0,
    )


async def restored(pilot: Pilot[int]) -> None:
    app = pilot.app
    await until(pilot, lambda: app.current_mode == "trial" and app.race is not None)
    await until(pilot, lambda: cells(app, "lanes"))


def shown(app: BasefitApp) -> dict[str, object]:
    """All that the views show of a race."""
    race = app.race
    return {
        "lanes": [row[1:] for row in cells(app, "lanes")],
        "log": words(app, "race-log"),
        "curves": [(lane.held_out, lane.losses) for lane in race.track.lanes],
        "places": [(place.standing.racer.name, place.tied) for place in race.track.places],
        "leavings": [(one.racer.name, one.racer.level, one.examples) for one in race.track.leavings],
    }


async def test_a_finished_race_reappears_with_curves_answers_and_forecast(
    make, folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = make(executor=trial_fakes.RaceExecutor())
    async with app.run_test(size=SIZE) as pilot:
        await raced(pilot, folder)
        await until(pilot, lambda: "place 1" in [row[3] for row in cells(app, "lanes")])
        before = shown(app)
    (folder / "elsewhere").mkdir()
    monkeypatch.chdir(folder / "elsewhere")
    next_start = again(folder)
    async with next_start.run_test(size=SIZE) as pilot:
        await restored(pilot)
        await until(pilot, lambda: "learns this data best" in words(next_start, "race-title"))
        assert shown(next_start) == before
        assert next_start.race.track.state is RaceState.DONE
        assert next_start.executor.ran == []
        await pilot.press("a")
        await until(pilot, lambda: "10" in words(next_start, "answers-title"))
        await pilot.press("f")
        await until(pilot, lambda: len(cells(next_start, "forecasts")) == len(before["lanes"]))


async def test_a_race_cut_off_goes_on_at_one_key(make, folder) -> None:
    app = make(executor=trial_fakes.RaceExecutor(MIDDLE))
    async with app.run_test(size=SIZE) as pilot:
        await live(pilot, folder)
        before = shown(app)
        kept = len(app.store.find("trial"))
    next_start = again(folder)
    async with next_start.run_test(size=SIZE) as pilot:
        await restored(pilot)
        await until(pilot, lambda: "cut off in rung 2 of 3: p goes on" in words(next_start, "race-title"))
        assert next_start.race.track.state is RaceState.PAUSED
        middle = next(place for place, row in enumerate(before["lanes"]) if tuple(row[:2]) == MIDDLE[:2])
        assert shown(next_start)["curves"][middle] == before["curves"][middle]
        assert [losses for _, losses in shown(next_start)["curves"]] == [x for _, x in before["curves"]]
        assert (*MIDDLE[:2], "paused") in [tuple(row[1:4]) for row in cells(next_start, "lanes")]
        assert next_start.executor.ran == []
        await pilot.press("p")
        await until(pilot, lambda: next_start.race.track.state is RaceState.DONE)
        ran = [job.arguments["examples"] for job in next_start.executor.ran]
        assert len(ran) == len(next_start.store.find("trial")) - kept
        assert 50 not in ran
        assert [leaving.examples for leaving in next_start.race.track.leavings] == [50, 200]


async def test_what_failed_is_not_run_again_only_to_show_it(make, folder) -> None:
    app = make(executor=trial_fakes.RaceExecutor(dead="small-model"))
    async with app.run_test(size=SIZE) as pilot:
        await raced(pilot, folder)
        await until(pilot, lambda: "place 1" in [row[3] for row in cells(app, "lanes")])
        before = shown(app)
        failures = len(app.store.failures())
    next_start = again(folder)
    async with next_start.run_test(size=SIZE) as pilot:
        await restored(pilot)
        await until(pilot, lambda: "[/x] no room" in words(next_start, "race-log"))
        assert shown(next_start) == before
        assert len(next_start.store.failures()) == failures


async def test_what_is_being_entered_is_not_written_over(make, folder) -> None:
    app = make(executor=trial_fakes.RaceExecutor())
    async with app.run_test(size=SIZE) as pilot:
        await raced(pilot, folder)
    next_start = again(folder)
    next_start.state = replace(next_start.state, screen="home")
    next_start.marked = ("qwen2.5-7b",)
    async with next_start.run_test(size=SIZE) as pilot:
        await go(pilot, "trial")
        await until(pilot, lambda: next_start.race is not None)
        assert next_start.screen._view == "data"
        assert not next_start.screen.query_one("#trial-levels").value


async def test_a_race_whose_data_is_gone_is_said_to_be(make, folder) -> None:
    app = make(executor=trial_fakes.RaceExecutor())
    async with app.run_test(size=SIZE) as pilot:
        await raced(pilot, folder)
    (folder / "rows.jsonl").unlink()
    next_start = again(folder)
    async with next_start.run_test(size=SIZE) as pilot:
        await until(
            pilot, lambda: any("cannot be shown" in note.message for note in next_start._notifications)
        )
        assert next_start.race is None


def test_the_fields_say_what_was_asked() -> None:
    for fields in (
        {"data": "", "format": "", "models": "a, b", "levels": "nf4", "until": ""},
        {"data": "/x.csv", "format": "q, a", "models": "a", "levels": "nf4, int8", "until": "800 2.5 min"},
    ):
        assert entry_of(fields, (), "cpu", {}).fields() == fields


async def test_the_journey_6_r_f_ends_in_a_forecast(make, monkeypatch: pytest.MonkeyPatch) -> None:
    for place, name in enumerate(DEMO_FAMILY):
        monkeypatch.setitem(trial_fakes.FLOOR, (name, "nf4"), 1.4 - 0.1 * place)
    app = make(executor=trial_fakes.RaceExecutor())
    async with app.run_test(size=(80, 24)) as pilot:
        await go(pilot, "trial")
        await pilot.press("r")
        await until(pilot, lambda: app.race and app.race.track.state is RaceState.DONE)
        await pilot.press("f")
        await until(pilot, lambda: len(cells(app, "forecasts")) == len(DEMO_FAMILY))


async def test_a_fault_of_basefit_itself_ends_the_race_and_is_told(make, folder) -> None:
    app = make(executor=trial_fakes.RaceExecutor())
    async with app.run_test(size=(80, 24)) as pilot:
        await go(pilot, "trial")
        await pilot.press("r")  # the executor knows nothing of the bundled family: a KeyError
        await until(pilot, lambda: app.race and app.race.track.state is RaceState.FAILED)
        await until(pilot, lambda: "A fault of basefit itself (KeyError" in words(app, "race-log"))
        assert not app.racing
        (run,) = app.store.runs()
        assert (run.status, "KeyError" in run.result["fault"]) == ("failed", True)


async def test_a_racer_shows_all_it_is_measured_at_while_others_still_run(make, folder) -> None:
    app = make(executor=trial_fakes.RaceExecutor(MIDDLE))
    async with app.run_test(size=SIZE) as pilot:
        await live(pilot, folder)
        (done,) = (lane for lane in app.race.track.lanes if lane.state == "measured")
        assert done.held_out[-1].examples == MIDDLE[2]
        wanted = f"{trial_fakes.bits(done.racer.name, done.racer.level, MIDDLE[2]):.3f}"
        await until(pilot, lambda: any(row[4].startswith(wanted) for row in cells(app, "lanes")))


async def test_x_means_the_racer_that_runs_where_the_cursor_is_on_another(make, folder) -> None:
    app = make(executor=trial_fakes.RaceExecutor(MIDDLE))
    async with app.run_test(size=SIZE) as pilot:
        await live(pilot, folder)
        place = next(i for i, lane in enumerate(app.race.track.lanes) if lane.state == "measured")
        app.screen.query_one("#lanes", Table).move_cursor(row=place)
        await pilot.press("x")
        form = await dialog(pilot, CancelDialog)
        assert "large-model nf4" in str(form.query_one("#job", Button).label)
        await pilot.press("escape")
        await closed(pilot)
        assert app.racing
