"""What would change a verdict, what to give up where nothing satisfies, and wishes that contradict."""

import math
from collections.abc import Iterator, Sequence

from catalog.quantization.levels import find_level, tuning_level
from catalog.verdict.gates import MEMORY_MODEL, MODELS
from catalog.verdict.option import Option, fit_of, sizes_of
from catalog.verdict.ranking import Comparison
from catalog.verdict.reasons import against, cards_of, evidence_of
from catalog.verdict.request import Reason, Request
from catalog.verdict.standing import MEMORY, Closed

REQUEST = ("request",)
"""Named where a reason rests on what was asked alone."""

_RELAXED = {
    "host-too-small": "relax-host",
    "kind-unwanted": "relax-kind",
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
_MEASURES = {
    "host-too-small": ("bytes", "host_bytes"),
    "context-too-short": ("context", "native"),
    "too-slow": ("wanted", "speed"),
    "too-long-to-tune": ("hours", "wanted"),
    "too-dear-to-tune": ("money", "wanted"),
}
"""Gate -> what is the more and what the less in it."""


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
        return (
            tuple(_more_memory(request, order, rejected, gates, comparison))
            or _nearest(request, rejected, gates)
            or (Reason("relax-levels", {"level": tuning_level(request.use)}, REQUEST),)
        )
    found = [
        *_surely(request, order[0]),
        *_more_memory(request, order, rejected, gates, comparison),
        *_longer_context(request, order[0]),
        *_one_wish(order, rejected, gates, comparison),
    ]
    settled = len(order) < 2 or not order[0].measured or order[0].fits != "yes"
    gap = None if settled else comparison.difference(order[0], order[1])
    if gap and not gap.significant:
        named = {"model": order[1].candidate.name, "level": order[1].level.name}
        runner_up = named | {"by": gap.basis}
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
    only = [o for o in rejected if {reason.code for reason in gates[o.name]} <= MEMORY]
    for option in sorted(only, key=lambda o: (o.size, not o.measured, o.prior, o.name)):
        if order and not _better(option, order[0], comparison):
            continue
        params = {"model": option.candidate.name, "level": option.level.name} | _step(request, option)
        if not order:
            yield Reason("more-memory-first", params, MEMORY_MODEL)
        elif option.measured_itself and order[0].measured:
            gain = against(option, order[0], comparison.difference(order[0], option))
            yield Reason("more-memory", gain | params, evidence_of(option))
        else:
            yield Reason("more-memory-unmeasured", params, evidence_of(option))
        return


def _surely(request: Request, winner: Option) -> Iterator[Reason]:
    """The budget at which what may fit surely does."""
    if winner.fits != "yes":
        params = {"model": winner.candidate.name, "level": winner.level.name} | _step(request, winner)
        yield Reason("more-memory-surely", params, MEMORY_MODEL)


def _step(request: Request, option: Option) -> dict[str, int]:
    """From the budget to what the option surely fits in."""
    return {"bytes": option.size, "budget_bytes": request.budget.bytes} | cards_of(option)


def _better(option: Option, winner: Option, comparison: Comparison) -> bool:
    if option.measured and winner.measured:
        return comparison.worth_it(winner, option)
    return option.prior < winner.prior


def _longer_context(request: Request, winner: Option) -> Iterator[Reason]:
    """How far the context can be doubled with this winner, and what stops it: memory or the model."""
    native, reached = winner.candidate.spec.context, request.context
    while winner.fits == "yes" and reached < native:
        beyond = min(2 * reached, native)
        sizes = sizes_of(request, winner.candidate, winner.level, beyond)
        if fit_of(sizes, request.budget.bytes) != "yes":
            size = {"bytes": max(one.high for one in sizes)} | cards_of(winner)
            yield Reason("longer-context", {"context": beyond, "reached": reached} | size, MEMORY_MODEL)
            return
        reached = beyond
    if reached == native:
        code = "context-native" if native > request.context else "context-used"
        yield Reason(code, {"native": native}, (*MODELS, *MEMORY_MODEL))


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
    """Where not even memory alone would do: the nearest option, by the fewest things to give up, then by
    how much of them, then by the best that is expected of it; and what to give up for it.
    """
    if not rejected:
        return ()
    needed = _Needed(request)
    left = {option.name: _left(option, gates[option.name], needed) for option in rejected}
    fewest = min(len(closed) for closed in left.values())
    near = [option for option in rejected if len(left[option.name]) == fewest]
    nearest = min(near, key=lambda o: (_gap(o, left[o.name], needed), o.prior, o.name))
    closed = left[nearest.name]
    named = {"model": nearest.candidate.name, "level": nearest.level.name}
    return (
        Reason("nearest", named, tuple(dict.fromkeys(one for reason in closed for one in reason.evidence))),
        *(_relaxed(nearest, reason, needed.bytes(nearest)) for reason in closed),
    )


def _left(option: Option, closed: Sequence[Reason], needed: "_Needed") -> list[Reason]:
    """The gates to open: not that of memory where the shorter context opens it too."""
    codes = {reason.code for reason in closed}
    if "context-too-short" not in codes or not codes & MEMORY or needed.share(option) > 1:
        return list(closed)
    return [reason for reason in closed if reason.code not in MEMORY]


def _gap(option: Option, closed: Sequence[Reason], needed: "_Needed") -> float:
    """How far off it is: the sum over the gates of ln(wanted / there is), 0 for those without a measure."""
    found = 0.0
    for reason in closed:
        if reason.code in MEMORY:
            found += math.log(needed.share(option))
        elif reason.code in _MEASURES:
            more, less = (float(reason.params[name]) for name in _MEASURES[reason.code])
            found += math.log(more / less)
    return round(found, 6)


class _Needed:
    """What an option surely fits in, at the longest context it was made for if the wanted one is longer;
    each worked out once.
    """

    def __init__(self, request: Request) -> None:
        self._request = request
        self._known: dict[tuple[str, str], int] = {}

    def bytes(self, option: Option) -> int:
        """On the fullest card."""
        native = option.candidate.spec.context
        if self._request.context <= native:
            return option.size
        if option.name not in self._known:
            sizes = sizes_of(self._request, option.candidate, option.level, native)
            self._known[option.name] = max(one.high for one in sizes)
        return self._known[option.name]

    def share(self, option: Option) -> float:
        """Of the budget; above 1 where it takes more."""
        return self.bytes(option) / self._request.budget.bytes


def _relaxed(option: Option, gate: Reason, size_bytes: int) -> Reason:
    named = {"model": option.candidate.name, "level": option.level.name}
    if gate.code in MEMORY:
        size = {"bytes": size_bytes, "budget_bytes": gate.params["budget_bytes"]} | cards_of(option)
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
    for code, name, params in (
        ("kind-unwanted", "none-of-kind", {"wanted": wishes.kind}),
        ("licence", "none-commercial", {}),
        ("context-too-short", "context-beyond-all", {"context": request.context}),
    ):
        if gates and all(any(reason.code == code for reason in closed) for closed in gates.values()):
            found.append(Reason(name, params, (*REQUEST, *MODELS)))
    return tuple(found)
