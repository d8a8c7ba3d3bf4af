"""The canvas under the terminal's plots: axes, dots, wide characters, clipping."""

from itertools import pairwise

import pytest
from rich.style import Style
from textual.app import App, ComposeResult

from tui.widgets.canvas import Axis, Canvas, braille, joined
from tui.widgets.scatter import Point, ScatterPlot

PLAIN = Style()


def canvas(columns: int = 6, rows: int = 2) -> Canvas:
    return Canvas(columns, rows, Axis(0, 10), Axis(0, 1), PLAIN)


def shown(drawn: Canvas, row: int) -> str:
    return "".join(segment.text for segment in drawn.segments(row))


def test_a_line_has_no_gap() -> None:
    dots = joined([(0, 0), (3, 9), (3, 9), (8, 8)])
    assert (dots[0], dots[-1]) == ((0, 0), (8, 8))
    assert all(abs(a[0] - b[0]) <= 1 and abs(a[1] - b[1]) <= 1 for a, b in pairwise(dots))
    assert joined([(2, 2)]) == [(2, 2)]
    assert joined([]) == []


def test_dots_share_a_cell() -> None:
    assert braille([(0, 0), (1, 0), (0, 3), (2, 4)]) == {(0, 0): "⡉", (1, 1): "⠁"}


def test_an_axis_has_a_margin_and_no_amount_below_zero() -> None:
    assert Axis.around([1.0, 2.0]) == Axis(0.96, 2.04)
    assert Axis.around([0.0, 1.0]).low == 0
    assert Axis.around([-1.0, 1.0]).low == pytest.approx(-1.08)
    level = Axis.around([3.0, 3.0])
    assert level.low < 3 < level.high
    assert Axis.around([0.0]).high > 0


def test_a_share_is_linear_or_logarithmic_and_never_outside() -> None:
    assert [Axis(0, 10).share(x) for x in (-5, 0, 5, 10, 11)] == [0, 0, 0.5, 1, 1]
    spread = Axis(0, 100, head=1)
    assert spread.share(0) == 0
    assert spread.share(100) == 1
    assert spread.share(10) > 0.5


def test_a_place_is_a_dot_in_its_cell() -> None:
    drawn = canvas()
    assert drawn.dot(0, 1) == (0, 0)
    assert drawn.dot(10, 0) == (11, 7)
    assert drawn.cell(10, 0) == (5, 1)


def test_wide_characters_take_two_cells_and_are_never_cut_in_half() -> None:
    drawn = canvas()
    drawn.write((0, 0), "低a处", PLAIN)
    assert shown(drawn, 0) == "低a处 "
    drawn.put((1, 0), "x", PLAIN)
    assert shown(drawn, 0) == " xa处 "
    drawn.put((2, 0), "高", PLAIN)
    assert shown(drawn, 0) == " x高  "
    drawn.put((3, 0), "中", PLAIN)
    assert shown(drawn, 0) == " x 中 "
    drawn.put((3, 0), "y", PLAIN)
    assert shown(drawn, 0) == " x y  "


def test_what_falls_outside_is_clipped() -> None:
    drawn = canvas()
    drawn.write((3, 1), "abcd", PLAIN)
    drawn.put((5, 0), "低", PLAIN)
    drawn.put((-1, 0), "x", PLAIN)
    drawn.put((0, 2), "x", PLAIN)
    assert (shown(drawn, 0), shown(drawn, 1)) == ("      ", "   abc")


class Plotted(App[None]):
    def compose(self) -> ComposeResult:
        yield ScatterPlot()


async def test_large_figures_stay_beside_the_axis() -> None:
    async with Plotted().run_test(size=(40, 12)) as pilot:
        plot = pilot.app.query_one(ScatterPlot)
        plot.styles.height, plot.styles.width = 10, 40
        await pilot.pause()
        plot.show([Point("A", 1, 3.5), Point("B", 2, 123_456.7), Point("C", 3, 9e9)], "x", "y")
        rows = [plot.render_line(y).text for y in range(10)]
        assert [row[7] for row in rows[1:8]] == ["│"] * 7
        assert {len(row) for row in rows} == {40}
        plot.show([], "x", "y")
        assert "│" not in plot.render_line(1).text
