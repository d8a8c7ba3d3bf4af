"""From 80 x 24 to 240 x 70, in colour and without: nothing is cut, and room that is there is used."""

from collections.abc import Iterator
from itertools import pairwise

import pytest
from rich.segment import Segment
from textual.color import Color
from textual.widgets import Footer
from textual.widgets._footer import FooterKey

from tests.tui.app.driving import cells, go, judged, until, words
from tui.app import BasefitApp
from tui.widgets.scatter import ScatterPlot
from tui.widgets.table import Table
from tui.widgets.topbar import SCREENS

SIZES = ((80, 24), (120, 36), (160, 45), (240, 70), (100, 30), (80, 24))


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


def laid_out(app: BasefitApp, width: int, height: int) -> bool:
    """Asserts that nothing overflows; False as long as nothing is laid out for this size."""
    keys = app.screen.query(FooterKey)
    if app.screen.size != (width, height) or not keys or not all(key.region for key in keys):
        return False
    found = list(overflows(app, width, height))
    assert not found, found
    return True


@pytest.mark.parametrize("language", ["en", "zh"])
async def test_every_screen_at_every_size(make, language: str) -> None:
    app = make(language=language)
    async with app.run_test(size=(80, 24)) as pilot:
        await judged(pilot)
        for width, height in SIZES:
            await pilot.resize_terminal(width, height)
            for mode in SCREENS:
                await go(pilot, mode)
                await until(pilot, lambda size=(width, height): laid_out(app, *size))


async def test_broad_screens_use_their_room(make) -> None:
    app = make()
    async with app.run_test(size=(240, 70)) as pilot:
        await judged(pilot)
        await until(pilot, lambda: plot_beside_the_ranking(app))
        await go(pilot, "models")
        await until(pilot, lambda: detail_beside_the_table(app))


def plot_beside_the_ranking(app: BasefitApp) -> bool:
    plot = app.screen.query_one(ScatterPlot).region
    return plot.right >= 238 and plot.x > app.screen.query_one("#ranking").region.x


def detail_beside_the_table(app: BasefitApp) -> bool:
    """The table has the whole height."""
    detail, table = app.screen.query_one("#models-detail").region, app.screen.query_one(Table).region
    return detail.right >= 238 and detail.x >= table.right > 0 and table.height > 60


def segments(app: BasefitApp) -> list[Segment]:
    return [segment for strip in app.screen._compositor.render_strips() for segment in strip]


async def test_no_color_leaves_no_colour_and_every_word(make, monkeypatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    app = make()
    async with app.run_test(size=(80, 24)) as pilot:
        await judged(pilot)
        for mode in SCREENS:
            await go(pilot, mode)
            await until(pilot, lambda mode=mode: words(app, f"tab-{mode}") in reversed_text(app))
            styles = {segment.style for segment in segments(app) if segment.style}
            assert {style.color.name for style in styles if style.color} <= {"default"}, mode
            assert {style.bgcolor.name for style in styles if style.bgcolor} <= {"default"}, mode
        chosen = cells(app, "ranking")[0]
        await until(pilot, lambda: chosen[1] in reversed_text(app))
        assert "recommended" in chosen, "a state is a word"


def reversed_text(app: BasefitApp) -> str:
    """What says by reverse video where one is."""
    return "".join(part.text for part in segments(app) if part.style and part.style.reverse)


async def test_no_state_is_told_by_colour_alone(make) -> None:
    app = make()
    async with app.run_test(size=(120, 36)) as pilot:
        await judged(pilot)
        for mode, name in (("models", "models-table"), ("verdict", "ranking")):
            await go(pilot, mode)
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
        await judged(pilot)
        for mode in SCREENS:
            await go(pilot, mode)
            await until(pilot, lambda: readable(app))


def readable(app: BasefitApp) -> bool:
    """Asserts that all words stand out."""
    for widget in app.screen.query("Static, Button").results():
        background, colour = widget.background_colors[1], widget.colors[3]
        assert contrast(colour, background) >= 3, (app.current_mode, widget)
    return bool(app.screen.query(FooterKey))
