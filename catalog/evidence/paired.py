"""Differences between two measurements of the same spans of text, with their standard error."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from catalog.evidence.records import Evidence
from catalog.evidence.statistics import clustered_ratio


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


def compare(a: Evidence, b: Evidence) -> Difference:
    """A - b in bits per byte: paired by span where both scored the same spans, else unpaired.

    `values` of both hold `bits_per_byte`, `bits_per_byte_se` and, for spans of {nats, bytes},
    `windows` (perplexity) or `spans` (trial).
    """
    spans_a, spans_b = _spans(a), _spans(b)
    sizes = [span["bytes"] for span in spans_a]
    if sizes and sizes == [span["bytes"] for span in spans_b]:
        nats_a, nats_b = ([span["nats"] for span in spans] for spans in (spans_a, spans_b))
        return paired_difference(nats_a, nats_b, sizes)
    return unpaired_difference(
        a.values["bits_per_byte"],
        a.values["bits_per_byte_se"],
        b.values["bits_per_byte"],
        b.values["bits_per_byte_se"],
    )


def _spans(evidence: Evidence) -> Sequence[Mapping[str, float]]:
    spans: Sequence[Mapping[str, float]] = (
        evidence.values.get("windows") or evidence.values.get("spans") or ()
    )
    return spans
