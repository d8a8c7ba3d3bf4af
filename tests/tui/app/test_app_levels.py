"""The Run screen: the live line, the plot of either quantity, and the windows a level was hurt on."""

import re
from pathlib import Path

import pytest
from textual.pilot import Pilot

from catalog.evidence.store import RunState
from probes.jobs.events import Metric
from tests.tui.app import app_fakes as fakes
from tests.tui.app.driving import SIZE, cells, closed, dialog, focused, go, said, shown, until, words
from tui.app import BasefitApp
from tui.screens.help import HelpDialog
from tui.screens.run import LevelTable, letter_of, points
from tui.screens.windows import WindowsDialog
from tui.widgets.scatter import ScatterPlot


async def measured(app: BasefitApp, pilot: Pilot[int]) -> None:
    """Everything measured, and the Run screen shown."""
    await shown(pilot, "home")
    await pilot.press("enter")
    await until(pilot, lambda: app.board and app.board.state is RunState.DONE and not app.measuring)
    await go(pilot, "run")
    await until(pilot, lambda: len(cells(app, "levels")) == 10)


async def on_row(app: BasefitApp, pilot: Pilot[int], row: int, *keys: str) -> None:
    """The cursor of the levels on a row, by these keys."""
    await pilot.press(*keys)
    await until(pilot, lambda: app.screen.query_one(LevelTable).cursor_row == row)


@pytest.mark.parametrize(("language", "worst"), [("en", "1 of 4"), ("zh", "第 1/4 个")])
async def test_enter_on_a_level_shows_where_it_hurts(make, language: str, worst: str) -> None:
    app = make(language=language)
    async with app.run_test(size=SIZE) as pilot:
        await measured(app, pilot)
        await pilot.press("tab")
        await focused(pilot, "levels")
        await on_row(app, pilot, 2, "down", "down")
        await pilot.press("enter")
        await dialog(pilot, WindowsDialog)
        assert cells(app, "levels") == []
        assert f"{worst}" in said(app)
        # The last window, 0.02 nats a token more at each step, and 0.02 bits a byte everywhere.
        assert f"{3 * 0.02 + 0.02 * 0.6931472:+.4f}" in said(app)
        assert "810-1080" in said(app)
        assert "一段文字。Some text." in said(app)
        await pilot.press("escape")
        await shown(pilot, "run")


async def test_the_reference_has_hard_windows_and_a_trial_none(make) -> None:
    app = make()
    async with app.run_test(size=SIZE) as pilot:
        await measured(app, pilot)
        await pilot.press("w")
        await dialog(pilot, WindowsDialog)
        assert "finds hardest" in said(app)
        await pilot.press("q")
        await closed(pilot)
        await pilot.press("tab")
        await focused(pilot, "levels")
        await on_row(app, pilot, 9, "end")
        await pilot.press("enter", "y")
        await until(pilot, lambda: cells(app, "levels")[0][3].startswith("40.00"))
        assert not isinstance(app.screen, WindowsDialog)


async def test_a_text_that_changed_is_not_quoted(make, folder: Path) -> None:
    app = make()
    async with app.run_test(size=SIZE) as pilot:
        await measured(app, pilot)
        (folder / "text.txt").write_text("Another text.\n" * 200)
        await pilot.press("w")
        await dialog(pilot, WindowsDialog)
        assert "another text now" in said(app)
        assert "Another text." not in said(app)


async def test_the_plot_shows_perplexity_too(make) -> None:
    app = make()
    async with app.run_test(size=(120, 36)) as pilot:
        await measured(app, pilot)
        plot = app.screen.query_one(ScatterPlot)
        await until(pilot, lambda: "bits per byte" in plot.render_line(0).text)
        await pilot.press("y")
        await until(pilot, lambda: "perplexity" in plot.render_line(0).text)
        assert any(row[4].startswith("40.00 ± 5.51") for row in cells(app, "levels"))


async def test_the_live_line_says_layer_level_rate_time_and_memory(make) -> None:
    app = make(executor=fakes.FakeExecutor(stuck="perplexity"))
    async with app.run_test(size=SIZE) as pilot:
        await shown(pilot, "home")
        await pilot.press("enter")
        line = re.compile(r"small-model: layer 4 of 6 int8, \d+%, .+ left \(.+-.+\), memory 650\.0 MiB")
        await until(pilot, lambda: line.search(words(app, "run-log")))


async def test_the_keys_are_in_the_help(make) -> None:
    app = make()
    async with app.run_test(size=SIZE) as pilot:
        await measured(app, pilot)
        await pilot.press("question_mark")
        await dialog(pilot, HelpDialog)
        assert all(line in said(app) for line in ("windows", "bits per byte or PPL", "jobs or levels"))


def test_rows_beyond_the_letters_are_still_drawn() -> None:
    values = {"weight_bytes": 2**20, "bits_per_byte": 1.0, "ppl": 3.0}
    found = points([Metric("perplexity", "m", "r", str(i), {}, values) for i in range(60)], "ppl")
    assert len(found) == 60
    assert (found[0].letter, found[0].y) == ("A", 3.0)
    assert letter_of(59) == "."
