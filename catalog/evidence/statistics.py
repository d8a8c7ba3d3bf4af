"""The ratio estimator under every mean per token, byte or character, with its standard error."""

import math
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Estimate:
    """A ratio of sums and its standard error; the error of a single window is unknown (NaN)."""

    value: float
    se: float


def clustered_ratio(above: Sequence[float], below: Sequence[float]) -> Estimate:
    """Σ above / Σ below over windows, with the linearised standard error of a ratio of cluster totals.

    Cochran, Sampling Techniques (1977), section 6.3: sqrt(n / (n - 1) Σ (a - R b)²) / Σ b.
    """
    total, count = math.fsum(below), len(below)
    if not total:
        return Estimate(math.nan, math.nan)
    ratio = math.fsum(above) / total
    if count < 2:
        return Estimate(ratio, math.nan)
    squares = math.fsum((a - ratio * b) ** 2 for a, b in zip(above, below, strict=True))
    return Estimate(ratio, math.sqrt(count / (count - 1) * squares) / total)
