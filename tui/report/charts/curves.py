"""Curves with their standard errors, such as bits per byte over the examples seen or tokens over pieces."""

from collections.abc import Sequence
from dataclasses import dataclass

from tui.report.charts.svg import (
    Mark,
    Plane,
    line,
    mark,
    marker,
    padded,
    picture,
    series,
    tag,
    text,
    title,
    with_legend,
)
from tui.wording import plus_minus


@dataclass(frozen=True)
class Curve:
    """`points` are (x, y, half of the 95 % interval of y), as a trial tells examples and bits per byte."""

    name: str
    points: Sequence[tuple[float, float, float | None]]
    colour: int = 0


@dataclass(frozen=True)
class Line:
    """One y, right across."""

    name: str
    y: float
    colour: int = 0


def curves(found: Sequence[Curve], x_label: str, y_label: str, label: str) -> str:
    """The drawing; a curve a trial."""
    return picture(*plot(found, x_label, y_label), label)


def plot(
    found: Sequence[Curve],
    x_label: str,
    y_label: str,
    lines: Sequence[Line] = (),
    ringed: tuple[float, float, str] | None = None,
) -> tuple[float, str]:
    """Its height and its elements; x begins at zero. `ringed` is a point with words beside it."""
    points = [point for curve in found for point in curve.points]
    heights = [y + sign * (error or 0) for _, y, error in points for sign in (-1, 1)]
    plane = Plane(max(max(x for x, _, _ in points), 1), padded([*heights, *(one.y for one in lines)]))
    drawn = [plane.axes(x_label, y_label)]
    for one in lines:
        kind = f"level {series(one.colour)}-line"
        drawn.append(line(plane.left, plane.y(one.y), plane.right, plane.y(one.y), kind))
    drawn += [_curve(curve, plane) for curve in found]
    if ringed is not None:
        x, y = plane.x(ringed[0]), plane.y(ringed[1])
        drawn += [tag("circle", cx=x, cy=y, r=9.5, class_="ring"), text(x + 12, y - 8, ringed[2])]
    names = [(curve.name, mark(curve.colour, series(curve.colour))) for curve in found]
    names += [(one.name, _across(one.colour)) for one in lines]
    return with_legend(drawn, names, plane.left, plane.right, plane.bottom + 50)


def _across(colour: int) -> Mark:
    return lambda x, y: line(x - 7, y, x + 7, y, f"level {series(colour)}-line")


def _curve(curve: Curve, plane: Plane) -> str:
    index = curve.colour
    path = " ".join(f"{plane.x(x):.1f},{plane.y(y):.1f}" for x, y, _ in curve.points)
    drawn = [tag("polyline", points=path, class_=f"curve {series(index)}-line")]
    for x, y, error in curve.points:
        across, ends = plane.x(x), (plane.y(y - (error or 0)), plane.y(y + (error or 0)))
        told = f"{curve.name}, {x}: {plus_minus(y, error)}"
        drawn.append(line(across, ends[0], across, ends[1], f"whisker {series(index)}-line"))
        drawn.append(marker(index, across, plane.y(y), 4, series(index), title(told)))
    return "".join(drawn)
