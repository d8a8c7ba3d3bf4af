"""Curves over the examples seen, in braille dots, each with its letter: labels may be Chinese."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual.geometry import Size
from textual.strip import Strip
from textual.widget import Widget

LEFT = 8
"""Cells for the numbers on the vertical axis."""
COLOURS = ("primary", "success", "warning", "error", "accent", "secondary")
ACROSS, DOWN = 2, 4
"""Dots of a braille cell."""
_DOTS = ((0x01, 0x02, 0x04, 0x40), (0x08, 0x10, 0x20, 0x80))
"""Bits of a braille cell: left and right column, from the top."""
_HEAD = 0.02
"""Share of the whole run that the logarithmic axis begins to spread at."""

Cell = tuple[str, Style]


@dataclass(frozen=True)
class Curve:
    """`points` are (examples, value) from left to right; `marked` puts the letter at each of them.

    `colour` numbers it among the racers; one that is `out` is faint.
    """

    letter: str
    points: Sequence[tuple[float, float]]
    colour: int = 0
    marked: bool = True
    out: bool = False


@dataclass(frozen=True)
class Band:
    """What is expected at `x`: from `low` to `high`."""

    x: float
    low: float
    high: float


class CurvePlot(Widget):
    """The axis of examples is logarithmic from the start on: evaluations stand at doublings."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._curves: Sequence[Curve] = ()
        self._band: Band | None = None
        self._most = 1.0
        self._x_label = self._y_label = ""
        self._grid: list[list[Cell]] = []
        self._drawn: tuple[object, ...] = ()

    def show(
        self, curves: Sequence[Curve], most: float, x_label: str, y_label: str, band: Band | None = None
    ) -> None:
        """Draw other curves, up to `most` examples; the labels stand below and above."""
        self._curves = [curve for curve in curves if curve.points]
        self._band, self._x_label, self._y_label = band, x_label, y_label
        ends = [curve.points[-1][0] for curve in self._curves] + ([band.x] if band else [])
        self._most = max([most, *ends])
        self._drawn = ()
        self.refresh()

    def render_line(self, y: int) -> Strip:
        """Row 0 is the label of y, the last but one the axis, the last its numbers."""
        width, rows = self.size.width, self.size.height - 3
        base = self.rich_style
        if y == 0:
            return _line(" " + self._y_label, width, base)
        if not self._curves or rows < 2 or width < LEFT + 10:
            return Strip.blank(width, base)
        faint = base + Style(dim=True)
        if y == rows + 1:
            return _line(" " * (LEFT - 1) + "└" + "─" * (width - LEFT), width, faint)
        if y == rows + 2:
            last = f"{self._most:,.0f}"
            return _line(
                " " * LEFT + "0" + _centre(self._x_label, width - LEFT - 1 - len(last)) + last, width, faint
            )
        if y > rows:
            return Strip.blank(width, base)
        self._draw(Size(width - LEFT, rows), base)
        row, (low, high) = y - 1, self._range()
        value = high - (high - low) * row / max(1, rows - 1)
        label = f"{value:.3f}" if row in (0, rows // 2, rows - 1) else ""
        segments = [Segment(label.rjust(LEFT - 2) + " │", faint)]
        segments += [Segment(text, style) for text, style in self._grid[row]]
        return Strip(segments).adjust_cell_length(width, base)

    def _draw(self, size: Size, base: Style) -> None:
        """The cells of all rows, kept until something changes."""
        state = (size, self.app.theme, base)
        if state == self._drawn:
            return
        self._drawn = state
        self._grid = [[(" ", base)] * size.width for _ in range(size.height)]
        order = sorted(self._curves, key=lambda curve: not curve.out)
        for curve in order:
            self._draw_line(curve, size, base)
        for curve in order:
            self._draw_letters(curve, size, base)
        if self._band is not None:
            self._draw_band(self._band, size, base)

    def _draw_line(self, curve: Curve, size: Size, base: Style) -> None:
        masks: dict[tuple[int, int], int] = {}
        style = self._style(curve, base)
        for across, down in joined([self._dot(point, size) for point in curve.points]):
            cell = across // ACROSS, down // DOWN
            masks[cell] = masks.get(cell, 0) | _DOTS[across % ACROSS][down % DOWN]
        for (column, row), mask in masks.items():
            self._grid[row][column] = (chr(0x2800 | mask), style)

    def _draw_letters(self, curve: Curve, size: Size, base: Style) -> None:
        strong = self._style(curve, base) + Style(bold=True)
        for point in curve.points if curve.marked else curve.points[-1:]:
            across, down = self._dot(point, size)
            self._grid[down // DOWN][across // ACROSS] = (curve.letter, strong)

    def _draw_band(self, band: Band, size: Size, base: Style) -> None:
        style = base + Style(bold=True)
        across, top = self._dot((band.x, band.high), size)
        _, bottom = self._dot((band.x, band.low), size)
        column, first, last = across // ACROSS, top // DOWN, bottom // DOWN
        for row in range(first, last + 1):
            ends = {first: "┬", last: "┴"} if first != last else {first: "┼"}
            self._grid[row][column] = (ends.get(row, "│"), style)

    def _style(self, curve: Curve, base: Style) -> Style:
        name = COLOURS[curve.colour % len(COLOURS)]
        return base + Style(color=self.app.theme_variables.get(name, "")[:7] or None, dim=curve.out)

    def _dot(self, point: tuple[float, float], size: Size) -> tuple[int, int]:
        """Dots from the left and from the top."""
        low, high = self._range()
        head = self._most * _HEAD
        share = math.log1p(point[0] / head) / math.log1p(self._most / head)
        height = (high - min(max(point[1], low), high)) / (high - low)
        return round(share * (size.width * ACROSS - 1)), round(height * (size.height * DOWN - 1))

    def _range(self) -> tuple[float, float]:
        """From the lowest to the highest value with a margin, never empty."""
        values = [value for curve in self._curves for _, value in curve.points]
        if self._band is not None:
            values += [self._band.low, self._band.high]
        low, high = min(values), max(values)
        margin = (high - low) * 0.04 or abs(high) * 0.05 or 1.0
        # What is drawn is never below zero, so neither is the axis.
        return max(low - margin, min(low, 0.0)), high + margin


def joined(dots: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """The dots of straight lines from one to the next."""
    found = list(dots[:1])
    for (x0, y0), (x1, y1) in pairwise(dots):
        steps = max(abs(x1 - x0), abs(y1 - y0), 1)
        found += [
            (round(x0 + (x1 - x0) * step / steps), round(y0 + (y1 - y0) * step / steps))
            for step in range(1, steps + 1)
        ]
    return found


def _centre(words: str, width: int) -> str:
    words = set_cell_size(words, min(cell_len(words), max(0, width - 2)))
    before = max(0, width - cell_len(words)) // 2
    return set_cell_size(" " * before + words, max(0, width))


def _line(words: str, width: int, style: Style) -> Strip:
    return Strip([Segment(set_cell_size(words, width), style)])
