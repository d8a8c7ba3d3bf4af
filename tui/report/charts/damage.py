"""What each level costs: mean KL against the reference with its standard error, on a logarithmic axis."""

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass

from tui.report.charts.svg import (
    WIDTH,
    Scale,
    line,
    logarithmic,
    mark,
    marker,
    picture,
    series,
    tag,
    text,
    title,
    width_of,
    with_legend,
)
from tui.wording import kl_words

BOUNDS = (0.005, 0.05, 0.2)
"""Nats at which the word changes: the contract's damage words."""
ROW, TOP, RIGHT = 26, 34, 18
LEAST = 1e-4


@dataclass(frozen=True)
class Harm:
    """`kl` and `error` in nats; a KL that is no number is drawn beyond the axis."""

    model: str
    level: str
    kl: float
    error: float | None
    colour: int = 0


def damage(harms: Sequence[Harm], words: Sequence[str], x_label: str, label: str) -> str:
    """The drawing: a line a level, a colour a model, the four words as bands."""
    levels = list(dict.fromkeys(harm.level for harm in harms))
    models = {harm.model: harm.colour for harm in harms}
    left = max(width_of(level) for level in levels) + 16
    finite = [harm.kl for harm in harms if math.isfinite(harm.kl)]
    most = 10 ** math.ceil(math.log10(max([*finite, 0.5])))
    x = logarithmic(LEAST, most, left, WIDTH - RIGHT)
    row = max(ROW, 9 * len(models) + 8)
    bottom = TOP + row * len(levels)
    edges = [LEAST, *BOUNDS, most]
    drawn = []
    for index, (start, end) in enumerate(itertools.pairwise(edges)):
        wide = x(end) - x(start)
        drawn.append(tag("rect", x=x(start), y=TOP, width=wide, height=bottom - TOP, class_=f"band{index}"))
        drawn.append(text(x(start) + wide / 2, TOP - 8, words[index], "middle", "tick"))
    for number, level in enumerate(levels):
        top = TOP + row * number
        drawn.append(text(left - 10, top + row / 2 + 4, level, "end"))
        drawn.append(line(left, top + row, WIDTH - RIGHT, top + row, "grid"))
        here = [harm for harm in harms if harm.level == level]
        for place, harm in enumerate(here):
            y = top + row * (place + 1) / (len(here) + 1)
            drawn.append(_point(harm, x, y, most))
    drawn.append(line(left, bottom, WIDTH - RIGHT, bottom, "axis"))
    for power in range(round(math.log10(LEAST)), round(math.log10(most)) + 1):
        drawn.append(line(x(10.0**power), bottom, x(10.0**power), bottom + 4, "axis"))
        drawn.append(text(x(10.0**power), bottom + 18, f"{10.0**power:g}", "middle", "tick"))
    drawn.append(text(WIDTH - RIGHT, bottom + 36, x_label, "end", "label"))
    names = [(name, mark(index, series(index))) for name, index in models.items()]
    return picture(*with_legend(drawn, names, left, WIDTH - RIGHT, bottom + 50), label)


def _point(harm: Harm, x: Scale, y: float, most: float) -> str:
    kl = min(harm.kl, most) if math.isfinite(harm.kl) else most
    told = title(f"{harm.model} {harm.level}: KL {kl_words(harm.kl, harm.error)}")
    drawn, index = "", harm.colour
    if harm.error and math.isfinite(harm.error):
        ends = x(max(LEAST, kl - harm.error)), x(min(most, kl + harm.error))
        drawn = line(ends[0], y, ends[1], y, f"whisker {series(index)}-line")
    return drawn + marker(index, x(kl), y, 4, series(index), told)
