"""What would change a verdict, what to give up where nothing satisfies, and wishes that contradict."""

from collections.abc import Iterator, Mapping, Sequence

from catalog.gates import MEMORY_MODEL, MODELS
from catalog.option import Option, fit_of, footprints
from catalog.quantization import find_level
from catalog.ranking import Comparison
from catalog.reasons import evidence_of
from catalog.request import Reason, Request

REQUEST = ("request",)
"""Named where a reason rests on what was asked alone."""

Closed = Mapping[tuple[str, str], tuple[Reason, ...]]
"""Option name -> the gates that rejected it."""

_MEMORY = frozenset({"does-not-fit", "tight"})
_RELAXED = {
    "licence": "relax-licence",
    "context-too-short": "relax-context",
    "kl-too-high": "relax-level",
    "too-slow": "relax-speed",
    "too-long-to-tune": "relax-hours",
    "too-dear-to-tune": "relax-money",
    "little-training-data": "relax-by-measuring",
    "language-unlisted": "relax-by-measuring",
}
"""What to give up for each gate; for memory it is `more-memory`."""


def changes(
    request: Request,
    order: Sequence[Option],
    rejected: Sequence[Option],
    gates: Closed,
    comparison: Comparison,
) -> tuple[Reason, ...]:
    """The next budget step, the longest context, the wish that costs most, the tie that data could settle.

    Where nothing satisfies: the budget at which something would, or the nearest and what to relax for it.
    """
    if not order:
        return tuple(_more_memory(request, order, rejected, gates, comparison)) or _nearest(
            request, rejected, gates
        )
    found = [
        *_more_memory(request, order, rejected, gates, comparison),
        *_longer_context(request, order[0]),
        *_one_wish(order, rejected, gates, comparison),
    ]
    if len(order) > 1 and order[0].measured and not comparison.difference(order[0], order[1]).significant:
        runner_up = {"model": order[1].candidate.name, "level": order[1].level.name}
        found.append(Reason("more-text", runner_up, evidence_of(order[0], order[1])))
    return tuple(found)


def _more_memory(
    request: Request,
    order: Sequence[Option],
    rejected: Sequence[Option],
    gates: Closed,
    comparison: Comparison,
) -> Iterator[Reason]:
    """The smallest budget at which something better fits, or anything at all where nothing does."""
    only = [o for o in rejected if {reason.code for reason in gates[o.name]} <= _MEMORY]
    for option in sorted(only, key=lambda o: (o.memory.high, o.name)):
        if order and not _better(option, order[0], comparison):
            continue
        params = {"model": option.candidate.name, "level": option.level.name}
        size = {"bytes": option.memory.high, "budget_bytes": request.budget.bytes}
        code = "more-memory" if option.measured else "more-memory-unmeasured"
        yield Reason(code, params | size, evidence_of(option))
        return


def _better(option: Option, winner: Option, comparison: Comparison) -> bool:
    if option.measured and winner.measured:
        return comparison.worth_it(winner, option)
    return option.prior < winner.prior


def _longer_context(request: Request, winner: Option) -> Iterator[Reason]:
    """How far the context can be doubled with this winner, and what stops it."""
    native = winner.candidate.spec.context
    reached, beyond = request.context, request.context * 2
    while beyond <= native:
        uses = list(footprints(request, winner.candidate, winner.level, beyond))
        if fit_of(uses, request.budget.bytes) != "yes":
            params = {"context": beyond, "reached": reached, "bytes": max(one.high for one in uses)}
            yield Reason("longer-context", params, MEMORY_MODEL)
            return
        reached, beyond = beyond, beyond * 2
    yield Reason("context-native", {"native": native, "reached": reached}, (*MODELS, *MEMORY_MODEL))


def _one_wish(
    order: Sequence[Option], rejected: Sequence[Option], gates: Closed, comparison: Comparison
) -> Iterator[Reason]:
    """The best option that a single wish keeps out, if it is better than the winner."""
    barred = [
        option
        for option in rejected
        if len(gates[option.name]) == 1
        and gates[option.name][0].code in _RELAXED
        and gates[option.name][0].code != "kl-too-high"
        and _better(option, order[0], comparison)
    ]
    if barred:
        best = min(barred, key=lambda option: (not option.measured, option.prior, option.name))
        yield _relaxed(best, gates[best.name][0], best.memory.high)


def _nearest(request: Request, rejected: Sequence[Option], gates: Closed) -> tuple[Reason, ...]:
    """Where not even memory alone would do: the nearest option, by the fewest gates and then the least
    memory, and what to give up for it.
    """
    if not rejected:
        return ()
    fewest = min(len(gates[option.name]) for option in rejected)
    near = [option for option in rejected if len(gates[option.name]) == fewest]
    nearest = min(near, key=lambda o: (_least_bytes(request, o), o.prior, o.name))
    closed = gates[nearest.name]
    named = {"model": nearest.candidate.name, "level": nearest.level.name}
    return (
        Reason("nearest", named, tuple(dict.fromkeys(one for reason in closed for one in reason.evidence))),
        *(_relaxed(nearest, reason, _least_bytes(request, nearest)) for reason in closed),
    )


def _least_bytes(request: Request, option: Option) -> int:
    """What it surely fits in, at the longest context it was made for if the wanted one is longer."""
    native = option.candidate.spec.context
    if request.context <= native:
        return option.memory.high
    return max(one.high for one in footprints(request, option.candidate, option.level, native))


def _relaxed(option: Option, gate: Reason, size_bytes: int) -> Reason:
    named = {"model": option.candidate.name, "level": option.level.name}
    if gate.code in _MEMORY:
        size = {"bytes": size_bytes, "budget_bytes": gate.params["budget_bytes"]}
        return Reason("relax-budget", named | size, gate.evidence)
    return Reason(_RELAXED[gate.code], dict(gate.params) | named, gate.evidence)


def contradictions(request: Request, gates: Closed) -> tuple[Reason, ...]:
    """Wishes that no model could grant together, by name."""
    levels = [find_level(name) for name in request.levels]
    wishes = request.wishes
    found = []
    if request.use == "lora" and all(level.quantized for level in levels):
        found.append(Reason("lora-needs-16-bits", {"levels": ", ".join(request.levels)}, REQUEST))
    if request.use in ("qlora", "both") and not any(
        level.quantized and level.trains_with for level in levels
    ):
        found.append(Reason("qlora-needs-quantized", {"levels": ", ".join(request.levels)}, REQUEST))
    if request.use == "infer" and (wishes.hours is not None or wishes.money is not None):
        found.append(Reason("tuning-limits-without-tuning", {}, REQUEST))
    if request.tunes and wishes.task == "writing":
        found.append(Reason("writing-is-not-tuned", {}, REQUEST))
    for code, name in (("licence", "none-commercial"), ("context-too-short", "context-beyond-all")):
        if gates and all(any(reason.code == code for reason in closed) for closed in gates.values()):
            found.append(Reason(name, {"context": request.context}, (*REQUEST, *MODELS)))
    return tuple(found)
