"""What rules an option out, and what is only to be known of it: codes with numbers and evidence.

Each gate answers for itself; an option is rejected by all that close, so that a person sees every one.
"""

from collections.abc import Iterator
from typing import Any

from catalog.evidence.kinds import Deploy, Perplexity, TrialKey, finite
from catalog.evidence.records import Provenance
from catalog.hardware.cost import load_prices
from catalog.hardware.runners import USUAL
from catalog.hardware.speed import Rate, training
from catalog.verdict.option import BROKEN, Option
from catalog.verdict.request import Reason, Request
from catalog.verdict.wishes import ANY_KIND

MEMORY_MODEL = ("catalog.memory",)
MODELS = ("catalog.models",)
SPEED_MODEL = ("catalog.speed",)
COST_MODEL = ("catalog.cost", "catalog.speed")
"""Named where a reason rests on arithmetic or on the catalog's tables, not on an entry of the store."""

LEAST_TRAINING_TOKENS = 10**12
"""A base trained on less can be left out until it is measured (FACTS.md, section 1)."""
SPOKEN_SHARE = 0.2
"""Of the work: a language with less may be one that the model's makers do not list."""
EPOCHS = 3
"""Passes over the data that a full fine-tune is reckoned with."""
BYTES_PER_TOKEN = 3.0
"""Of a dataset, until a trial has counted its tokens."""


def closed(request: Request, option: Option) -> tuple[Reason, ...]:
    """The gates that reject an option, `tight` among them; none where it may be chosen."""
    return tuple(reason for gate in _GATES for reason in gate(request, option))


def cautions(request: Request, option: Option) -> tuple[Reason, ...]:
    """What a person should know of an option that may be chosen."""
    return (
        *imported(option),
        *_context_cautions(option),
        *_licence_cautions(request, option),
        *_speed_cautions(request, option),
    )


def imported(option: Option) -> tuple[Reason, ...]:
    """That others measured it, where what is said of the option rests on that."""
    by_others = [
        e.id
        for e in (option.trial, option.probe, option.deploy)
        if e is not None and e.provenance is Provenance.IMPORTED
    ]
    return (Reason("imported", {"count": len(by_others)}, tuple(by_others)),) if by_others else ()


def _memory(request: Request, option: Option) -> Iterator[Reason]:
    if option.fits == "yes":
        return
    size = {
        "expected_bytes": option.memory.expected,
        "low_bytes": option.memory.low,
        "high_bytes": option.memory.high,
        "budget_bytes": request.budget.bytes,
    }
    if option.cards > 1:
        size["cards"] = option.cards
    yield Reason("does-not-fit" if option.fits == "no" else "tight", size, MEMORY_MODEL)


def _host(request: Request, option: Option) -> Iterator[Reason]:
    held, there = option.host_bytes, request.host_bytes
    if there is not None and held > there:
        yield Reason("host-too-small", {"bytes": held, "host_bytes": there}, MEMORY_MODEL)


def _kind(request: Request, option: Option) -> Iterator[Reason]:
    facts, wanted = option.candidate.facts, request.wishes.kind
    if facts is not None and wanted not in (ANY_KIND, facts.kind):
        yield Reason("kind-unwanted", {"kind": facts.kind, "wanted": wanted}, MODELS)


def _licence(request: Request, option: Option) -> Iterator[Reason]:
    facts = option.candidate.facts
    if request.wishes.commercial and facts is not None and facts.commercial is False:
        yield Reason("licence", {"licence": facts.licence or "?"}, MODELS)


def _context_cautions(option: Option) -> Iterator[Reason]:
    """That it was scored on windows longer than what it was made for: its bits per byte are too many."""
    if option.probe is not None and option.scored is not None and option.scored.beyond_context:
        told = {"windows": option.scored.beyond_context, "native": option.candidate.spec.context}
        yield Reason("scored-beyond-context", told, (option.probe.id,))


def _licence_cautions(request: Request, option: Option) -> Iterator[Reason]:
    facts = option.candidate.facts
    if not request.wishes.commercial:
        return
    if facts is None or facts.commercial is None:
        yield Reason("licence-unknown", {"model": option.candidate.name}, MODELS)
    elif facts.commercial_note:
        params = {"licence": facts.licence or "?", "condition": facts.commercial_note}
        yield Reason("licence-condition", params, MODELS)


def _context(request: Request, option: Option) -> Iterator[Reason]:
    native = option.candidate.spec.context
    if request.context > native:
        yield Reason("context-too-short", {"context": request.context, "native": native}, MODELS)


def _level(request: Request, option: Option) -> Iterator[Reason]:
    if option.probe is not None and option.scored is not None and option.damage == BROKEN:
        params = kl_of(option.scored) | {"level": option.level.name}
        yield Reason("kl-too-high", params, (option.probe.id,))


def kl_of(found: Perplexity) -> dict[str, Any]:
    """What a level cost, with its error."""
    return {"kl_nats": found.kl_nats, "kl_se": found.kl_se, "kl_margin": finite(found.kl_margin)}


def speed_of(option: Option) -> tuple[Rate, tuple[str, ...]] | None:
    """Tokens decoded per second with its evidence: deployed, else estimated; None where unknown. What was
    deployed ran in transformers, and says how fast another engine is only where that is no slower.
    """
    measured = Deploy.of(option.deploy).decode_tokens_per_s if option.deploy else None
    faster = engine_of(option) != USUAL and option.speed and option.speed.expected > (measured or 0)
    if option.deploy is not None and measured and not faster:
        return Rate(measured, measured, measured, True), (option.deploy.id,)
    return (option.speed, SPEED_MODEL) if option.speed else None


def engine_of(option: Option) -> str:
    """What its speed is estimated of."""
    return (option.served.name if option.served else "") or USUAL


def _speed(request: Request, option: Option) -> Iterator[Reason]:
    wanted, known = request.wishes.minimum_speed, speed_of(option)
    if wanted and known and known[0].expected < wanted:
        params = {"speed": known[0].expected, "wanted": wanted, "engine": engine_of(option)}
        yield Reason("too-slow", params, known[1])


def _speed_cautions(request: Request, option: Option) -> Iterator[Reason]:
    wanted, known = request.wishes.minimum_speed, speed_of(option)
    if not wanted:
        return
    if known is None:
        yield Reason("speed-unknown", {"wanted": wanted}, SPEED_MODEL)
    elif known[1] == SPEED_MODEL:
        rate = known[0]
        params = {"engine": engine_of(option), "speed": rate.expected, "low": rate.low, "high": rate.high}
        code = "reaches-speed" if rate.calibrated else "reaches-speed-uncalibrated"
        yield Reason(code, params | {"wanted": wanted}, SPEED_MODEL)


def tuning_hours(request: Request, option: Option) -> tuple[float, tuple[str, ...]] | None:
    """Hours of a full run over the data as expected, with the evidence; None where unknown."""
    if not (request.tunes and request.data_bytes):
        return None
    trial, tuned = option.trial, option.tuned
    told = tuned.prediction if tuned else None
    epoch = told.tokens_per_epoch if told else None
    tokens = (epoch or request.data_bytes / BYTES_PER_TOKEN) * EPOCHS
    rate = tuned.tokens_per_second if tuned else None
    if (
        trial is not None
        and trial.provenance is Provenance.MEASURED
        and rate
        and not request.budget.simulated
        and TrialKey.of(trial).device == request.device
    ):
        return tokens / rate / 3600, (trial.id,)
    if request.budget.gpu is None:
        return None
    speed = training(option.candidate.spec, option.level, request.budget.gpu)
    return tokens / speed.expected / 3600, COST_MODEL


def gpu_hour(request: Request) -> float | None:
    """US dollars an hour of the card costs: as wished, else as the price table has it."""
    if request.wishes.gpu_hour is not None:
        return request.wishes.gpu_hour
    name = request.budget.gpu.name if request.budget.gpu else ""
    return next((card.hour for card in load_prices().cards if card.name == name), None)


def _tuning(request: Request, option: Option) -> Iterator[Reason]:
    wishes, known = request.wishes, None
    if wishes.hours is not None or wishes.money is not None:
        known = tuning_hours(request, option)
    if known is None:
        return
    hours, evidence = known
    if wishes.hours is not None and hours > wishes.hours:
        yield Reason("too-long-to-tune", {"hours": hours, "wanted": wishes.hours}, evidence)
    hour = gpu_hour(request)
    if hour is not None and wishes.money is not None:
        amount = hours * hour * request.budget.count
        if amount > wishes.money:
            yield Reason("too-dear-to-tune", {"money": amount, "wanted": wishes.money}, evidence)


def _training_tokens(request: Request, option: Option) -> Iterator[Reason]:
    facts = option.candidate.facts
    tokens = facts.training_tokens if facts else None
    if tokens is not None and tokens < LEAST_TRAINING_TOKENS and not option.measured:
        params = {"tokens": tokens, "least": LEAST_TRAINING_TOKENS}
        yield Reason("little-training-data", params, MODELS)


def _languages(request: Request, option: Option) -> Iterator[Reason]:
    facts = option.candidate.facts
    if facts is None or option.measured or not facts.languages or "multi" in facts.languages:
        return
    missing = [
        code
        for code, share in request.wishes.languages
        if share >= SPOKEN_SHARE and code not in facts.languages
    ]
    if missing:
        yield Reason("language-unlisted", {"languages": ", ".join(missing)}, MODELS)


_GATES = (_memory, _host, _kind, _licence, _context, _level, _speed, _tuning, _training_tokens, _languages)
