"""A plot of points as letters: low and to the left is better."""

from collections.abc import Sequence
from dataclasses import dataclass

from rich.style import Style

from tui.widgets.canvas import Axis, Canvas, Plot


@dataclass(frozen=True)
class Point:
    """`letter` is the row's letter in the table beside; `best` marks the Pareto front."""

    letter: str
    x: float
    y: float
    best: bool = False


class ScatterPlot(Plot):
    """Every point at its cell; where two meet, the later one is seen."""

    _points: Sequence[Point] = ()

    def show(self, points: Sequence[Point], x_label: str, y_label: str) -> None:
        """Draw other points; the labels stand below and above."""
        self._points = points
        self.redraw(x_label, y_label)

    def axes(self) -> tuple[Axis, Axis] | None:
        if not self._points:
            return None
        return (
            Axis.around([point.x for point in self._points], ".1f"),
            Axis.around([point.y for point in self._points]),
        )

    def draw(self, canvas: Canvas) -> None:
        for point in self._points:
            style = canvas.base + Style(bold=True, reverse=True) if point.best else canvas.base
            canvas.put(canvas.cell(point.x, point.y), point.letter, style)
