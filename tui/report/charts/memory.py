"""Memory by item against the budget: one bar a row, the same parts and colours as in the app."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from tui.report.charts.svg import (
    WIDTH,
    Mark,
    Scale,
    line,
    linear,
    picture,
    tag,
    text,
    title,
    width_of,
    with_legend,
)
from tui.wording import range_words, size_words

ROW, TOP, RIGHT = 24, 26, 16


@dataclass(frozen=True)
class Bar:
    """`parts` are (key, word, bytes) in order; a bar without parts is drawn whole. Sizes in bytes."""

    name: str
    expected: int
    low: int
    high: int
    note: str = ""
    parts: tuple[tuple[str, str, int], ...] = field(default=())
    chosen: bool = False


def memory_bars(
    bars: Sequence[Bar], budget: int | None, budget_words: str, range_word: str, label: str
) -> str:
    """The drawing; the thin line through a bar's end is the range of its estimate."""
    left = min(280.0, max(width_of(bar.name) for bar in bars) * 1.06 + 14)
    right = WIDTH - RIGHT - max(width_of(_end(bar)) for bar in bars) - 12
    most = max([bar.high for bar in bars] + [budget or 0])
    x = linear(0, most, left, right)
    bottom = TOP + ROW * len(bars)
    drawn = [_bar(bar, x, TOP + ROW * index, left) for index, bar in enumerate(bars)]
    if budget:
        drawn.append(line(x(budget), TOP - 6, x(budget), bottom + 2, "budget"))
        anchor = "end" if x(budget) > (left + right) / 2 else "start"
        drawn.append(text(x(budget), TOP - 11, budget_words, anchor, "strong"))
    words = {key: word for bar in bars for key, word, _ in bar.parts}
    names = [(word, _swatch(f"m-{key}")) for key, word in words.items()]
    names.append((range_word, lambda a, b: line(a - 6, b, a + 6, b, "whisker")))
    return picture(*with_legend(drawn, names, left, WIDTH - RIGHT, bottom + 12), label)


def _bar(bar: Bar, x: Scale, top: float, left: float) -> str:
    drawn = [text(left - 10, top + 15, bar.name, "end", "strong" if bar.chosen else "")]
    at = 0
    for key, word, size in bar.parts or (("whole", bar.name, bar.expected),):
        told = title(f"{bar.name}: {word} {size_words(size)}")
        width = max(0.0, x(at + size) - x(at))
        drawn.append(tag("rect", told, x=x(at), y=top + 4, width=width, height=14, class_=f"m-{key}"))
        at += size
    middle = top + 11
    if bar.high > bar.low:
        drawn.append(line(x(bar.low), middle, x(bar.high), middle, "whisker"))
        drawn += [line(x(end), middle - 4, x(end), middle + 4, "whisker") for end in (bar.low, bar.high)]
    drawn.append(text(WIDTH - RIGHT, top + 15, _end(bar), "end", "strong" if bar.chosen else ""))
    return tag("g", title(f"{bar.name}: {range_words(bar.low, bar.expected, bar.high)}"), *drawn)


def _end(bar: Bar) -> str:
    return f"{size_words(bar.expected)}  {bar.note}".rstrip()


def _swatch(kind: str) -> Mark:
    return lambda x, y: tag("rect", x=x - 6, y=y - 5, width=12, height=10, class_=kind)
