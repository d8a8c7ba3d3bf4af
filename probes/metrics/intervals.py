"""How sure a mean of a few dozen scores is."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

Z = 1.96


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
    variance = sum((score - mean) ** 2 for score in scores) / max(1, count - 1)
    half = Z * math.sqrt(variance / count)
    return Interval(mean, max(0.0, mean - half), min(1.0, mean + half), count)


def wilson(wins: float, count: int) -> Interval:
    """The share `wins` / `count` with Wilson's score interval (1927); a tie in a vote is half a win."""
    if not count:
        return Interval(math.nan, 0.0, 1.0, 0)
    share, square = wins / count, Z * Z
    centre = (share + square / (2 * count)) / (1 + square / count)
    half = Z / (1 + square / count) * math.sqrt(share * (1 - share) / count + square / (4 * count * count))
    return Interval(share, max(0.0, centre - half), min(1.0, centre + half), count)
