"""Request + Evidence -> Verdict: a pure function.

First the gates (gates.py), then quality by the best evidence there is (ranking.py): a measured
trial, a measured probe, what was published within one frame, the prior. What is only estimated never
stands before what is measured. Ties go to the smaller, the faster, the freer.
"""

from collections.abc import Iterable, Sequence

from catalog.evidence.kinds import TokenizerKey
from catalog.evidence.records import Evidence
from catalog.verdict.advice import data_advice, vocabulary_advice
from catalog.verdict.changes import changes, contradictions
from catalog.verdict.counsel import counsel, trained_on_little
from catalog.verdict.gates import cautions, imported
from catalog.verdict.next_measurement import USUAL, Effort, next_measurements, worth_fetching
from catalog.verdict.option import TAKEN, latest
from catalog.verdict.ranking import Comparison, front
from catalog.verdict.reasons import level_damage, ranked, unmeasured, why
from catalog.verdict.request import Ranked, Request, Verdict
from catalog.verdict.standing import standing


def recommend(request: Request, evidence: Iterable[Evidence], effort: Effort = USUAL) -> Verdict:
    """The verdict on every (candidate, level) of the request; the same evidence, the same verdict.

    `effort` says how `next` would be measured and changes nothing else.
    """
    known = list(evidence)
    comparison = Comparison(request.wishes.task)
    sorted_ = standing(request, known, comparison)
    order, gates = sorted_.order, sorted_.gates
    best = front(order, comparison)
    ranking: list[Ranked] = [
        ranked(
            option,
            "possible" if place else "recommended",
            (
                *why(option, order, comparison),
                *(() if place else counsel(request, option, order, comparison)),
                *gates[option.name],
                *trained_on_little(option),
                *cautions(request, option),
            ),
            option.name in best,
        )
        for place, option in enumerate(order)
    ]
    ranking += [
        ranked(option, "unmeasured", (unmeasured(option), *gates[option.name], *cautions(request, option)))
        for option in sorted_.waiting
    ]
    ranking += [
        ranked(option, "rejected", (*gates[option.name], *level_damage(option), *imported(option)))
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


def _tokenizers(request: Request, evidence: Sequence[Evidence]) -> dict[str, Evidence]:
    """Candidate name -> what its tokenizer costs on the request's text, where that was measured."""
    counted = [e for e in evidence if e.kind == "tokenizer" and e.provenance in TAKEN and e.revision]
    found = {}
    for candidate in request.candidates:
        own = [e for e in counted if e.revision == candidate.revision]
        one = latest(e for e in own if TokenizerKey.of(e).text_sha256 == request.text)
        if one is not None:
            found[candidate.name] = one
    return found
