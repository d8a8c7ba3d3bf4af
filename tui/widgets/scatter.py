"""A plot of points as letters, drawn cell by cell: labels may be Chinese and the frame stays whole."""

from collections.abc import Sequence
from dataclasses import dataclass

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip
from textual.widget import Widget

LEFT = 8
"""Cells for the numbers on the vertical axis."""


@dataclass(frozen=True)
class Point:
    """`letter` is the row's letter in the table beside; `best` marks the Pareto front."""

    letter: str
    x: float
    y: float
    best: bool = False


class ScatterPlot(Widget):
    """x grows to the right and y downwards on the page is smaller: low and left is better."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._points: Sequence[Point] = ()
        self._x_label = self._y_label = ""

    def show(self, points: Sequence[Point], x_label: str, y_label: str) -> None:
        """Draw other points; the labels stand below and above."""
        self._points, self._x_label, self._y_label = points, x_label, y_label
        self.refresh()

    def render_line(self, y: int) -> Strip:
        """Row 0 is the label of y, the last but one the axis, the last its numbers."""
        width, height = self.size
        base = self.rich_style
        rows = height - 3
        if y == 0:
            return _line(" " + self._y_label, width, base)
        if not self._points or rows < 2 or width < LEFT + 10:
            return Strip.blank(width, base)
        if y <= rows:
            return self._row(y - 1, rows, width, base)
        if y == rows + 1:
            return _line(" " * (LEFT - 1) + "└" + "─" * (width - LEFT), width, base + Style(dim=True))
        low, high = _range([point.x for point in self._points])
        first, last = f"{low:.1f}", f"{high:.1f}"
        gap = width - LEFT - len(first) - len(last) - 1
        return _line(" " * LEFT + first + _centre(self._x_label, gap) + last, width, base + Style(dim=True))

    def _row(self, row: int, rows: int, width: int, base: Style) -> Strip:
        low, high = _range([point.y for point in self._points])
        value = high - (high - low) * row / max(1, rows - 1)
        label = f"{value:.3f}" if row in (0, rows - 1, rows // 2) else ""
        cells: list[tuple[str, Style]] = [(" ", base)] * (width - LEFT)
        for point in self._points:
            x, y = self._place(point, rows, width - LEFT)
            if y == row:
                strong = Style(bold=True, reverse=True) if point.best else Style()
                cells[x] = (point.letter, base + strong)
        segments = [Segment(label.rjust(LEFT - 2) + " │", base + Style(dim=True))]
        segments += [Segment(text, style) for text, style in cells]
        return Strip(segments).adjust_cell_length(width, base)

    def _place(self, point: Point, rows: int, columns: int) -> tuple[int, int]:
        x_low, x_high = _range([other.x for other in self._points])
        y_low, y_high = _range([other.y for other in self._points])
        across = round((point.x - x_low) / (x_high - x_low) * (columns - 1))
        return across, round((y_high - point.y) / (y_high - y_low) * (rows - 1))


def _range(values: Sequence[float]) -> tuple[float, float]:
    """The span of the values with a margin, never empty."""
    low, high = min(values), max(values)
    margin = (high - low) * 0.05 or abs(high) * 0.05 or 1.0
    # A size is never below zero, so neither is the axis.
    return max(low - margin, min(low, 0.0)), high + margin


def _centre(words: str, width: int) -> str:
    if cell_len(words) > width:
        return set_cell_size(words, max(0, width))
    before = (width - cell_len(words)) // 2
    return " " * before + words + " " * (width - cell_len(words) - before)


def _line(words: str, width: int, style: Style) -> Strip:
    return Strip([Segment(set_cell_size(words, width), style)])
