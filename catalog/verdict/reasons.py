"""Why a (model, level) stands where it stands: codes with numbers and the evidence behind them."""

from collections.abc import Sequence
from typing import Any

from catalog.evidence.kinds import Perplexity, PerplexityKey, Scored, finite
from catalog.evidence.paired import Difference
from catalog.evidence.published import source_of_table
from catalog.evidence.records import Provenance
from catalog.evidence.statistics import margin
from catalog.verdict.gates import MEMORY_MODEL, SPEED_MODEL, kl_of, speed_of
from catalog.verdict.option import Option
from catalog.verdict.prior import Gain, gain_of_model
from catalog.verdict.ranking import Comparison
from catalog.verdict.request import Ranked, Reason

PRIOR = ("catalog.prior",)
"""Named where a reason rests on arithmetic, not on an entry of the store."""
SOME = 3
"""Tables that a sentence names; the others are counted."""
PUBLISHED = "catalog.published: "
"""Before the source of a published table."""


def ranked(option: Option, verdict: str, reasons: tuple[Reason, ...], on_front: bool = False) -> Ranked:
    """The option as it appears in the verdict."""
    probe, trial, speed = option.scored, option.tuned, speed_of(option)
    return Ranked(
        model=option.candidate.name,
        level=option.level.name,
        verdict=verdict,
        expected_bytes=option.memory.expected,
        low_bytes=option.memory.low,
        high_bytes=option.memory.high,
        fits=option.fits,
        reasons=reasons,
        quality=probe.bits_per_byte if probe else None,
        quality_se=probe.bits_per_byte_se if probe else None,
        tuned=trial.bits_per_byte if trial else None,
        tuned_se=trial.bits_per_byte_se if trial else None,
        quality_margin=finite(probe.margin) if probe else None,
        tuned_margin=finite(trial.margin) if trial else None,
        tuned_level=option.tried_at,
        weight_bytes=probe.weight_bytes if probe else None,
        provenance=option.trust.value,
        basis=option.basis,
        speed=speed[0].expected if speed else None,
        speed_low=speed[0].low if speed else None,
        speed_high=speed[0].high if speed else None,
        speed_provenance=_speed_trust(option),
        speed_calibrated=speed is not None and speed[0].calibrated,
        on_front=on_front,
        kind=option.candidate.facts.kind if option.candidate.facts else "",
        engine=option.served.name if option.served else "",
        prefill=option.served.prefill if option.served else None,
        host_bytes=option.host_bytes,
        parameters_active=option.candidate.spec.parameters_active,
    )


def _speed_trust(option: Option) -> str:
    """`measured`, `imported` or `estimated`; "" where no speed is known."""
    speed = speed_of(option)
    if speed is None:
        return ""
    deployed = option.deploy is not None and speed[1] != SPEED_MODEL
    return option.deploy.provenance.value if option.deploy and deployed else "estimated"


def evidence_of(*options: Option) -> tuple[str, ...]:
    """Ids of all measured evidence behind some options, or what the estimate of them rests on."""
    found = [e.id for o in options for e in (o.probe, o.trial) if e is not None]
    return tuple(dict.fromkeys(found)) or foundation(*options)


def foundation(*options: Option) -> tuple[str, ...]:
    """The prior, and the published tables that it was placed by."""
    tables = [PUBLISHED + o.expected.source for o in options if o.expected.source]
    return (*PRIOR, *dict.fromkeys(tables))


def why(option: Option, order: Sequence[Option], comparison: Comparison) -> tuple[Reason, ...]:
    """Reasons for an option that could be chosen; `order` is the ranking, the winner first.

    Where nothing surely fits the order is that of the risk, and so are the reasons.
    """
    winner = order[0]
    if winner.fits != "yes" and (option is winner or option.size > winner.size):
        other = {} if option is winner else {"model": winner.candidate.name, "level": winner.level.name}
        params = {"high_bytes": option.size, **cards_of(option), **other}
        reasons = [Reason("more-risk" if other else "least-risk", params, MEMORY_MODEL)]
    elif option is winner:
        reasons = [*_best(option), *(_over(option, other, comparison) for other in order[1:3])]
    else:
        reasons = [_under(option, winner, comparison)]
    return (*reasons, *level_damage(option))


def unmeasured(option: Option) -> Reason:
    """Why something that fits is not in the running yet."""
    return Reason("not-measured", {}, foundation(option))


def cards_of(option: Option) -> dict[str, int]:
    """How many cards each number of bytes is meant of, where there are several."""
    return {"cards": option.cards} if option.cards > 1 else {}


def against(option: Option, other: Option, gap: Difference, gain: Gain | None = None) -> dict[str, Any]:
    """The numbers of a comparison with another option: in bits per byte with the `figures` of both as the
    table has them, and the levels that the `trials` ran at; by the "prior" in nats a token, and then in
    points of the benchmarks too.
    """
    found: dict[str, Any] = {
        "model": other.candidate.name,
        "level": other.level.name,
        "difference": gap.value,
        "se": gap.se,
        "margin": finite(gap.margin),
        "by": gap.basis,
    }
    if gap.basis != "prior":
        found["figures"] = [_figure(one, gap.basis) for one in (option, other)]
    if gap.basis == "trial":
        found["trials"] = ", ".join(sorted({option.tried_at, other.tried_at}))
    if gain is not None and gap.basis == "prior":
        found |= {
            "points": abs(gain.points),
            "points_sd": gain.points_sd,
            "points_margin": margin(gain.points_sd, None),
            "benchmarks": other.ability.benchmarks,
        }
    return found


def _figure(option: Option, basis: str) -> float | None:
    """Bits per byte of the data's answers after the trial, or of the text."""
    found = option.tuned if basis == "trial" else option.scored
    return found.bits_per_byte if found else None


def level_damage(option: Option) -> tuple[Reason, ...]:
    """What quantization costs this model on this text, where it was measured and has not broken it."""
    if option.probe is None or option.scored is None or option.damage == "broken":
        return ()
    if option.level.name == PerplexityKey.of(option.probe).reference:
        return ()
    params = kl_of(option.scored) | {"level": option.level.name}
    damage = Reason("damage-" + option.damage.replace(" ", "-"), params, (option.probe.id,))
    chosen = Perplexity.of(option.probe).same_experts
    if chosen is None:
        return (damage,)
    routing = {"same_experts": chosen, "level": option.level.name}
    return damage, Reason("same-experts", routing, (option.probe.id,))


def _best(option: Option) -> tuple[Reason, ...]:
    if option.trial and option.tuned:
        params = _quality(option.tuned) | {"before": option.tuned.before, "trials": option.tried_at}
        code = "best-imported-trial" if option.trust is Provenance.IMPORTED else "best-after-trial"
        return (Reason(code, params, (option.trial.id,)),)
    if option.probe and option.scored:
        code = "best-imported" if option.trust is Provenance.IMPORTED else "best-measured"
        return (Reason(code, _quality(option.scored), (option.probe.id,)),)
    expected = option.expected
    params = {
        "parameters": option.candidate.spec.parameters,
        "points": expected.points,
        "points_sd": expected.points_sd,
        "points_margin": margin(expected.points_sd, None),
        "benchmarks": option.ability.benchmarks,
    }
    tables = option.ability.tables
    found = [Reason("best-estimated", params, foundation(option))]
    if tables:
        told = {
            "tables": ", ".join(tables[:SOME]),
            "count": len(tables),
            "benchmarks": option.ability.benchmarks,
        }
        sources = tuple(f"{PUBLISHED}{table} ({source_of_table(table)})" for table in tables)
        found.append(Reason("scores-published", told, (*PRIOR, *sources)))
    return tuple(found)


def _quality(found: Scored) -> dict[str, Any]:
    return {
        "bits_per_byte": found.bits_per_byte,
        "se": found.bits_per_byte_se,
        "margin": finite(found.margin),
    }


def _over(winner: Option, other: Option, comparison: Comparison) -> Reason:
    gap, gain = comparison.difference(other, winner), comparison.gain(winner, other)
    decided = gap.significant or (gap.basis == "prior" and gap.value != 0)
    if decided and gap.value > 0:
        return Reason("beats", against(winner, other, gap, gain), evidence_of(winner, other))
    saved = other.memory.high - winner.memory.high
    code = "tie-smaller-wins" if not (decided and saved > 0) else "gain-too-small"
    if code == "gain-too-small" and _of_the_level(other, winner, comparison):
        code = "gain-of-level"
    params = against(winner, other, gap, gain) | {"saved_bytes": saved} | cards_of(winner)
    return Reason(code, params, evidence_of(winner, other))


def _of_the_level(option: Option, winner: Option, comparison: Comparison) -> bool:
    """Whether what another model is expected to be better by is its level's alone."""
    if comparison.difference(option, winner).basis != "prior":
        return False
    other = option.candidate.name != winner.candidate.name
    of_model = gain_of_model(option.expected, winner.expected)
    return other and comparison.gain(option, winner).worth_memory and not of_model.worth_memory


def _under(option: Option, winner: Option, comparison: Comparison) -> Reason:
    gap = comparison.difference(option, winner)
    params = against(option, winner, gap, comparison.gain(winner, option))
    decided = gap.significant or (gap.basis == "prior" and gap.value != 0)
    if decided and gap.value > 0:
        return Reason("worse-than", params, evidence_of(option, winner))
    if decided:
        extra = {"saved_bytes": option.memory.high - winner.memory.high} | cards_of(option)
        code = "gain-of-level-here" if _of_the_level(option, winner, comparison) else "gain-too-small-here"
        return Reason(code, params | extra, evidence_of(option, winner))
    return Reason("tie-larger", params, evidence_of(option, winner))
