"""Windows of a text: where a level was hurt most, and whether their error speaks of this text alone."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import mean

from catalog.evidence.kinds import Perplexity, Window
from catalog.evidence.statistics import Z

FEWEST_ALIKE = 8
"""Windows from which on likeness of neighbours can be told from chance."""


@dataclass(frozen=True)
class Hurt:
    """One scored window: bytes `start` to `end` of the text.

    `nats_per_byte` is −Σ ln p over its bytes at the level, `delta` how much more that is than at the
    reference (None for the reference itself), `kl_nats` the mean divergence of its tokens.
    """

    start: int
    end: int
    nats_per_byte: float
    delta: float | None
    kl_nats: float | None


def hurt_windows(level: Perplexity, reference: Perplexity | None) -> list[Hurt]:
    """The windows of a level, those that suffered most first.

    Against the reference, paired by place; without them (the level is the reference) the
    hardest windows come first. Windows without finite numbers, or measured without a place, are left out.
    """
    base = {(w.start, w.end): w for w in reference.windows} if reference is not None else {}
    found = []
    for window in level.windows:
        per_byte, other = _per_byte(window), base.get((window.start, window.end))
        before = _per_byte(other) if other is not None else None
        if window.start is None or window.end is None or per_byte is None:
            continue
        if reference is not None and before is None:
            continue
        delta = None if before is None else per_byte - before
        kl, tokens = window.kl, window.tokens
        mean = None
        if reference is not None and kl is not None and math.isfinite(kl) and tokens:
            mean = kl / tokens
        found.append(Hurt(window.start, window.end, per_byte, delta, mean))
    return sorted(found, key=lambda hurt: -(hurt.nats_per_byte if hurt.delta is None else hurt.delta))


@dataclass(frozen=True)
class Dependence:
    """Why windows of one text are not independent: `touching` pairs of neighbours among `pairs`, of which
    the later has scored text for its context; `likeness`, the correlation of neighbours' nats per byte,
    where it is beyond chance, else None.
    """

    touching: int
    pairs: int
    likeness: float | None


def dependence(windows: Sequence[Window]) -> Dependence | None:
    """None where nothing speaks against it that the windows are independent. Then a ± over them tells of
    text of the kind; else of this text, of which other parts lie closer than another text does.
    """
    placed = sorted(
        (w.start, w.end, x)
        for w in windows
        if (x := _per_byte(w)) is not None and w.start is not None and w.end is not None
    )
    if len(placed) < 2:
        return None
    touching = sum(begin - end < end - start for (start, end, _), (begin, _, _) in pairwise(placed))
    likeness = _likeness([rate for _, _, rate in placed])
    pairs = len(placed) - 1
    if 2 * touching <= pairs and likeness is None:
        return None
    return Dependence(touching, pairs, likeness)


def _likeness(rates: Sequence[float]) -> float | None:
    """The serial correlation of neighbours, where it is positive beyond the 95 % that chance would have:
    Z / sqrt(n) around -1 / n.
    """
    count, centre = len(rates), mean(rates)
    squares = math.fsum((rate - centre) ** 2 for rate in rates)
    if count < FEWEST_ALIKE or not squares:
        return None
    found = math.fsum((a - centre) * (b - centre) for a, b in pairwise(rates)) / squares
    return found if found + 1 / count > Z / math.sqrt(count) else None


def _per_byte(window: Window) -> float | None:
    """Nats per byte; None where they are not finite, or there are no bytes."""
    if window.nats is None or not math.isfinite(window.nats) or not window.bytes:
        return None
    return window.nats / window.bytes
