"""Request + Evidence -> Verdict: a pure function.

First the gates (gates.py), then quality by the best evidence there is (ranking.py): a measured
trial, a measured probe, what was published within one frame, the prior. What is only estimated never
stands before what is measured. Ties go to the smaller, the faster, the freer.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from catalog.evidence.kinds import TokenizerKey
from catalog.evidence.records import Evidence, Provenance
from catalog.verdict.advice import data_advice, vocabulary_advice
from catalog.verdict.changes import Closed, changes, contradictions
from catalog.verdict.gates import cautions, closed
from catalog.verdict.next_measurement import USUAL, Effort, next_measurements, worth_fetching
from catalog.verdict.option import Option, latest, options_of
from catalog.verdict.ranking import Comparison, front
from catalog.verdict.reasons import level_damage, ranked, unmeasured, why
from catalog.verdict.request import Ranked, Request, Verdict

MEASURABLE = frozenset({"little-training-data", "language-unlisted"})
"""Gates of the catalog that a measurement opens."""


def recommend(request: Request, evidence: Iterable[Evidence], effort: Effort = USUAL) -> Verdict:
    """The verdict on every (candidate, level) of the request; the same evidence, the same verdict.

    `effort` says how `next` would be measured and changes nothing else.
    """
    known = list(evidence)
    comparison = Comparison(request.wishes.task)
    sorted_ = _sort(request, options_of(request, known), comparison)
    order, gates = sorted_.order, sorted_.gates
    best = front(order, comparison)
    ranking: list[Ranked] = [
        ranked(
            option,
            "possible" if place else "recommended",
            (*why(option, order, comparison), *gates[option.name], *cautions(request, option)),
            option.name in best,
        )
        for place, option in enumerate(order)
    ]
    ranking += [
        ranked(option, "unmeasured", (unmeasured(option), *gates[option.name], *cautions(request, option)))
        for option in sorted_.waiting
    ]
    ranking += [
        ranked(option, "rejected", (*gates[option.name], *level_damage(option)))
        for option in sorted_.rejected
    ]
    winner = order[0] if order else None
    return Verdict(
        ranking[0] if order else None,
        tuple(ranking),
        (
            *changes(request, order, sorted_.rejected, gates, comparison),
            *worth_fetching(sorted_.measurable, winner, effort),
        ),
        vocabulary_advice(request, winner, _tokenizers(request, known)) if winner else (),
        data_advice(request, winner),
        contradictions(request, gates),
        next_measurements(request, sorted_.measurable, winner, effort),
    )


@dataclass(frozen=True)
class _Sorted:
    """`order` may be chosen, the winner first; `waiting` could be but is not measured while others are;
    `measurable` are all that may be chosen, or could be once they are measured.
    """

    order: Sequence[Option]
    waiting: Sequence[Option]
    rejected: Sequence[Option]
    measurable: Sequence[Option]
    gates: Closed


def _sort(request: Request, options: Sequence[Option], comparison: Comparison) -> _Sorted:
    gates = {option.name: closed(request, option) for option in options}
    codes = {name: {reason.code for reason in reasons} for name, reasons in gates.items()}
    able = [option for option in options if not codes[option.name]]
    tight = not able
    if tight:  # then the least of a risk first: with more memory it is the first that surely fits
        able = [option for option in options if codes[option.name] == {"tight"}]
        order = sorted(
            able,
            key=lambda option: (option.size, not option.measured, option.prior, option.tie, option.name),
        )
        waiting: list[Option] = []
    else:
        measured = [option for option in able if option.measured]
        order = comparison.order(measured) if measured else comparison.expected_order(able)
        chosen = {option.name for option in order}
        waiting = [option for option in able if option.name not in chosen]
        waiting.sort(key=lambda option: (option.prior, option.name))
    names = {option.name for option in able}
    rejected = [option for option in options if option.name not in names]
    rejected.sort(key=lambda option: (option.size, option.candidate.spec.parameters, option.name))
    opened = [option for option in rejected if codes[option.name] <= MEASURABLE]
    measurable = order[:1] if tight else [*able, *opened]
    return _Sorted(order, waiting, rejected, measurable, gates)


def _tokenizers(request: Request, evidence: Sequence[Evidence]) -> dict[str, Evidence]:
    """Candidate name -> what its tokenizer costs on the request's text, where that was measured."""
    counted = [
        e for e in evidence if e.kind == "tokenizer" and e.provenance is Provenance.MEASURED and e.revision
    ]
    found = {}
    for candidate in request.candidates:
        own = [e for e in counted if e.revision == candidate.revision]
        one = latest(e for e in own if TokenizerKey.of(e).text_sha256 == request.text)
        if one is not None:
            found[candidate.name] = one
    return found
