"""How few keys lead from the launch to an answer, on the bundled family. Each test prints its count."""

import app_fakes as fakes
import pytest
from test_app_journeys import cells, until, words
from test_app_ladder import Vocabulary
from textual.pilot import Pilot
from textual.widgets import Static

from probes.target import DEMO_FAMILY
from tui.screens.own import OwnDialog

NEWCOMER, JOB = 4, 8
"""Keys at most: from the launch to a verdict, and for each of the three jobs."""


class Fingers:
    """Presses keys and counts them."""

    def __init__(self, pilot: Pilot[int]) -> None:
        self._pilot, self.pressed = pilot, []

    async def press(self, *keys: str) -> None:
        for key in keys:
            self.pressed.append(key)
            await self._pilot.press(key)
            await self._pilot.pause()

    def at_most(self, count: int, what: str) -> None:
        print(f"{what}: {len(self.pressed)} keys of at most {count} ({' '.join(self.pressed)})")
        assert len(self.pressed) <= count


@pytest.fixture(autouse=True)
def _family(monkeypatch: pytest.MonkeyPatch) -> None:
    """Figures for the bundled family, so that no child process is needed to answer for it."""
    for place, name in enumerate(DEMO_FAMILY):
        monkeypatch.setitem(fakes.SIZES, name, 128 * (place + 1))
        monkeypatch.setitem(fakes.QUALITY, name, 2.5 - 0.05 * place)


async def test_a_newcomer_reaches_a_verdict(make) -> None:
    app = make()
    async with app.run_test(size=(80, 24)) as pilot:
        fingers = Fingers(pilot)
        assert "press Enter" in words(app, "guide-title")
        await fingers.press("enter")
        await until(pilot, lambda: app.current_mode == "verdict" and cells(app, "ranking"))
        assert "recommended" in {row[3] for row in cells(app, "ranking")}
        fingers.at_most(NEWCOMER, "launch to verdict")


async def test_a_newcomer_who_follows_the_guide_reaches_it_too(make) -> None:
    app = make()
    async with app.run_test(size=(80, 24)) as pilot:
        fingers = Fingers(pilot)
        before = words(app, "answer")
        await fingers.press("right", "g", "u")
        assert (app.budget.label, app.state.languages, app.state.use) == ("rtx-5090", "en", "qlora")
        assert words(app, "answer") != before
        await fingers.press("enter")
        await until(pilot, lambda: app.current_mode == "verdict" and cells(app, "ranking"))
        fingers.at_most(NEWCOMER, "the guide, line by line, to verdict")


async def test_job_1_choose_a_model_for_a_gpu_budget(make) -> None:
    app = make()
    async with app.run_test(size=(80, 24)) as pilot:
        fingers = Fingers(pilot)
        await fingers.press("right", "2")
        await until(pilot, lambda: cells(app, "models-table"))
        assert "fits" in {row[5] for row in cells(app, "models-table")}
        await fingers.press("m")
        await until(pilot, lambda: isinstance(app.screen, OwnDialog))
        await fingers.press("enter", "enter", "enter")
        await until(pilot, lambda: app.current_mode == "verdict" and cells(app, "ranking"))
        assert app.question.budget.label == "rtx-5090"
        assert {row[1] for row in cells(app, "ranking")} == set(DEMO_FAMILY)
        assert "measured" in words(app, "verdict-title")
        fingers.at_most(JOB, "choose a model for a budget")


async def test_job_2_decide_on_a_larger_vocabulary(make) -> None:
    app = make(executor=Vocabulary())
    async with app.run_test(size=(80, 24)) as pilot:
        fingers = Fingers(pilot)
        await fingers.press("3")
        await until(pilot, lambda: app.current_mode == "tokenizers")
        await fingers.press("r")
        await until(pilot, lambda: cells(app, "counts"))
        assert [row[0] for row in cells(app, "counts")] == ["demo-llama-s", "demo-glm"]
        await fingers.press("v")
        await until(pilot, lambda: "49" in words(app, "advice"))
        fingers.at_most(JOB, "decide on a larger vocabulary")


async def test_job_3_try_a_fine_tune(make) -> None:
    app = make()
    async with app.run_test(size=(80, 24)) as pilot:
        fingers = Fingers(pilot)
        await fingers.press("enter")
        await until(pilot, lambda: app.current_mode == "verdict" and cells(app, "ranking"))
        assert app.store.find("trial")
        assert "after the trial" in words(app, "reasons").lower()
        await fingers.press("enter")
        await until(pilot, lambda: len(app.screen_stack) == 2)
        shown = "\n".join(str(part.content) for part in app.screen.query(".evidence").results(Static))
        assert "$ basefit trial" in shown
        fingers.at_most(JOB, "try a fine-tune, to its evidence")
