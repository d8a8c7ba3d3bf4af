"""From 80 x 24 to 240 x 70, in colour and without: nothing is cut, and room that is there is used."""

from collections.abc import Iterator
from itertools import pairwise

import pytest
from rich.segment import Segment
from test_app_journeys import cells, until, words
from textual.color import Color
from textual.pilot import Pilot
from textual.widgets import Footer
from textual.widgets._footer import FooterKey

from tui.app import BasefitApp
from tui.widgets.scatter import ScatterPlot
from tui.widgets.table import Table

SIZES = ((80, 24), (120, 36), (160, 45), (240, 70), (100, 30), (80, 24))
MODES = {"1": "home", "2": "models", "3": "tokenizers", "4": "run", "5": "verdict"}


async def measured(app: BasefitApp, pilot: Pilot[int]) -> None:
    await pilot.press("enter")
    await until(pilot, lambda: app.current_mode == "verdict" and cells(app, "ranking"))


def overflows(app: BasefitApp, width: int, height: int) -> Iterator[str]:
    """What lies outside the terminal, or is wider than the place it has."""
    for widget in app.screen.query("Static, Table, ScatterPlot, MemoryBar, Input, Button").results():
        region = widget.region
        if widget.display and region.width and (region.right > width or region.x < 0):
            yield f"{app.current_mode} {width}x{height}: {widget!r} lies at {region}"
    for table in app.screen.query(Table).results(Table):
        if table.display and table.region.width and table.virtual_size.width > table.size.width:
            yield f"{app.current_mode} {width}x{height}: {table!r} needs {table.virtual_size.width} cells"
    keys = sorted(app.screen.query_one(Footer).query(FooterKey), key=lambda key: key.region.x)
    for key, after in pairwise(keys):
        if key.region.right > after.region.x:
            yield f"{app.current_mode} {width}x{height}: the footer's {key!r} is covered"


@pytest.mark.parametrize("language", ["en", "zh"])
async def test_every_screen_at_every_size(make, language: str) -> None:
    app = make(language=language)
    async with app.run_test(size=(80, 24)) as pilot:
        await measured(app, pilot)
        for width, height in SIZES:
            await pilot.resize_terminal(width, height)
            for key, mode in MODES.items():
                await pilot.press(key)
                await until(
                    pilot, lambda mode=mode: app.current_mode == mode and app.screen.query(FooterKey)
                )
                await pilot.pause()
                assert app.screen.size == (width, height)
                assert not list(overflows(app, width, height))


async def test_broad_screens_use_their_room(make) -> None:
    app = make()
    async with app.run_test(size=(240, 70)) as pilot:
        await measured(app, pilot)
        plot = app.screen.query_one(ScatterPlot)
        assert plot.region.right >= 238, "the plot stands beside the ranking"
        assert plot.region.x > app.screen.query_one("#ranking").region.x
        await pilot.press("2")
        await until(pilot, lambda: app.current_mode == "models" and cells(app, "models-table"))
        await pilot.pause()
        detail, table = app.screen.query_one("#models-detail").region, app.screen.query_one(Table).region
        assert detail.x >= table.right, "the detail stands beside the table"
        assert detail.right >= 238
        assert table.height > 60, "so that the table has the whole height"


def segments(app: BasefitApp) -> list[Segment]:
    return [segment for strip in app.screen._compositor.render_strips() for segment in strip]


async def test_no_color_leaves_no_colour_and_every_word(make, monkeypatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    app = make()
    async with app.run_test(size=(80, 24)) as pilot:
        await measured(app, pilot)
        for key, mode in MODES.items():
            await pilot.press(key)
            await until(pilot, lambda mode=mode: app.current_mode == mode and app.screen.query(FooterKey))
            await pilot.pause()
            shown = segments(app)
            styles = {segment.style for segment in shown if segment.style}
            assert {style.color.name for style in styles if style.color} <= {"default"}, mode
            assert {style.bgcolor.name for style in styles if style.bgcolor} <= {"default"}, mode
            reversed_text = "".join(s.text for s in shown if s.style and s.style.reverse)
            assert words(app, f"tab-{mode}") in reversed_text, "where one is"
        chosen = cells(app, "ranking")[0]
        assert chosen[1] in reversed_text, "the row under the cursor"
        assert "recommended" in chosen, "a state is a word"


async def test_no_state_is_told_by_colour_alone(make) -> None:
    app = make()
    async with app.run_test(size=(120, 36)) as pilot:
        await measured(app, pilot)
        for key, name in (("2", "models-table"), ("5", "ranking")):
            await pilot.press(key)
            await until(pilot, lambda name=name: cells(app, name))
            table = app.screen.query_one(f"#{name}", Table)
            by_style: dict[str, set[str]] = {}
            for row in range(table.row_count):
                for cell in table.get_row_at(row):
                    if cell.style:
                        by_style.setdefault(str(cell.style), set()).add(cell.plain)
            seen = [word for group in by_style.values() for word in group]
            assert seen, "colours are used here"
            assert len(seen) == len(set(seen)), "each coloured word has one colour: the word says as much"


def contrast(colour: Color, background: Color) -> float:
    """As WCAG 2.1 defines it: 1 for the same colour, 21 for black on white; 3 is asked of bold words."""

    def light(part: float) -> float:
        return part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4

    def luminance(of: Color) -> float:
        red, green, blue = (light(part / 255) for part in of.rgb)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    shown = background.blend(colour, colour.a)
    darker, lighter = sorted((luminance(shown), luminance(background)))
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("theme", ["basefit-dark", "basefit-light"])
async def test_both_themes_paint_every_screen_readably(make, theme: str) -> None:
    app = make(state={"theme": theme})
    async with app.run_test(size=(80, 24)) as pilot:
        await measured(app, pilot)
        for key, mode in MODES.items():
            await pilot.press(key)
            await until(pilot, lambda mode=mode: app.current_mode == mode and app.screen.query(FooterKey))
            await pilot.pause()
            for widget in app.screen.query("Static, Button").results():
                background, colour = widget.background_colors[1], widget.colors[3]
                assert contrast(colour, background) >= 3, (mode, widget)
