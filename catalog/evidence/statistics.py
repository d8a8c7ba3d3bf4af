"""The ratio estimator under every mean per token, byte or character, Student's quantile, intervals."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist, variance

Z = NormalDist().inv_cdf(0.975)
"""Standard errors to either side of a mean that hold 95 %."""


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


def t_quantile(probability: float, freedom: int) -> float:
    """The value Student's t with `freedom` degrees stays below with `probability` (.5 or more)."""
    low, high = 0.0, 1.0
    while t_probability(high, freedom) < probability:
        high *= 2
    for _ in range(80):
        middle = (low + high) / 2
        low, high = (middle, high) if t_probability(middle, freedom) < probability else (low, middle)
    return high


def t_probability(value: float, freedom: int) -> float:
    """P(t < value) for value >= 0: Abramowitz and Stegun, 26.7.3 and 26.7.4."""
    angle = math.atan(value / math.sqrt(freedom))
    cosine, total = math.cos(angle), 0.0
    if freedom % 2:
        term = cosine
        for step in range(3, freedom + 1, 2):
            total += term
            term *= cosine**2 * (step - 1) / step
        inside = 2 / math.pi * (angle + math.sin(angle) * total)
    else:
        term = 1.0
        for step in range(2, freedom + 1, 2):
            total += term
            term *= cosine**2 * (step - 1) / step
        inside = math.sin(angle) * total
    return 0.5 + inside / 2


@dataclass(frozen=True)
class Interval:
    """A mean with its 95 % interval."""

    mean: float
    low: float
    high: float
    count: int


def interval(scores: Sequence[float]) -> Interval:
    """Wilson's interval for zeros and ones, the normal one for anything between."""
    count = len(scores)
    if not count:
        return Interval(math.nan, 0.0, 1.0, 0)
    if all(score in (0.0, 1.0) for score in scores):
        return wilson(round(sum(scores)), count)
    mean = sum(scores) / count
    half = Z * math.sqrt((variance(scores) if count > 1 else 0.0) / count)
    return Interval(mean, max(0.0, mean - half), min(1.0, mean + half), count)


def wilson(wins: float, count: int) -> Interval:
    """The share `wins` / `count` with Wilson's score interval (1927); a tie in a vote is half a win."""
    if not count:
        return Interval(math.nan, 0.0, 1.0, 0)
    share, square = wins / count, Z * Z
    centre = (share + square / (2 * count)) / (1 + square / count)
    half = Z / (1 + square / count) * math.sqrt(share * (1 - share) / count + square / (4 * count * count))
    return Interval(share, max(0.0, centre - half), min(1.0, centre + half), count)


def or_nan(value: float | None) -> float:
    """A stored number: what was no number is stored as nothing."""
    return math.nan if value is None else value
