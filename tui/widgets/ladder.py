"""The vocabulary ladder, drawn cell by cell: what the text costs as pieces are added, and the others."""

from collections.abc import Sequence
from dataclasses import dataclass

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip
from textual.widget import Widget

LEFT = 8
"""Cells for the numbers on the vertical axis."""
RUNG, KNEE, LEVEL = "●", "◆", "┄"
_DOTS = ((0x01, 0x02, 0x04, 0x40), (0x08, 0x10, 0x20, 0x80))
"""Bits of a braille cell: left and right column, from the top."""


@dataclass(frozen=True)
class Ladder:
    """`rungs` are (pieces added, tokens) in order, `knee` the index of the one beyond which little is
    saved; `others` are (name, tokens) of tokenizers on the same text.
    """

    rungs: Sequence[tuple[float, float]]
    knee: int
    others: Sequence[tuple[str, float]] = ()

    def at(self, x: float) -> float:
        """Tokens at `x` pieces, on the straight line between two rungs."""
        for (x0, y0), (x1, y1) in zip(self.rungs, self.rungs[1:], strict=False):
            if x0 <= x <= x1 and x1 > x0:
                return y0 + (y1 - y0) * (x - x0) / (x1 - x0)
        return self.rungs[-1][1]


class LadderPlot(Widget):
    """Pieces to the right, tokens upwards: lower is better. Other tokenizers are lines right across."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._ladder: Ladder | None = None
        self._x_label = self._y_label = ""

    def show(self, ladder: Ladder | None, x_label: str, y_label: str) -> None:
        """Draw another ladder; the labels stand below and above."""
        self._ladder, self._x_label, self._y_label = ladder, x_label, y_label
        self.refresh()

    def render_line(self, y: int) -> Strip:
        """Row 0 is the label of y, the last but one the axis, the last its numbers."""
        width, height = self.size
        base, ladder = self.rich_style, self._ladder
        rows = height - 3
        if ladder is None or rows < 2 or width < LEFT + 10:
            return Strip.blank(width, base)
        faint = base + Style(dim=True)
        if y == 0:
            return _line(" " + self._y_label, width, base)
        if y <= rows:
            return self._row(ladder, y - 1, rows, width, base)
        if y == rows + 1:
            return _line(" " * (LEFT - 1) + "└" + "─" * (width - LEFT), width, faint)
        last = f"{ladder.rungs[-1][0]:,.0f}"
        gap = width - LEFT - 1 - len(last)
        words = set_cell_size(self._x_label, min(cell_len(self._x_label), max(0, gap - 2)))
        before = max(0, gap - cell_len(words)) // 2
        middle = set_cell_size(" " * before + words, max(0, gap))
        return _line(" " * LEFT + "0" + middle + last, width, faint)

    def _row(self, ladder: Ladder, row: int, rows: int, width: int, base: Style) -> Strip:
        low, high = _range(ladder)
        columns, steps = width - LEFT, rows * 4
        most = ladder.rungs[-1][0] or 1.0

        def down(value: float) -> int:
            """Dots from the top; a row has four."""
            return round((high - value) / (high - low) * (steps - 1))

        middle = high - (high - low) * (row * 4 + 1.5) / (steps - 1)
        label = f"{middle:.2f}" if row in (0, rows // 2, rows - 1) else ""
        curve = [down(ladder.at(most * dot / (columns * 2 - 1))) for dot in range(columns * 2)]
        dotted = braille(curve, row)
        here = [(name, value) for name, value in ladder.others if down(value) // 4 == row]
        cells = self._level(here, [char is not None for char in dotted], base)
        strong = base + self._coloured("primary")
        for column, char in enumerate(dotted):
            if char is not None:
                _put(cells, column, char, strong)
        for index, (added, value) in enumerate(ladder.rungs):
            if down(value) // 4 == row:
                knee = index == ladder.knee
                mark = base + self._coloured("warning") + Style(bold=True) if knee else strong
                _put(cells, round(added / most * (columns - 1)), KNEE if knee else RUNG, mark)
        segments = [Segment(label.rjust(LEFT - 2) + " │", base + Style(dim=True))]
        segments += [Segment(text, style) for text, style in cells if text]
        return Strip(segments).adjust_cell_length(width, base)

    def _level(
        self, here: Sequence[tuple[str, float]], taken: Sequence[bool], base: Style
    ) -> list[tuple[str, Style]]:
        """A row of cells; where other tokenizers stand, a line with their names where the curve is not."""
        columns = len(taken)
        if not here:
            return [(" ", base)] * columns
        style = base + self._coloured("success")
        words = " " + ", ".join(f"{name} {value:.3f}" for name, value in here) + " "
        words = set_cell_size(words, min(cell_len(words), columns - 2))
        size = cell_len(words)
        start = 1 if not any(taken[: size + 2]) else columns - size - 1
        cells: list[tuple[str, Style]] = [(LEVEL, style)] * columns
        at = start
        for char in words:
            cells[at] = (char, style)
            if cell_len(char) == 2:
                cells[at + 1] = ("", style)
            at += cell_len(char)
        return cells

    def _coloured(self, name: str) -> Style:
        return Style(color=self.app.theme_variables.get(name, "")[:7] or None)


def braille(heights: Sequence[int], row: int) -> list[str | None]:
    """One row of cells of a curve that is `heights[i]` dots from the top; None where it does not pass.

    A cell is two dots wide and four high; a step of several dots is joined.
    """
    masks = [0] * (len(heights) // 2)
    for dot, height in enumerate(heights):
        before = heights[dot - 1] if dot else height
        for y in range(min(height, before + 1), max(height, before - 1) + 1):
            if y // 4 == row:
                masks[dot // 2] |= _DOTS[dot % 2][y % 4]
    return [chr(0x2800 + mask) if mask else None for mask in masks]


def _put(cells: list[tuple[str, Style]], at: int, char: str, style: Style) -> None:
    """One cell; what is left of a wide character that it covers half of becomes a space."""
    if not cells[at][0]:
        cells[at - 1] = (" ", style)
    elif cell_len(cells[at][0]) == 2:
        cells[at + 1] = (" ", style)
    cells[at] = (char, style)


def _range(ladder: Ladder) -> tuple[float, float]:
    """From the lowest to the highest value with a margin, never empty."""
    values = [value for _, value in (*ladder.rungs, *ladder.others)]
    low, high = min(values), max(values)
    margin = (high - low) * 0.05 or abs(high) * 0.05 or 1.0
    return max(0.0, low - margin), high + margin


def _line(words: str, width: int, style: Style) -> Strip:
    return Strip([Segment(set_cell_size(words, width), style)])
