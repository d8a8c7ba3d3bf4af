"""Curves over the examples seen, each with its letter."""

from collections.abc import Sequence
from dataclasses import dataclass

from rich.style import Style

from tui.widgets.canvas import Axis, Canvas, Plot, braille, joined

COLOURS = ("primary", "success", "warning", "error", "accent", "secondary")
_HEAD = 0.02
"""Share of the whole run that the logarithmic axis begins to spread at."""


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


class CurvePlot(Plot):
    """The axis of examples is logarithmic from the start on: evaluations stand at doublings."""

    _curves: Sequence[Curve] = ()
    _band: Band | None = None
    _most = 1.0

    def show(
        self, curves: Sequence[Curve], most: float, x_label: str, y_label: str, band: Band | None = None
    ) -> None:
        """Draw other curves, up to `most` examples; the labels stand below and above."""
        shown = [curve for curve in curves if curve.points]
        # Those that are out lie below the others.
        self._curves, self._band = sorted(shown, key=lambda curve: not curve.out), band
        ends = [curve.points[-1][0] for curve in shown] + ([band.x] if band else [])
        self._most = max([most, *ends])
        self.redraw(x_label, y_label)

    def axes(self) -> tuple[Axis, Axis] | None:
        values = [value for curve in self._curves for _, value in curve.points]
        if not values:
            return None
        if self._band is not None:
            values += [self._band.low, self._band.high]
        return Axis(0.0, self._most, head=self._most * _HEAD), Axis.around(values)

    def draw(self, canvas: Canvas) -> None:
        for curve in self._curves:
            line = joined([canvas.dot(*point) for point in curve.points])
            canvas.draw(braille(line), self._style(curve))
        for curve in self._curves:
            strong = self._style(curve) + Style(bold=True)
            for point in curve.points if curve.marked else curve.points[-1:]:
                canvas.put(canvas.cell(*point), curve.letter, strong)
        if self._band is not None:
            self._draw_band(self._band, canvas)

    def _draw_band(self, band: Band, canvas: Canvas) -> None:
        style = canvas.base + Style(bold=True)
        column, first = canvas.cell(band.x, band.high)
        _, last = canvas.cell(band.x, band.low)
        ends = {first: "┬", last: "┴"} if first != last else {first: "┼"}
        for row in range(first, last + 1):
            canvas.put((column, row), ends.get(row, "│"), style)

    def _style(self, curve: Curve) -> Style:
        return self.coloured(COLOURS[curve.colour % len(COLOURS)]) + Style(dim=curve.out)
