"""The Trial screen: what a person does on it."""

import json
from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from probes.race.standings import RaceState
from tests.tui.app import app_fakes as fakes
from tests.tui.app import trial_fakes
from tests.tui.app.driving import cells, closed, dialog, focus, focused, go, idle, shown, until, words
from tests.tui.app.test_app_words import fits
from tui.app import BasefitApp
from tui.screens.cancel import CancelDialog
from tui.screens.encoding import EncodingDialog
from tui.screens.help import HelpDialog
from tui.screens.trial.data_pane import GROUP, DataPane
from tui.screens.trial.screen import FOCUS, VIEWS
from tui.screens.trial.voting import kept_votes
from tui.strings import say

MIDDLE = ("large-model", "nf4", 200)
HALF = 100


@pytest.fixture(autouse=True)
def _here(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Names without a folder before them are found, and no event waits for the next."""
    monkeypatch.chdir(folder)
    monkeypatch.setattr("probes.jobs.runner.COALESCE_S", 0.0)


async def opened(pilot: Pilot[int], folder: Path, **fields: str) -> None:
    """The screen with both models, two levels each, on data of three hundred rows."""
    app = pilot.app
    fakes.models(folder)
    trial_fakes.data(folder)
    if app.current_mode != "trial":
        await go(pilot, "trial")
    await idle(pilot, GROUP)  # the data that it begins with are read
    given = {"data": "rows.jsonl", "models": "./small-model, ./large-model", "levels": "nf4, bf16"}
    for name, value in (given | {"until": "800"} | fields).items():
        app.screen.query_one(f"#trial-{name}", Input).value = value
    await focus(pilot, "trial-until")
    await pilot.press("enter")
    await focused(pilot, "trial-seen")


async def data(pilot: Pilot[int], folder: Path) -> None:
    await opened(pilot, folder)
    await until(pilot, lambda: "Lyon" in words(pilot.app, "trial-preview"))


async def live(pilot: Pilot[int], folder: Path) -> None:
    """In the middle of the second rung."""
    await opened(pilot, folder)
    await pilot.press("r")
    app = pilot.app
    await until(pilot, lambda: app.race and any(at_half(lane) for lane in app.race.track.lanes))
    await trial_fakes.to_row(pilot, "lanes", 1)


def at_half(lane: object) -> bool:
    progress = lane.progress
    return lane.state == "running" and progress is not None and progress.done == HALF


def lane_state(app: BasefitApp, name: str, level: str) -> str:
    """As the table of the race says it."""
    return next((row[3] for row in cells(app, "lanes") if row[1:3] == [name, level]), "")


async def raced(pilot: Pilot[int], folder: Path) -> None:
    """To the end of the race."""
    await opened(pilot, folder)
    await pilot.press("r")
    await until(
        pilot,
        lambda: pilot.app.race and pilot.app.race.track.state is RaceState.DONE and not pilot.app.racing,
    )
    await focused(pilot, "lanes")


async def test_a_race_from_the_data_to_the_winner(make, folder: Path) -> None:
    app = make(executor=trial_fakes.RaceExecutor())
    async with app.run_test(size=(80, 24)) as pilot:
        await data(pilot, folder)
        await idle(pilot, GROUP)
        facts = words(app, "trial-facts")
        assert "alpaca (recognised): 303 rows" in facts
        assert "Repeated rows: 2 dropped." in facts
        assert "row 303 (output is empty)" in facts
        await pilot.press("r")
        await until(pilot, lambda: app.race and app.race.track.state is RaceState.DONE)
        await until(pilot, lambda: "large-model bf16 learns this data best" in words(app, "race-title"))
        await until(pilot, lambda: lane_state(app, "large-model", "bf16") == "place 1")
        assert lane_state(app, "small-model", "nf4") == "left"
        assert [leaving.examples for leaving in app.race.track.leavings] == [50, 200]
        left = "small-model nf4 left after 50: behind large-model bf16 by 0.400"
        await until(pilot, lambda: left in words(app, "race-log"))
        asked = [(job.arguments["examples"], job.arguments["samples"]) for job in app.executor.ran]
        assert asked == [(50, 0)] * 4 + [(200, 0)] * 3 + [(800, 10)] * 2


async def test_data_in_another_encoding_is_read_so_where_one_agrees(make, folder: Path) -> None:
    rows = "".join(f"第{n}个问题：{n}加一是多少,答案是{n}。\n" for n in range(30))
    (folder / "rows.csv").write_bytes(f"instruction,output\n{rows}".encode("gb18030"))
    async with make(executor=trial_fakes.RaceExecutor()).run_test(size=(80, 24)) as pilot:
        await go(pilot, "trial")
        await idle(pilot, GROUP)
        pilot.app.screen.query_one("#trial-data", Input).value = "rows.csv"
        await focus(pilot, "trial-data")
        await pilot.press("enter")
        await dialog(pilot, EncodingDialog)
        await pilot.press("y")
        await closed(pilot)
        await until(pilot, lambda: "alpaca (recognised): 30 rows" in words(pilot.app, "trial-facts"))
        pilot.app.screen.query_one("#trial-data", Input).value = "other.csv"
        assert "encoding" not in pilot.app.screen.query_one(DataPane).entry().settings


async def test_rows_are_shown_in_the_template_of_a_model_that_has_one(make, folder: Path) -> None:
    app = make(executor=trial_fakes.RaceExecutor())
    models = fakes.models(folder)
    (Path(models[1]) / "chat_template.jinja").write_text("{{ messages }}", "utf-8")
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(pilot, folder)
        await until(pilot, lambda: "As large-model sees it" in words(app, "trial-preview"))
        assert "<|user|>[Lyon]<|end|>" in words(app, "trial-preview")
        await idle(pilot, GROUP)
        (job,) = app.executor.ran
        assert job.arguments["target"] == "large-model"


async def test_a_paused_race_goes_on_with_what_it_lacks(make, folder: Path) -> None:
    executor = trial_fakes.RaceExecutor(MIDDLE)
    app = make(executor=executor)
    async with app.run_test(size=(80, 24)) as pilot:
        await live(pilot, folder)
        assert app.racing
        await pilot.press("p")
        await until(pilot, lambda: app.race.track.state is RaceState.PAUSED and not app.racing)
        await until(pilot, lambda: "Paused in rung 2" in words(app, "race-title"))
        kept = len(app.store.find("trial"))
        executor.stuck = None
        executor.ran.clear()
        await pilot.press("p")
        await until(pilot, lambda: app.race.track.state is RaceState.DONE)
        assert 0 < len(executor.ran) == len(app.store.find("trial")) - kept
        assert all(job.arguments["examples"] > 50 for job in executor.ran)


async def test_one_racer_is_ended_and_the_others_go_on(make, folder: Path) -> None:
    app = make(executor=trial_fakes.RaceExecutor(MIDDLE))
    async with app.run_test(size=(80, 24)) as pilot:
        await live(pilot, folder)
        place = next(i for i, lane in enumerate(app.race.track.lanes) if at_half(lane))
        await trial_fakes.to_row(pilot, "lanes", place)
        await pilot.press("x")
        await dialog(pilot, CancelDialog)
        await pilot.press("x")
        await until(pilot, lambda: app.race.track.state is RaceState.DONE)
        wanted = [*MIDDLE[:2], "ended"]
        await until(pilot, lambda: wanted in [row[1:4] for row in cells(app, "lanes")])


async def test_ending_the_race_keeps_what_is_measured(make, folder: Path) -> None:
    app = make(executor=trial_fakes.RaceExecutor(MIDDLE))
    async with app.run_test(size=(80, 24)) as pilot:
        await live(pilot, folder)
        await pilot.press("x")
        await dialog(pilot, CancelDialog)
        await pilot.press("a")
        await until(pilot, lambda: app.race.track.state is RaceState.CANCELLED and not app.racing)
        assert len(app.store.find("trial")) >= 4
        assert app.store.runs()[0].status == "cancelled"


async def test_a_failed_racer_says_why_and_costs_only_its_own_line(make, folder: Path) -> None:
    app = make(executor=trial_fakes.RaceExecutor(dead="small-model"))
    async with app.run_test(size=(80, 24)) as pilot:
        await raced(pilot, folder)
        await until(pilot, lambda: "small-model nf4 left:" in words(app, "race-log"))
        await until(pilot, lambda: "[/x] no room" in words(app, "race-log"))
        ended = {"failed", "place 1", "place 2"}
        await until(pilot, lambda: {row[3] for row in cells(app, "lanes")} == ended)


async def test_a_blind_vote_gives_a_win_rate_and_is_kept(make, folder: Path) -> None:
    app = make(executor=trial_fakes.RaceExecutor())
    async with app.run_test(size=(80, 24)) as pilot:
        await raced(pilot, folder)
        await trial_fakes.vote(pilot)
        for place in range(1, 9):
            await until(pilot, lambda place=place: f"{place} of 10" in words(app, "vote-title"))
            await pilot.press("1" if "may be a city" in words(app, "vote-second") else "2")
        await pilot.press("0", "backspace", "0")
        await until(pilot, lambda: "10 of 10" in words(app, "vote-title"))
        await pilot.press("0")
        await closed(pilot)
        said = "tuned better 8, worse 0, tie 2. Win rate 90%"
        await until(pilot, lambda: said in words(app, "answers-title"))
        (evidence,) = app.store.find("vote")
        assert evidence.values["count"] == 10
        trial = next(e for e in app.store.find("trial") if e.id == evidence.key["trial"])
        assert kept_votes(app.store, trial).count("after") == 8
        assert app.current_mode == "trial"


async def test_the_forecast_follows_the_full_run(make, folder: Path) -> None:
    app = make(executor=trial_fakes.RaceExecutor())
    async with app.run_test(size=(120, 36)) as pilot:
        await raced(pilot, folder)
        await trial_fakes.forecast(pilot)
        before = cells(app, "forecasts")
        assert "260 examples, [ ] 3 epochs: 780 seen" in words(app, "forecast-title")
        assert "gpt-3.5-turbo" in words(app, "forecast-words")
        await pilot.press("plus", "plus", "left_square_bracket")
        await until(
            pilot, lambda: "1,040 examples, [ ] 2 epochs: 2,080 seen" in words(app, "forecast-title")
        )
        after = cells(app, "forecasts")
        assert [row[3] for row in before] == [row[3] for row in after]
        assert [row[5] for row in before] != [row[5] for row in after]


async def test_what_is_wrong_is_said_where_it_was_entered(make, folder: Path) -> None:
    app = make(executor=trial_fakes.RaceExecutor())
    (folder / "[two].jsonl").write_text(json.dumps({"a": 1}) + "\n", "utf-8")
    async with app.run_test(size=(80, 24)) as pilot:
        wrong = {
            "data": ("[two].jsonl", "none says which is the question"),
            "format": ("a, b", "no column a"),
            "models": ("/nowhere/[bold]x", "/nowhere/[bold]x"),
            "levels": ("nf9", "nf9"),
        }
        for name, (value, said) in wrong.items():
            await opened(pilot, folder, **({"format": ""} | {name: value}))
            await pilot.press("r")
            await until(pilot, lambda said=said: said in words(app, "trial-facts"))
        app.screen.query_one("#trial-until", Input).value = "soon"
        await focus(pilot, "trial-until")
        await pilot.press("enter")
        await until(pilot, lambda: "neither a number of examples nor min" in words(app, "trial-facts"))
        assert app.focused.id == "trial-until", "the cursor stays where it can be mended"
        assert app.race is None


async def test_a_race_never_runs_beside_a_measurement(make, folder: Path) -> None:
    app = make(executor=fakes.FakeExecutor(stuck="tokenizers"))
    async with app.run_test(size=(80, 24)) as pilot:
        await shown(pilot, "home")
        await pilot.press("enter")
        await shown(pilot, "run")
        assert app.measuring
        await opened(pilot, folder)
        await pilot.press("r")
        await until(pilot, lambda: any("measurement is running" in n.message for n in app._notifications))
        assert app.race is None


async def test_nothing_runs_over_in_either_language_and_there_is_help(make, folder: Path) -> None:
    app = make(executor=trial_fakes.RaceExecutor())
    async with app.run_test(size=(80, 24)) as pilot:
        await raced(pilot, folder)
        for view, key in VIEWS.items():
            await pilot.press(key)
            await focused(pilot, FOCUS[view])
            for language in ("en", "zh"):
                app.language = language
                name = say(f"app.trial.view-{view}", language)
                await until(pilot, lambda name=name: name in words(app, "trial-views"))
                await until(pilot, lambda language=language: fits(app, language))
        await pilot.press("question_mark")
        await dialog(pilot, HelpDialog)
