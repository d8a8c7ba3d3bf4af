"""The ratio estimator under every mean per token, byte or character, and what its error decides.

What is shown behind a ± and what makes a tie are one thing, `margin`: half of the 95 % interval by
Student's t. Two standard errors would hold 86 % with four windows.
"""

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import lru_cache
from statistics import NormalDist, variance

CONFIDENCE = 0.95
Z = NormalDist().inv_cdf((1 + CONFIDENCE) / 2)
"""Of Wilson's interval: standard errors to either side that hold 95 % where the error is known."""


@dataclass(frozen=True)
class Estimate:
    """A ratio of sums and its standard error; the error of a single window is unknown (NaN).

    `freedom` are the degrees of freedom of the error, windows less one; None where it counts as known.
    """

    value: float
    se: float
    freedom: int | None

    @property
    def margin(self) -> float:
        """Half of its 95 % interval."""
        return margin(self.se, self.freedom)


def margin(se: float, freedom: int | None, confidence: float = CONFIDENCE) -> float:
    """Half of the interval around a mean that holds `confidence`; NaN where nothing tells the error.

    `freedom` are the degrees of freedom of the standard error, None where it counts as known. Besides
    Student's t the error is taken for that of HC3 (MacKinnon and White, 1985), sqrt(n / (n - 1)) larger for
    n windows of about one size: windows of real texts have heavier tails than the normal distribution
    (`python -m tests.bench.coverage`).
    """
    probability = (1 + confidence) / 2
    if freedom is None:
        return NormalDist().inv_cdf(probability) * se
    if freedom < 1:
        return math.nan
    return t_quantile(probability, freedom) * math.sqrt(1 + 1 / freedom) * se


def joint_freedom(*errors: tuple[float, int | None]) -> int | None:
    """Degrees of freedom of the sum of independent errors, (standard error, freedom) each: Satterthwaite
    (1946), rounded down. None where no error has any.
    """
    counted = [(se**2, freedom) for se, freedom in errors if freedom is not None]
    below = math.fsum(square**2 / freedom for square, freedom in counted if freedom > 0)
    if any(freedom == 0 for _, freedom in counted):
        return 0
    if not below:
        return max((freedom for _, freedom in counted), default=None)
    return max(1, math.floor(math.fsum(se**2 for se, _ in errors) ** 2 / below * (1 + 1e-12)))


def clustered_ratio(above: Sequence[float], below: Sequence[float]) -> Estimate:
    """Σ above / Σ below over windows, with the linearised standard error of a ratio of cluster totals.

    Cochran, Sampling Techniques (1977), section 6.3: sqrt(n / (n - 1) Σ (a - R b)²) / Σ b.
    """
    total, count = math.fsum(below), len(below)
    if not total:
        return Estimate(math.nan, math.nan, 0)
    ratio = math.fsum(above) / total
    if count < 2:
        return Estimate(ratio, math.nan, 0)
    squares = math.fsum((a - ratio * b) ** 2 for a, b in zip(above, below, strict=True))
    return Estimate(ratio, math.sqrt(count / (count - 1) * squares) / total, count - 1)


@lru_cache(maxsize=2**12)
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
    """Wilson's interval for zeros and ones, Student's for anything between."""
    count = len(scores)
    if not count:
        return Interval(math.nan, 0.0, 1.0, 0)
    if all(score in (0.0, 1.0) for score in scores):
        return wilson(round(sum(scores)), count)
    mean = sum(scores) / count
    half = margin(math.sqrt(variance(scores) / count), count - 1) if count > 1 else 1.0
    return Interval(mean, max(0.0, mean - half), min(1.0, mean + half), count)


def wilson(wins: float, count: int) -> Interval:
    """The share `wins` / `count` with Wilson's score interval (1927); a tie in a vote is half a win."""
    if not count:
        return Interval(math.nan, 0.0, 1.0, 0)
    share, square = wins / count, Z * Z
    centre = (share + square / (2 * count)) / (1 + square / count)
    half = Z / (1 + square / count) * math.sqrt(share * (1 - share) / count + square / (4 * count * count))
    return Interval(share, max(0.0, centre - half), min(1.0, centre + half), count)


def freedom_of(clusters: Collection[object]) -> int | None:
    """Degrees of freedom of the error of a mean over so many; None where nobody stored them."""
    return len(clusters) - 1 if clusters else None


def or_nan(value: float | None) -> float:
    """A stored number: what was no number is stored as nothing."""
    return math.nan if value is None else value
