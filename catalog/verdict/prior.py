"""What to expect of an option nobody has measured yet: an estimate with its spread, never more than that.

The ability of its model (ability.py) less the damage of its level (catalog.quantization.damage), or what
was published of that very level. Ability is in logits of benchmark scores, damage in nats per token; both
are told in nats, the lower the better, and in points of the benchmarks for a person.
"""

import math
from dataclasses import dataclass, replace
from functools import cache
from statistics import NormalDist, mean

from catalog.evidence.published import published_for
from catalog.models.registry import ModelEntry
from catalog.models.spec import ModelSpec
from catalog.quantization.damage import NOTHING, Damage, damage
from catalog.quantization.level import QuantLevel
from catalog.verdict.ability import NATS_PER_LOGIT, Ability

PUBLISHED_SPREAD = 0.2
"""Standard deviation of a level's cost as a share, where it was published of this very model."""
LIKELY = 0.6
"""How likely the larger must be the better one before it is taken for the better."""
LEAST_POINTS = 1.0
"""Points of the benchmarks that more memory has to be expected to buy."""


@dataclass(frozen=True)
class Expected:
    """`nats` up to a constant, the lower the better; `damage` is the level's part of it.

    `source` is of the tables that the figure at this level rests on, "" where part of it is only estimated.
    """

    nats: float
    ability: Ability
    damage: Damage
    source: str = ""

    @property
    def points(self) -> float:
        """Expected score in percent, the level's damage taken off."""
        return self.ability.points(self.damage.nats / NATS_PER_LOGIT)

    @property
    def points_sd(self) -> float:
        """Its standard deviation."""
        lost = self.ability.slope() * self.damage.sd / NATS_PER_LOGIT
        return math.hypot(self.ability.points_sd(), lost)


@dataclass(frozen=True)
class Gain:
    """What one option is expected to be better by than another: `nats` and `points` with their standard
    deviations; what both share is in neither.
    """

    nats: float
    nats_sd: float
    points: float
    points_sd: float

    @property
    def chance(self) -> float:
        """That it is better at all."""
        if self.nats_sd == 0:
            return float(self.nats > 0)
        return NormalDist().cdf(self.nats / self.nats_sd)

    @property
    def worth_memory(self) -> bool:
        """Whether it is likely to be better, and by a point or more."""
        return self.points >= LEAST_POINTS and self.chance >= LIKELY


def expected(spec: ModelSpec, level: QuantLevel, facts: ModelEntry | None, ability: Ability) -> Expected:
    """By what was published of this model and of this level of it, else by what is known of both."""
    published = _published(facts.name, level) if facts else None
    cost = published or damage(level, spec.parameters)
    source = ""
    if ability.tables and (published or not level.quantized):
        source = published.source if published else ability.tables[0]
    return Expected(cost.nats - NATS_PER_LOGIT * ability.logits, ability, cost, source)


def gain(better: Expected, other: Expected, same_level: bool) -> Gain:
    """Of `better` over `other`, asked the same; levels of one kind err alike, so do those of one model."""
    apart = better.ability.sd_apart(other.ability)
    mine, theirs = better.damage.sd, other.damage.sd
    lost = abs(mine - theirs) if same_level or apart == 0 else math.hypot(mine, theirs)
    nats = other.nats - better.nats
    nats_sd = math.hypot(NATS_PER_LOGIT * apart, lost)
    slope = (better.ability.slope() + other.ability.slope()) / 2 / NATS_PER_LOGIT
    return Gain(nats, nats_sd, slope * nats, slope * nats_sd)


def gain_of_model(better: Expected, other: Expected) -> Gain:
    """The same where both are at one level that costs nothing."""
    return gain(_unquantized(better), _unquantized(other), True)


def _unquantized(found: Expected) -> Expected:
    return replace(found, nats=found.nats - found.damage.nats, damage=NOTHING)


@cache
def _published(model: str, level: QuantLevel) -> Damage | None:
    """What the level was published to cost this model: the mean over comparisons."""
    rows = [row for row in published_for(model, level.name) if row.delta_ln_ppl is not None]
    if not rows or not level.quantized:
        return None
    cost = mean(row.delta_ln_ppl for row in rows if row.delta_ln_ppl is not None)
    return Damage(cost, PUBLISHED_SPREAD * abs(cost), "; ".join(sorted({row.source for row in rows})))
