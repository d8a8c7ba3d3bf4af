"""When a word is settled: tokens are spent where they decide, and nowhere else."""

import math

from probes.statistics import word_for

CONFIDENCE = 0.95
"""That a word called settled is right, over all the looks that were planned."""
STEP = 3
"""Windows in each look: they hold the thousand tokens a KL wants, and two have no error to speak of."""


def looks(windows: int, step: int = STEP) -> list[tuple[int, ...]]:
    """The windows of each look; every look is spread over the whole text."""
    count = math.ceil(windows / step)
    return [tuple(range(look, windows, count)) for look in range(count)]


def settled(kl: float, se: float, clusters: int, planned: int, noise_floor: float) -> bool:
    """Whether both ends of the interval around a mean KL have the same word.

    Student's t over `clusters` windows; Bonferroni for the `planned` looks, since looking again and
    again would call noise settled sooner or later.
    """
    if not math.isfinite(kl):
        return True
    if clusters < 2 or not math.isfinite(se):
        return False
    margin = se * t_quantile(1 - (1 - CONFIDENCE) / (2 * planned), clusters - 1)
    return word_for(max(0.0, kl - margin), noise_floor) == word_for(kl + margin, noise_floor)


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
