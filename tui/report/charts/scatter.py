"""Quality against size: bits per byte over weight bytes, with the Pareto front."""

from collections.abc import Sequence
from dataclasses import dataclass

from catalog.verdict.pareto import pareto
from tui.report.charts.svg import (
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
    width_of,
    with_legend,
)
from tui.wording import plus_minus, size_words

HEIGHT = 320
Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class Dot:
    """One (model, level): `size` in bytes, `value` and `error` (half of the 95 %
    interval) in bits per byte, `colour` its series.
    """

    model: str
    level: str
    size: float
    value: float
    error: float | None = None
    chosen: bool = False
    colour: int = 0


def scatter(dots: Sequence[Dot], x_label: str, y_label: str, front_label: str, label: str) -> str:
    """The drawing; low and to the left is better."""
    unit, scale = _unit(max(dot.size for dot in dots))
    xs = [dot.size / scale for dot in dots]
    heights = [dot.value + sign * (dot.error or 0) for dot in dots for sign in (-1, 1)]
    plane = Plane(max(xs) * 1.12, padded(heights), HEIGHT)
    x, y = plane.x, plane.y
    drawn = [plane.axes(f"{x_label} ({unit})", y_label)]
    best = pareto([(dot.size, dot.value) for dot in dots])
    front = sorted((size, dot.value) for size, dot, good in zip(xs, dots, best, strict=True) if good)
    drawn.append(_front([(x(size), y(value)) for size, value in front], plane.right))
    models = {dot.model: series(dot.colour) for dot in dots}
    levels = list(dict.fromkeys(dot.level for dot in dots))
    for size, dot in zip(xs, dots, strict=True):
        if dot.error:
            drawn.append(
                line(x(size), y(dot.value - dot.error), x(size), y(dot.value + dot.error), "error")
            )
    taken: list[Box] = []
    for size, dot in zip(xs, dots, strict=True):
        taken.append((x(size) - 6, y(dot.value) - 6, x(size) + 6, y(dot.value) + 6))
        told = f"{dot.model} {dot.level}: {plus_minus(dot.value, dot.error)}, {size_words(dot.size)}"
        shape = levels.index(dot.level)
        drawn.append(marker(shape, x(size), y(dot.value), 4.5, models[dot.model], title(told)))
        if dot.chosen:
            drawn.append(tag("circle", cx=x(size), cy=y(dot.value), r=9.5, class_="ring"))
    named = [
        (x(size), y(dot.value), dot)
        for size, dot, good in zip(xs, dots, best, strict=True)
        if good or dot.chosen
    ]
    for across, down, dot in sorted(named, key=lambda each: not each[2].chosen):
        drawn.append(_name(across, down, f"{dot.model} {dot.level}", dot.chosen, taken, plane))
    names = [(name, mark(0, kind)) for name, kind in models.items()]
    names += [(name, mark(i, "plain")) for i, name in enumerate(levels)]
    names.append((front_label, lambda a, b: line(a - 7, b, a + 7, b, "front")))
    return picture(*with_legend(drawn, names, plane.left, plane.right, plane.bottom + 50), label)


def _unit(largest: float) -> tuple[str, float]:
    words = size_words(largest).split()[1]
    return words, {"GiB": 2**30, "MiB": 2**20, "KiB": 2**10, "B": 1}[words]


def _front(points: Sequence[tuple[float, float]], end: float) -> str:
    """Steps: between two of the front nothing better is to be had than the smaller."""
    if not points:
        return ""
    path = f"M{points[0][0]:.1f} {points[0][1]:.1f}"
    for across, down in points[1:]:
        path += f"H{across:.1f}V{down:.1f}"
    return tag("path", d=path + f"H{end:.1f}", class_="front")


def _name(x: float, y: float, words: str, bold: bool, taken: list[Box], plane: Plane) -> str:
    """The words beside their point, where they cover nothing; left out where there is no such place."""
    wide = width_of(words) * (1.08 if bold else 1)
    around = [
        (x + 12, y + 4, "start"), (x - 12, y + 4, "end"), (x, y - 13, "middle"), (x, y + 22, "middle"),
        (x + 8, y + 20, "start"), (x + 8, y - 12, "start"), (x - 8, y + 20, "end"), (x - 8, y - 12, "end"),
    ]  # fmt: skip
    for across, down, anchor in around:
        start = across - {"start": 0.0, "middle": wide / 2, "end": wide}[anchor]
        box = (start, down - 10, start + wide, down + 3)
        across_fits = start >= plane.left and box[2] <= plane.right
        inside = across_fits and box[1] >= plane.top and box[3] <= plane.bottom
        if inside and not any(_overlap(box, other) for other in taken):
            taken.append(box)
            return text(across, down, words, anchor, "name strong" if bold else "name")
    return ""


def _overlap(a: Box, b: Box) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]
