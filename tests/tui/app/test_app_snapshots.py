"""Pictures of every screen at two sizes in both languages. Look at each before accepting a new one."""

from collections.abc import Callable
from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from catalog.verdict.option import _sizes
from tests.tui.app import app_fakes as fakes
from tests.tui.app.driving import cells, go, judged, shown, until
from tests.tui.app.fixed_catalog import fixed_footprint, fixed_rows

SIZES = {"80x24": (80, 24), "120x36": (120, 36)}


@pytest.fixture(autouse=True)
def _fixed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tui.screens.home.rows", fixed_rows)
    monkeypatch.setattr("tui.screens.models.rows", fixed_rows)
    monkeypatch.setattr("catalog.verdict.option.footprint", fixed_footprint)
    monkeypatch.setattr("catalog.verdict.option._sizes", _sizes.__wrapped__)


async def home(pilot: Pilot[int], folder: Path) -> None:
    await shown(pilot, "home")


async def models(pilot: Pilot[int], folder: Path) -> None:
    await go(pilot, "models")
    await until(pilot, lambda: cells(pilot.app, "models-table"))
    await pilot.press("space", "down")


async def tokenizers(pilot: Pilot[int], folder: Path) -> None:
    await go(pilot, "tokenizers")
    pilot.app.screen.query_one("#pick-text", Input).value = "text.txt"
    pilot.app.screen.query_one("#pick", Input).value = "small-model, large-model"
    await pilot.press("r")
    await until(pilot, lambda: cells(pilot.app, "counts"))


async def run(pilot: Pilot[int], folder: Path) -> None:
    await shown(pilot, "home")
    await pilot.press("enter")
    await until(pilot, lambda: pilot.app.board and pilot.app.board.count("running") == 2)
    await until(pilot, lambda: len(cells(pilot.app, "levels")) == 8)


async def verdict(pilot: Pilot[int], folder: Path) -> None:
    await judged(pilot)


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("size", list(SIZES))
@pytest.mark.parametrize("screen", [home, models, tokenizers, run, verdict])
def test_screen(
    make, folder: Path, monkeypatch, snap_compare, screen: Callable, size: str, language: str
) -> None:
    monkeypatch.chdir(folder)
    app = make(language=language, executor=fakes.FakeExecutor(stuck="trial" if screen is run else ""))

    assert snap_compare(app, terminal_size=SIZES[size], run_before=lambda pilot: screen(pilot, folder))


def test_light_theme(make, folder: Path, snap_compare) -> None:
    app = make(state={"theme": "basefit-light"})

    assert snap_compare(app, terminal_size=(80, 24), run_before=lambda pilot: models(pilot, folder))
