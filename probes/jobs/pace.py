"""How many times longer work takes than was foretold, learnt from what ran, with its uncertainty.

The logarithm of the ratio of seconds taken to seconds foretold is believed to be normal, for each kind of
work (a `key`: probe and phase). What ran moves it as in a Kalman filter: a long phase tells much, one of a
second tells little, and what was learnt long ago fades. A kind that has not run yet is believed to be as
far off as the others were.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self

DOUBT = 0.7
"""Standard deviation of ln ratio before anything ran: a guess is right within a factor of two."""
APART = 0.35
"""The same between two kinds of work on one machine."""
BETWEEN = 0.2
"""Between two runs of one kind of work: models differ in how well they use a machine."""
DRIFT = 0.1
"""What is added from one run to the next: a machine is now busy, now not."""
FADED = 0.2
"""What is added where it was learnt in an earlier run."""
OVERHEAD_S = 0.5
"""Seconds by which any phase may be longer or shorter for no reason of its own."""
WILD = 1e3
"""By how many times a guess may be off at most."""
MOST = 0.25
"""The variance up to which the long tail of what may take longer counts."""
ANY = ""
"""The key of what all kinds have in common."""

Belief = tuple[float, float]
"""Mean and variance of ln ratio."""


@dataclass
class Paces:
    """What is believed of each kind of work; `known` by key, ANY for those that have not run."""

    known: dict[str, Belief] = field(default_factory=dict)

    @classmethod
    def earlier(cls, kept: Mapping[str, object]) -> Self:
        """What `kept` of an earlier run says; what is no belief is left out."""
        found = {}
        for key, pair in kept.items():
            if isinstance(pair, list | tuple) and len(pair) == 2 and all(map(_number, pair)):
                mean, variance = pair
                found[key] = (float(mean), max(0.0, float(variance)) + FADED**2)
        return cls(found)

    def copy(self) -> Self:
        """Another one, to suppose things in."""
        return type(self)(dict(self.known))

    def plain(self) -> dict[str, list[float]]:
        """As it is kept with a run."""
        return {key: [round(mean, 4), round(variance, 5)] for key, (mean, variance) in self.known.items()}

    def of(self, key: str) -> Belief:
        """What is believed of one kind of work."""
        if key in self.known:
            return self.known[key]
        mean, variance = self.known.get(ANY, (0.0, DOUBT**2))
        return mean, variance + APART**2

    def observe(self, key: str, ratio: float, seconds: float, noise: float = 0.0) -> None:
        """Work took `ratio` times what was foretold, `seconds` altogether; `noise` is a variance to add."""
        seen, doubt = logarithm(ratio), BETWEEN**2 + noise + (OVERHEAD_S / max(seconds, 1e-3)) ** 2
        self.known[key] = _moved(self.of(key), seen, doubt)
        self.known[ANY] = _moved(self.known.get(ANY, (0.0, DOUBT**2)), seen, doubt + APART**2)


def combined(belief: Belief, seen: float, variance: float) -> Belief:
    """A belief with one observation of `variance`, by Bayes."""
    mean, doubt = belief
    gain = doubt / (doubt + variance)
    return mean + gain * (seen - mean), doubt * (1 - gain)


def logarithm(ratio: float) -> float:
    """Of a ratio that is within reason: a step that took no time, or for ever, is neither."""
    return math.log(min(WILD, max(1 / WILD, ratio)))


def expected(mean: float, variance: float) -> float:
    """The mean of the ratio: that of a log-normal variable, of which a long tail is left out."""
    return math.exp(mean + min(variance, MOST) / 2)


def _moved(belief: Belief, seen: float, variance: float) -> Belief:
    mean, doubt = belief
    return combined((mean, doubt + DRIFT**2), seen, variance)


def _number(value: object) -> bool:
    return isinstance(value, int | float) and math.isfinite(value)
