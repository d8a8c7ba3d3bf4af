"""How few keys lead from the launch to an answer, on the bundled family. Each test prints its count."""

from collections.abc import Callable

import pytest
from textual.pilot import Pilot

from probes.checkpoint.target import DEMO_FAMILY
from tests.tui.app import app_fakes as fakes
from tests.tui.app.driving import cells, focused, idle, said, shown, until, words
from tests.tui.app.test_app_ladder import Vocabulary
from tui.screens.own import FIELDS, OwnDialog

NEWCOMER, JOB = 4, 8
"""Keys at most: from the launch to a verdict, and for each of the three jobs."""


class Fingers:
    """Presses keys and counts them."""

    def __init__(self, pilot: Pilot[int]) -> None:
        self._pilot, self.pressed = pilot, []

    async def press(self, key: str, then: Callable[[], object]) -> None:
        """One key, and what it must bring about."""
        self.pressed.append(key)
        await self._pilot.press(key)
        await until(self._pilot, then)

    async def to_verdict(self, key: str) -> None:
        """One key that leads to a verdict."""
        app = self._pilot.app
        await self.press(key, lambda: app.current_mode == "verdict" and cells(app, "ranking"))
        await shown(self._pilot, "verdict")

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
        await shown(pilot, "home")
        await until(pilot, lambda: "press Enter" in words(app, "guide-title"))
        await fingers.to_verdict("enter")
        assert "recommended" in {row[3] for row in cells(app, "ranking")}
        fingers.at_most(NEWCOMER, "launch to verdict")


async def test_a_newcomer_who_follows_the_guide_reaches_it_too(make) -> None:
    app = make()
    async with app.run_test(size=(80, 24)) as pilot:
        fingers = Fingers(pilot)
        await shown(pilot, "home")
        await until(pilot, lambda: words(app, "answer"))
        before = words(app, "answer")
        await fingers.press("right", lambda: app.budget.label == "rtx-5090")
        await fingers.press("g", lambda: app.state.asked.language == "en")
        await fingers.press("u", lambda: app.state.asked.use == "qlora")
        await until(pilot, lambda: words(app, "answer") != before)
        await fingers.to_verdict("enter")
        fingers.at_most(NEWCOMER, "the guide, line by line, to verdict")


async def test_job_1_choose_a_model_for_a_gpu_budget(make) -> None:
    app = make()
    async with app.run_test(size=(80, 24)) as pilot:
        fingers = Fingers(pilot)
        await shown(pilot, "home")
        await fingers.press("right", lambda: app.budget.label == "rtx-5090")
        await fingers.press("2", lambda: cells(app, "models-table"))
        await shown(pilot, "models")
        assert "fits" in {row[5] for row in cells(app, "models-table")}
        await fingers.press("m", lambda: isinstance(app.screen, OwnDialog))
        await focused(pilot, FIELDS[0])
        for name in FIELDS[1:]:
            await fingers.press("enter", lambda name=name: app.focused and app.focused.id == name)
        await fingers.to_verdict("enter")
        assert app.question.budget.label == "rtx-5090"
        assert {row[1] for row in cells(app, "ranking")} == set(DEMO_FAMILY)
        assert "measured" in words(app, "verdict-title")
        fingers.at_most(JOB, "choose a model for a budget")


async def test_job_2_decide_on_a_larger_vocabulary(make) -> None:
    app = make(executor=Vocabulary())
    async with app.run_test(size=(80, 24)) as pilot:
        fingers = Fingers(pilot)
        await shown(pilot, "home")
        await fingers.press("3", lambda: app.current_mode == "tokenizers")
        await shown(pilot, "tokenizers")
        await fingers.press("r", lambda: cells(app, "counts"))
        await idle(pilot, "measure-text")
        assert [row[0] for row in cells(app, "counts")] == ["demo-llama-s", "demo-glm"]
        await fingers.press("v", lambda: "49" in words(app, "advice"))
        fingers.at_most(JOB, "decide on a larger vocabulary")


async def test_job_3_try_a_fine_tune(make) -> None:
    app = make()
    async with app.run_test(size=(80, 24)) as pilot:
        fingers = Fingers(pilot)
        await shown(pilot, "home")
        await fingers.to_verdict("enter")
        assert app.store.find("trial")
        await until(pilot, lambda: "after the trial" in words(app, "reasons").lower())
        await fingers.press("enter", lambda: "$ basefit trial" in said(app, ".evidence"))
        fingers.at_most(JOB, "try a fine-tune, to its evidence")
