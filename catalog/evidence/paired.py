"""Differences between two measurements of the same spans of text, and whether they are beyond the error."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from catalog.evidence.kinds import Perplexity, Scored, Window
from catalog.evidence.statistics import Estimate, clustered_ratio, joint_freedom, margin, or_nan

LEAST_PAIRS = 4
"""Windows that two measurements must share to be paired by them: fewer tell too little of their error."""
Spans = list[tuple[float, float, int]]
"""(nats of one, nats of the other, bytes)."""


@dataclass(frozen=True)
class Difference:
    """`value` = a - b in bits per byte, `se` its standard error with so many degrees of `freedom` (None:
    that is known), `paired` whether spans were matched.

    `basis` is what was compared: "trial" on the person's data, "probe" on their text, "prior" where `value`
    is in nats a token and only estimated.
    """

    value: float
    se: float
    paired: bool
    basis: str = "probe"
    freedom: int | None = None

    @property
    def margin(self) -> float:
        """Half of its 95 % interval."""
        return margin(self.se, self.freedom)

    @property
    def significant(self) -> bool:
        """Outside its 95 % interval; a difference without spread counts when it is not zero."""
        return abs(self.value) > self.margin


def paired_difference(
    nats_a: Sequence[float], nats_b: Sequence[float], sizes: Sequence[float]
) -> Difference:
    """a - b in bits per byte from per-span sums of nats over the same spans of `sizes` bytes.

    The standard error is that of a ratio clustered by span; a single span has none, and decides nothing.
    """
    bits = [(a - b) / math.log(2) for a, b in zip(nats_a, nats_b, strict=True)]
    ratio = clustered_ratio(bits, sizes)
    return Difference(ratio.value, ratio.se if len(bits) > 1 else math.inf, True, freedom=ratio.freedom)


def unpaired_difference(a: Estimate, b: Estimate) -> Difference:
    """a - b of two independent estimates."""
    freedom = joint_freedom((a.se, a.freedom), (b.se, b.freedom))
    return Difference(a.value - b.value, math.hypot(a.se, b.se), False, freedom=freedom)


def compare(a: Scored, b: Scored) -> Difference:
    """A - b in bits per byte, with the error of pairs where both scored the same spans, or windows enough
    that are the same: `--spend decide` scores a level on some. The value is that of the figures of both.
    """
    shared = _shared(a, b)
    if not shared:
        return unpaired_difference(_estimate(a), _estimate(b))
    nats_a, nats_b, sizes = zip(*shared, strict=True)
    found = paired_difference(nats_a, nats_b, sizes)
    if all(len(one.spans) == len(shared) and not one.beyond_spans for one in (a, b)):
        return found
    return replace(found, value=or_nan(a.bits_per_byte) - or_nan(b.bits_per_byte))


def _estimate(score: Scored) -> Estimate:
    return Estimate(or_nan(score.bits_per_byte), or_nan(score.bits_per_byte_se), score.freedom)


def _shared(a: Scored, b: Scored) -> Spans:
    """The spans of both: all, where both scored the same; else those at the same places, if enough."""
    if a.spans and [span.bytes for span in a.spans] == [span.bytes for span in b.spans]:
        return [(or_nan(x.nats), or_nan(y.nats), x.bytes) for x, y in zip(a.spans, b.spans, strict=True)]
    if not (isinstance(a, Perplexity) and isinstance(b, Perplexity)):
        return []
    placed: dict[tuple[int | None, int | None], Window] = {
        (w.start, w.end): w for w in b.windows if w.start is not None
    }
    pairs = [(w, placed[w.start, w.end]) for w in a.windows if (w.start, w.end) in placed]
    found = [(or_nan(x.nats), or_nan(y.nats), x.bytes) for x, y in pairs if x.bytes == y.bytes]
    return found if len(found) >= LEAST_PAIRS else []
