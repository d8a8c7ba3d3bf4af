"""What to measure next: whatever is most likely, for its minutes, to change the verdict.

The rule, a value of information. The leader is measured first: a verdict rests on it. Then an option's
chance is the chance of becoming the winner under the rule of the climb: larger than the leader, it must be
better by more than the noise; smaller, no worse by more than the noise. An unmeasured option is believed to
lie where the prior, moved to what was measured of its own model, its family or the others, puts it, with a
normal error: where neither was measured, the prior's own. A job is as promising as the chance that any of
its levels becomes the winner, divided by its seconds. The least likely are left out while all of them
together would change the verdict with a chance of at most LEFT_OUT; when nothing else is left, nothing
that could be measured is likely to change it.

With data to tune on, models are compared by trials and only the leader's levels by probes.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist, mean

from catalog.hardware.gpu import Gpu
from catalog.hardware.speed import matrix_rate_of
from catalog.quantization.levels import tuning_level
from catalog.quantization.precision import level_for
from catalog.verdict.gates import MODELS
from catalog.verdict.option import Option
from catalog.verdict.prior import gain
from catalog.verdict.reasons import evidence_of
from catalog.verdict.request import Candidate, Next, Reason, Request

LEFT_OUT = 0.05
"""The chance of a changed verdict that is not worth measuring for."""
FAMILY_NATS, MODEL_NATS = 0.05, 0.15
"""How far a model lies from the prior, in nats per token, within its family and across: LLaMA and LLaMA-2
from 7B to 70B lie .045 (one standard deviation) around it in one published table (catalog.prior), tables
of different families up to .2 apart: what measured bits lie from it by, whatever it rests on."""
LEVEL_NATS = 0.01
"""The least that a level's cost is uncertain by."""
TUNED_NATS = {True: 0.05, False: 0.15}
"""How much further apart two models may come to lie by a trial, within a family and across: sizes of one
family keep their order (Vicuna 13B over 7B), bases of one size hardly do (FACTS.md, sections 1 and 5)."""
LEVEL_SE = 0.001
"""Bits per byte: the standard error of a difference between two levels of one model."""
TYPICAL_SE = 0.01
"""The same between two models."""
BITS_PER_NAT = 1 / math.log(2) / 3
"""Bits per byte in a nat per token, at three bytes a token."""

START_S = {"perplexity": 5.0, "trial": 6.0}
"""Seconds for a child to import its libraries and read the text."""
FLOPS = {"cpu": 8e10, "cuda": 2e13}
"""Operations a second in these jobs; the pace of the jobs that ran corrects it."""
JOB_SHARE = 0.12
"""Of a known card's matrix rate: 2e13 of an RTX 4090's."""
STORED_BYTES = 2
"""Of a parameter in a checkpoint as it is published."""
WINDOW_TOKENS = 700
EXAMPLE_TOKENS = 150


@dataclass(frozen=True)
class Effort:
    """How a measurement would be made; `pace` is how many times longer jobs took than was foretold, `gpu`
    the card that they run on where it is known.
    """

    windows: int = 16
    examples: int = 256
    device: str = "cpu"
    pace: float = 1.0
    gpu: Gpu | None = None

    @property
    def flops(self) -> float:
        """Operations a second: on a known card by its matrix rate, measured where it was."""
        return FLOPS[self.device] if self.gpu is None else JOB_SHARE * matrix_rate_of(self.gpu)


USUAL = Effort()


def perplexity_seconds(candidate: Candidate, levels: int, effort: Effort = USUAL) -> float:
    """A pass over all windows for so many levels beside the reference."""
    operations = 2 * candidate.spec.multiplied_parameters * effort.windows * WINDOW_TOKENS * (levels + 1)
    return (START_S["perplexity"] + operations / effort.flops) * effort.pace


def trial_seconds(candidate: Candidate, effort: Effort = USUAL) -> float:
    """Training on the examples (forward, repeated forward, backward) and three looks at the holdout."""
    operations = 8 * candidate.spec.multiplied_parameters * effort.examples * EXAMPLE_TOKENS
    return (START_S["trial"] + operations / effort.flops) * effort.pace


def next_measurements(
    request: Request, options: Sequence[Option], leader: Option | None, effort: Effort = USUAL
) -> tuple[Next, ...]:
    """The jobs that could still change the verdict, the leader's own first, then by chance per second.

    `options` are those that may be chosen, or could be once they are measured; only those whose weights
    are on this disk can be.
    """
    if leader is None:
        return ()
    belief = Belief(options)
    found = _worthwhile(_probes(request, options, leader, belief, effort))
    if request.data and leader.probe is not None:
        found += _trials(options, leader, belief, effort, _tuned_at(request))
    return tuple(sorted(found, key=lambda one: (-_urgency(one, leader), one.model, one.kind)))


def _tuned_at(request: Request) -> str:
    """The level that adapters are trained on, on the card that is asked about."""
    gpu = request.budget.gpu
    return level_for(tuning_level(request.use), gpu.capability if gpu else None)


def worth_fetching(
    options: Sequence[Option], leader: Option | None, effort: Effort = USUAL
) -> tuple[Reason, ...]:
    """What measuring the leader takes where none of the models is on this disk: a download, then a pass."""
    if leader is None or leader.measured or leader.candidate.facts is None:
        return ()
    own = [o.level.measured_by_basefit for o in options if o.candidate.name == leader.candidate.name]
    if any(option.candidate.path for option in options) or not any(own):
        return ()
    params = {
        "model": leader.candidate.name,
        "bytes": STORED_BYTES * leader.candidate.spec.parameters,
        "minutes": perplexity_seconds(leader.candidate, sum(own), effort) / 60,
    }
    return (Reason("measure-after-download", params, MODELS),)


class Belief:
    """What is believed of the difference between two options, from what was probed of them and others."""

    def __init__(self, options: Sequence[Option]) -> None:
        self._probed: dict[str, list[Option]] = {}
        for option in options:
            if option.probe is not None:
                self._probed.setdefault(option.candidate.name, []).append(option)

    def chance(self, option: Option, leader: Option, tuned: bool = False) -> float:
        """That measuring the option (by a trial, if `tuned`) makes it the winner."""
        if option.candidate.name == leader.candidate.name:
            gain, deviation, noise = *self._between_levels(option, leader), 2 * LEVEL_SE
        else:
            gain, deviation, noise = *self._between_models(option, leader, tuned), 2 * TYPICAL_SE
        return _above_zero(gain - noise if option.tie > leader.tie else gain + noise, deviation)

    def _between_levels(self, option: Option, leader: Option) -> tuple[float, float]:
        """(gain, standard deviation) in bits per byte of one level over another of the same model."""
        if option.probe and leader.probe:
            return _probed(leader) - _probed(option), 0.0
        mine, other = option.expected.damage.nats, leader.expected.damage.nats
        return (other - mine) * BITS_PER_NAT, max(mine, other, LEVEL_NATS) * BITS_PER_NAT

    def _between_models(self, option: Option, leader: Option, tuned: bool) -> tuple[float, float]:
        """The same of one model over another; before both are probed, by their family or by the others."""
        near = same_family(option, leader)
        (mine, mine_from), (best, best_from) = self._place(option), self._place(leader)
        spread = 0.0
        for place, one in ((mine_from, option), (best_from, leader)):
            if place is not one:
                spread = math.hypot(spread, FAMILY_NATS if near or _kin(place, one) else MODEL_NATS)
        if mine_from is None and best_from is None:
            same = option.level is leader.level
            spread = gain(option.expected, leader.expected, same).nats_sd
            spread = min(spread, FAMILY_NATS * math.sqrt(2)) if near else spread
        if tuned:
            spread = math.hypot(spread, TUNED_NATS[near])
        return best - mine, spread * BITS_PER_NAT

    def _place(self, option: Option) -> tuple[float, Option | None]:
        """Bits per byte, and whose probe it comes from: its own, its model's, its family's, any other's."""
        if option.probe is not None:
            return _probed(option), option
        groups = self._probed
        siblings = groups.get(option.candidate.name, [])
        kin = [group[0] for group in groups.values() if same_family(group[0], option)]
        others = siblings[:1] or kin or [group[0] for group in groups.values()]
        if not others:
            return option.prior * BITS_PER_NAT, None
        places = [_probed(one) + (option.prior - one.prior) * BITS_PER_NAT for one in others]
        return mean(places), option if siblings else others[0]


def same_family(a: Option, b: Option) -> bool:
    """Whether two models are of one architecture with one vocabulary: sizes of the same family."""
    one, other = a.candidate.spec, b.candidate.spec
    return (one.architecture, one.vocabulary) == (other.architecture, other.vocabulary)


def _kin(place: Option | None, option: Option) -> bool:
    return place is not None and same_family(place, option)


def _probed(option: Option) -> float:
    bits = option.scored.bits_per_byte if option.scored else None
    assert bits is not None  # a probe without is nobody's
    return bits


def _above_zero(expected: float, deviation: float) -> float:
    """The chance that a normal variable is above zero."""
    if deviation == 0:
        return float(expected > 0)
    return NormalDist().cdf(expected / deviation)


def _worthwhile(found: Sequence[Next]) -> list[Next]:
    """All but the least likely, which together stay at or below LEFT_OUT."""
    kept, untouched = [], 1.0
    for one in sorted(found, key=lambda one: one.chance):
        untouched *= 1 - one.chance
        if 1 - untouched > LEFT_OUT:
            kept.append(one)
    return kept


def _urgency(one: Next, leader: Option) -> float:
    """Chance per second; what the verdict rests on comes before everything."""
    if one.reason.code in ("measure-leader", "try-leader"):
        return math.inf
    return one.chance / one.seconds


def _probes(
    request: Request, options: Sequence[Option], leader: Option, belief: Belief, effort: Effort
) -> list[Next]:
    waiting: dict[str, list[tuple[float, Option]]] = {}
    for option in options:
        own = option.candidate.name == leader.candidate.name
        if option.probe or not option.candidate.path or not option.level.measured_by_basefit:
            continue
        if request.data and not own:
            continue
        chance = 1.0 if option is leader else belief.chance(option, leader)
        if chance >= LEFT_OUT / 10:
            waiting.setdefault(option.candidate.name, []).append((chance, option))
    found = []
    for name, entries in waiting.items():
        chance = 1 - math.prod(1 - chance for chance, _ in entries)
        levels = tuple(option.level.name for _, option in entries)
        seconds = perplexity_seconds(entries[0][1].candidate, len(levels), effort)
        if chance >= 1:
            code, about = "measure-leader", [leader]
        else:
            code, about = "measure-challenger", [leader, max(entries, key=lambda one: one[0])[1]]
        found.append(_next("perplexity", name, levels, seconds, chance, code, about))
    return found


def _trials(
    options: Sequence[Option], leader: Option, belief: Belief, effort: Effort, level: str
) -> list[Next]:
    """Trials of the models that could still win on the person's data; first the leader's, a yardstick."""
    chances: dict[str, tuple[float, Option]] = {}
    for option in options:
        name = option.candidate.name
        if name == leader.candidate.name or option.trial is not None or not option.candidate.path:
            continue
        chance = belief.chance(option, leader, tuned=True)
        if chance > chances.get(name, (0.0, option))[0]:
            chances[name] = (chance, option)
    likely = _worthwhile(
        [
            _next(
                "trial",
                name,
                (level,),
                trial_seconds(option.candidate, effort),
                chance,
                "try-challenger",
                (leader, option),
            )
            for name, (chance, option) in chances.items()
        ]
    )
    if likely and leader.trial is None and leader.candidate.path:
        chance = 1 - math.prod(1 - one.chance for one in likely)
        seconds = trial_seconds(leader.candidate, effort)
        return [_next("trial", leader.candidate.name, (level,), seconds, chance, "try-leader", (leader,))]
    return likely if leader.trial is not None else []


def _next(
    kind: str,
    model: str,
    levels: tuple[str, ...],
    seconds: float,
    chance: float,
    code: str,
    about: Sequence[Option],
) -> Next:
    params = {
        "model": model,
        "levels": ", ".join(levels),
        "minutes": seconds / 60,
        "chance": chance,
        "leader": about[0].candidate.name,
        "leader_level": about[0].level.name,
    }
    return Next(kind, model, levels, seconds, chance, Reason(code, params, evidence_of(*about)))
