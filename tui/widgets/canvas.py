"""A plot drawn cell by cell, in dots and letters: labels may be Chinese and the frame stays whole."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip
from textual.widget import Widget

LEFT = 8
"""Cells for the numbers on the vertical axis."""
MARGIN = 0.04
"""Of the span of the values, so much is left free above and below."""
ACROSS, DOWN = 2, 4
"""Dots of a braille cell."""
_BITS = ((0x01, 0x02, 0x04, 0x40), (0x08, 0x10, 0x20, 0x80))
"""Bits of a braille cell: left and right column, from the top."""

Place = tuple[int, int]
"""Cells or dots from the left and from the top."""


@dataclass(frozen=True)
class Axis:
    """From `low` to `high`, its ends written in `form`; with a `head` it is logarithmic from there on."""

    low: float
    high: float
    form: str = ",.0f"
    head: float = 0.0

    @classmethod
    def around(cls, values: Sequence[float], form: str = ",.0f") -> "Axis":
        """The span of the values with a margin, never empty; where none is below zero, nor is the axis."""
        low, high = min(values), max(values)
        margin = (high - low) * MARGIN or abs(high) * MARGIN or 1.0
        return cls(low - margin if low < 0 else max(0.0, low - margin), high + margin, form)

    def share(self, value: float) -> float:
        """How far along a value stands, 0 to 1; what lies outside stands at the end."""
        along, whole = min(max(value, self.low), self.high) - self.low, self.high - self.low
        return math.log1p(along / self.head) / math.log1p(whole / self.head) if self.head else along / whole


class Canvas:
    """Cells between the axes. What falls outside is clipped; a wide character takes two cells."""

    def __init__(self, columns: int, rows: int, x: Axis, y: Axis, base: Style) -> None:
        self.columns, self.rows, self.x, self.y, self.base = columns, rows, x, y, base
        self._cells = [[(" ", base)] * columns for _ in range(rows)]

    def dot(self, x: float, y: float) -> Place:
        """Where a point stands, to the dot."""
        across, down = self.columns * ACROSS - 1, self.rows * DOWN - 1
        return round(self.x.share(x) * across), round((1 - self.y.share(y)) * down)

    def cell(self, x: float, y: float) -> Place:
        """The cell of that dot."""
        across, down = self.dot(x, y)
        return across // ACROSS, down // DOWN

    def put(self, at: Place, char: str, style: Style) -> None:
        """One character; what is left of a wide one that it covers half of becomes a space."""
        column, row = at
        wide = cell_len(char) == 2
        if not (0 <= row < self.rows and 0 <= column < self.columns - wide):
            return
        cells = self._cells[row]
        for covered in range(column, column + 1 + wide):
            if not cells[covered][0]:
                cells[covered - 1] = (" ", style)
            elif cell_len(cells[covered][0]) == 2:
                cells[covered + 1] = (" ", style)
        cells[column] = (char, style)
        if wide:
            cells[column + 1] = ("", style)

    def write(self, at: Place, words: str, style: Style) -> None:
        """Characters from left to right."""
        column, row = at
        for char in words:
            self.put((column, row), char, style)
            column += cell_len(char)

    def draw(self, shape: dict[Place, str], style: Style) -> None:
        """The cells of a shape, over what is there."""
        for at, char in shape.items():
            self.put(at, char, style)

    def segments(self, row: int) -> list[Segment]:
        return [Segment(text, style) for text, style in self._cells[row] if text]


def braille(dots: Iterable[Place]) -> dict[Place, str]:
    """The cells that dots fill, each with its character."""
    masks: dict[Place, int] = {}
    for across, down in dots:
        cell = across // ACROSS, down // DOWN
        masks[cell] = masks.get(cell, 0) | _BITS[across % ACROSS][down % DOWN]
    return {cell: chr(0x2800 | mask) for cell, mask in masks.items()}


def joined(dots: Sequence[Place]) -> list[Place]:
    """The dots of straight lines from one to the next."""
    found = list(dots[:1])
    for (x0, y0), (x1, y1) in pairwise(dots):
        steps = max(abs(x1 - x0), abs(y1 - y0), 1)
        found += [
            (round(x0 + (x1 - x0) * step / steps), round(y0 + (y1 - y0) * step / steps))
            for step in range(1, steps + 1)
        ]
    return found


class Plot(Widget):
    """The frame around a canvas: the label of y above, the axes, and below them the label of x."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._x_label = self._y_label = ""
        self._canvas: Canvas | None = None
        self._drawn_for: tuple[object, ...] = ()

    def axes(self) -> tuple[Axis, Axis] | None:
        """Those of x and y; None where there is nothing to draw."""
        raise NotImplementedError

    def draw(self, canvas: Canvas) -> None:
        """Fill the canvas between the axes."""
        raise NotImplementedError

    def redraw(self, x_label: str, y_label: str) -> None:
        """What is drawn has changed."""
        self._x_label, self._y_label, self._drawn_for = x_label, y_label, ()
        self.refresh()

    def coloured(self, name: str) -> Style:
        """The plot's own style in a colour of the theme."""
        return self.rich_style + Style(color=self.app.theme_variables.get(name, "")[:7] or None)

    def render_line(self, y: int) -> Strip:
        """Row 0 is the label of y, the last but one the axis, the last its numbers."""
        width, rows, base = self.size.width, self.size.height - 3, self.rich_style
        if y == 0:
            return _line(" " + self._y_label, width, base)
        canvas = self._drawn(width - LEFT, rows)
        if canvas is None:
            return Strip.blank(width, base)
        faint = base + Style(dim=True)
        if y == rows + 1:
            return _line(" " * (LEFT - 1) + "└" + "─" * canvas.columns, width, faint)
        if y > rows + 1:
            first, last = (format(end, canvas.x.form) for end in (canvas.x.low, canvas.x.high))
            between = _centred(self._x_label, canvas.columns - len(first) - len(last))
            return _line(" " * LEFT + first + between + last, width, faint)
        label = ""
        if y - 1 in (0, rows // 2, rows - 1):
            label = _figure(canvas.y.high - (canvas.y.high - canvas.y.low) * (y - 1) / (rows - 1))
        segments = [Segment(label.rjust(LEFT - 2) + " │", faint), *canvas.segments(y - 1)]
        return Strip(segments).adjust_cell_length(width, base)

    def _drawn(self, columns: int, rows: int) -> Canvas | None:
        """The canvas, kept until something changes; None where there is no room or nothing to draw."""
        state = (columns, rows, self.app.theme, self.rich_style)
        if state != self._drawn_for:
            axes = self.axes() if rows >= 2 and columns >= 10 else None
            self._canvas = Canvas(columns, rows, *axes, self.rich_style) if axes else None
            if self._canvas:
                self.draw(self._canvas)
            self._drawn_for = state
        return self._canvas


def _figure(value: float) -> str:
    """With up to three decimals, as the room beside the axis allows."""
    figures = (f"{value:.{digits}f}" for digits in (3, 2, 1, 0))
    return next((words for words in figures if len(words) <= LEFT - 2), f"{value:.0e}")


def _centred(words: str, width: int) -> str:
    words = set_cell_size(words, min(cell_len(words), max(0, width - 2)))
    before = max(0, width - cell_len(words)) // 2
    return set_cell_size(" " * before + words, max(0, width))


def _line(words: str, width: int, style: Style) -> Strip:
    return Strip([Segment(set_cell_size(words, width), style)])
