"""Trial curves: bits per byte of the held-out answers over the examples seen, with standard errors."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tui.report.charts.svg import (
    WIDTH,
    Scale,
    legend,
    line,
    linear,
    mark,
    marker,
    picture,
    series,
    tag,
    text,
    tick_words,
    ticks,
    title,
)
from tui.wording import plus_minus

LEFT, TOP, RIGHT, HEIGHT = 58, 28, 24, 250


@dataclass(frozen=True)
class Curve:
    """`points` hold examples, bits_per_byte and se, as a trial tells them."""

    name: str
    points: Sequence[Mapping[str, Any]]
    colour: int = 0


def curves(found: Sequence[Curve], x_label: str, y_label: str, label: str) -> str:
    """The drawing; a curve a trial."""
    points = [point for curve in found for point in curve.points]
    most = max(max(point["examples"] for point in points), 1)
    low = min(point["bits_per_byte"] - (point["se"] or 0) for point in points)
    high = max(point["bits_per_byte"] + (point["se"] or 0) for point in points)
    margin = (high - low) * 0.05 or 0.05
    bottom = TOP + HEIGHT
    x = linear(0, most, LEFT + 8, WIDTH - RIGHT)
    y = linear(low - margin, high + margin, bottom, TOP)
    drawn = [text(LEFT, TOP - 12, y_label, kind="label")]
    drawn.append(text(WIDTH - RIGHT, bottom + 36, x_label, "end", "label"))
    rows = ticks(low - margin, high + margin)
    for value, words in zip(rows, tick_words(rows), strict=True):
        drawn += [line(LEFT, y(value), WIDTH - RIGHT, y(value), "grid")]
        drawn += [text(LEFT - 8, y(value) + 4, words, "end", "tick")]
    columns = ticks(0, most, 6)
    for value, words in zip(columns, tick_words(columns), strict=True):
        drawn += [line(x(value), bottom, x(value), bottom + 4, "axis")]
        drawn += [text(x(value), bottom + 18, words, "middle", "tick")]
    drawn.append(line(LEFT, bottom, WIDTH - RIGHT, bottom, "axis"))
    drawn += [_curve(curve, x, y) for curve in found]
    names = [(curve.name, mark(curve.colour, series(curve.colour))) for curve in found]
    shown, height = legend(names, LEFT, bottom + 60, WIDTH - LEFT - RIGHT)
    return picture(bottom + 50 + height, label, *drawn, shown)


def _curve(curve: Curve, x: Scale, y: Scale) -> str:
    index = curve.colour
    places = [(x(p["examples"]), y(p["bits_per_byte"])) for p in curve.points]
    path = " ".join(f"{a:.1f},{b:.1f}" for a, b in places)
    drawn = [tag("polyline", points=path, class_=f"curve {series(index)}-line")]
    for point, (across, down) in zip(curve.points, places, strict=True):
        error = point["se"] or 0
        ends = y(point["bits_per_byte"] - error), y(point["bits_per_byte"] + error)
        told = f"{curve.name}, {point['examples']}: {plus_minus(point['bits_per_byte'], point['se'])}"
        drawn.append(line(across, ends[0], across, ends[1], f"whisker {series(index)}-line"))
        drawn.append(marker(index, across, down, 4, series(index), title(told)))
    return "".join(drawn)
