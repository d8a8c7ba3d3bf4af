"""Differences between two measurements of the same spans of text, with their standard error."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from catalog.evidence.kinds import Scored
from catalog.evidence.statistics import clustered_ratio, or_nan


@dataclass(frozen=True)
class Difference:
    """`value` = a - b in bits per byte, `se` its standard error, `paired` whether spans were matched.

    `basis` is what was compared: "trial" on the person's data, "probe" on their text, "prior" where `value`
    is in nats a token and only estimated.
    """

    value: float
    se: float
    paired: bool
    basis: str = "probe"

    @property
    def significant(self) -> bool:
        """Outside two standard errors; a difference without spread counts when it is not zero."""
        return abs(self.value) > 2 * self.se


def paired_difference(
    nats_a: Sequence[float], nats_b: Sequence[float], sizes: Sequence[float]
) -> Difference:
    """a - b in bits per byte from per-span sums of nats over the same spans of `sizes` bytes.

    The standard error is that of a ratio clustered by span; a single span has none, and decides nothing.
    """
    bits = [(a - b) / math.log(2) for a, b in zip(nats_a, nats_b, strict=True)]
    ratio = clustered_ratio(bits, sizes)
    return Difference(ratio.value, ratio.se if len(bits) > 1 else math.inf, True)


def unpaired_difference(a: float, se_a: float, b: float, se_b: float) -> Difference:
    """a - b of two independent estimates."""
    return Difference(a - b, math.hypot(se_a, se_b), False)


def compare(a: Scored, b: Scored) -> Difference:
    """A - b in bits per byte: paired by span where both scored the same spans, else unpaired."""
    sizes = [span.bytes for span in a.spans]
    if sizes and sizes == [span.bytes for span in b.spans]:
        nats_a, nats_b = ([or_nan(span.nats) for span in one.spans] for one in (a, b))
        return paired_difference(nats_a, nats_b, sizes)
    return unpaired_difference(
        or_nan(a.bits_per_byte),
        or_nan(a.bits_per_byte_se),
        or_nan(b.bits_per_byte),
        or_nan(b.bits_per_byte_se),
    )
