"""SVG as text: every attribute and every word is escaped here. Lengths are user units, one a CSS pixel."""

import itertools
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape

from rich.cells import cell_len

from tui.foreign import clean
from tui.report.style import PICTURE

WIDTH = 760
SIZE = 12
"""Height of the letters."""
SERIES = 8
"""How many colours there are for series: the classes `s0` to `s7` of the page."""
Scale = Callable[[float], float]
Mark = Callable[[float, float], str]
"""Draws a series' mark at a place, for its legend."""


def tag(name: str, *content: str, **attributes: object) -> str:
    """An element; `content` is SVG already. A trailing underscore of a name falls away: `class_`."""
    shown = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{escape(_value(value), quote=True)}"'
        for key, value in attributes.items()
        if value is not None
    )
    return f"<{name}{shown}>{''.join(content)}</{name}>" if content else f"<{name}{shown}/>"


def text(x: float, y: float, words: str, anchor: str = "start", kind: str = "") -> str:
    """Words with their baseline at y."""
    return tag(
        "text", escape(clean(words)), x=x, y=y, text_anchor=None if anchor == "start" else anchor,
        class_=kind or None,
    )  # fmt: skip


def title(words: str) -> str:
    """What a pointer resting on the element is told."""
    return tag("title", escape(clean(words)))


def line(x1: float, y1: float, x2: float, y2: float, kind: str) -> str:
    return tag("line", x1=x1, y1=y1, x2=x2, y2=y2, class_=kind)


def picture(height: float, drawn: str, label: str) -> str:
    """The whole drawing, WIDTH wide; `label` is what a reader who cannot see it is told."""
    return tag(
        "svg",
        drawn,
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {WIDTH} {_value(height)}",
        role="img",
        aria_label=clean(label),
        class_="chart",
    )


def document(width: float, *drawings: tuple[float, str], kind: str = "chart") -> str:
    """Drawings, each with its height, below one another as a file of its own: on white, light colours."""
    placed, top = [], 0.0
    for height, drawn in drawings:
        placed.append(tag("g", drawn, transform=f"translate(0 {_value(top)})"))
        top += height
    ground = tag("rect", width="100%", height="100%", fill="#fff")
    content = (tag("style", escape(PICTURE)), ground, *placed)
    size = {"width": float(width), "height": top}
    return tag("svg", *content, xmlns="http://www.w3.org/2000/svg", **size, class_=kind) + "\n"


def width_of(words: str, size: float = SIZE) -> float:
    """About how wide words are: a Han character an em, a Latin letter a little over half of one."""
    return cell_len(words) * size * 0.56


def series(index: int) -> str:
    """The class of the colour of a series."""
    return f"s{index % SERIES}"


def linear(low: float, high: float, start: float, end: float) -> Scale:
    """Values from low to high onto start to end."""
    span = (high - low) or 1.0
    return lambda value: start + (value - low) / span * (end - start)


def logarithmic(low: float, high: float, start: float, end: float) -> Scale:
    """The same for positive values on a logarithmic axis; what is below `low` lies at its end."""
    inner = linear(math.log10(low), math.log10(high), start, end)
    return lambda value: inner(math.log10(max(value, low)))


def ticks(low: float, high: float, count: int = 5) -> list[float]:
    """Round values within low and high, about `count` of them: steps of 1, 2 or 5 times a power of ten."""
    span = high - low
    if span <= 0:
        return [low]
    raw = span / count
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(factor * power for factor in (1, 2, 5, 10) if factor * power >= raw * 0.7)
    first = math.ceil(low / step - 1e-9)
    return [index * step for index in range(first, math.floor(high / step + 1e-9) + 1)]


def tick_words(values: Sequence[float]) -> list[str]:
    """Ticks with as many decimals as tell them apart."""
    steps = [abs(b - a) for a, b in itertools.pairwise(values)]
    step = min(steps, default=1.0) or 1.0
    digits = max(0, -math.floor(math.log10(step) + 1e-9))
    return [f"{value:,.{digits}f}" for value in values]


def padded(values: Sequence[float]) -> tuple[float, float]:
    """From the lowest to the highest value with a margin, never empty."""
    low, high = min(values), max(values)
    margin = (high - low) * 0.05 or 0.05
    return low - margin, high + margin


@dataclass(frozen=True)
class Plane:
    """Where a plot lies, x from zero to `most` and y over `span`; a little of x stands before the axis."""

    most: float
    span: tuple[float, float]
    height: float = 250
    left: float = 58
    top: float = 28
    right: float = WIDTH - 24

    @property
    def bottom(self) -> float:
        return self.top + self.height

    def x(self, value: float) -> float:
        return linear(0, self.most, self.left + 8, self.right)(value)

    def y(self, value: float) -> float:
        return linear(*self.span, self.bottom, self.top)(value)

    def axes(self, x_label: str, y_label: str) -> str:
        """Lines across at round values of y, marks at those of x, and what is told by each."""
        rows, columns = ticks(*self.span), ticks(0, self.most, 6)
        drawn = [text(self.left, self.top - 12, y_label, kind="label")]
        drawn.append(text(self.right, self.bottom + 36, x_label, "end", "label"))
        for y, words in zip(map(self.y, rows), tick_words(rows), strict=True):
            drawn.append(line(self.left, y, self.right, y, "grid"))
            drawn.append(text(self.left - 8, y + 4, words, "end", "tick"))
        for x, words in zip(map(self.x, columns), tick_words(columns), strict=True):
            drawn.append(line(x, self.bottom, x, self.bottom + 4, "axis"))
            drawn.append(text(x, self.bottom + 18, words, "middle", "tick"))
        return "".join([*drawn, line(self.left, self.bottom, self.right, self.bottom, "axis")])


def marker(shape: int, x: float, y: float, size: float, kind: str, *content: str) -> str:
    """A point: 0 circle, 1 square, 2 diamond, 3 triangle, and again: shapes tell where colours do not."""
    if shape % 4 == 0:
        return tag("circle", *content, cx=x, cy=y, r=size, class_=kind)
    if shape % 4 == 1:
        return tag("rect", *content, x=x - size, y=y - size, width=2 * size, height=2 * size, class_=kind)
    corners = (
        ((0, -1.35), (1.35, 0), (0, 1.35), (-1.35, 0))
        if shape % 4 == 2
        else ((0, -1.25), (1.2, 0.9), (-1.2, 0.9))
    )
    points = " ".join(f"{_value(x + a * size)},{_value(y + b * size)}" for a, b in corners)
    return tag("polygon", *content, points=points, class_=kind)


def mark(shape: int, kind: str) -> Mark:
    """A marker's mark for a legend."""
    return lambda x, y: marker(shape, x, y, 4.5, kind)


def with_legend(
    drawn: Sequence[str], entries: Sequence[tuple[str, Mark]], left: float, right: float, bottom: float
) -> tuple[float, str]:
    """The height and the elements of a plot, names beside their marks under its end at `bottom`."""
    shown, at, row = list(drawn), left, bottom + 10
    for words, mark in entries:
        needed = 18 + width_of(words) + 16
        if at > left and at + needed > right:
            at, row = left, row + 18
        shown += [mark(at + 6, row - 4), text(at + 18, row, words)]
        at += needed
    return row + (8 if entries else -10), "".join(shown)


def _value(value: object) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".") if isinstance(value, float) else clean(str(value))
