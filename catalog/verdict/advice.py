"""Two questions answered beside the verdict: does the vocabulary suffice, and is there enough data."""

from collections.abc import Iterator, Mapping

from catalog.evidence.paired import Difference
from catalog.evidence.records import Evidence
from catalog.verdict.gates import MODELS
from catalog.verdict.option import Option
from catalog.verdict.request import Reason, Request
from catalog.verdict.vocabulary import AS_GOOD, NEEDED_TOKENS

FACTS = ("catalog.advice",)
FEW_ROWS = 156
"""Rows that already beat the untuned model in one task (FACTS.md, section 1)."""
CURATED_ROWS = 1000
"""LIMA: a thousand curated answers, arXiv:2305.11206. From there variety counts for more than size."""


def vocabulary_advice(
    request: Request, winner: Option, tokenizers: Mapping[str, Evidence]
) -> tuple[Reason, ...]:
    """What Chinese costs the winner against the cheapest candidate, and whether to extend its own."""
    own = tokenizers.get(winner.candidate.name)
    if own is None or own.values.get("tokens_per_han_char") is None:
        facts = winner.candidate.facts
        if facts is None or facts.tokens_per_character is None:
            return ()
        known = {"model": winner.candidate.name, "tokens_per_character": facts.tokens_per_character}
        return (Reason("vocabulary-published", known, MODELS),)
    counted = {
        name: e.values["tokens_per_han_char"]
        for name, e in tokenizers.items()
        if e.values.get("tokens_per_han_char") is not None
    }
    name = min(counted, key=lambda one: (counted[one], one))
    tokens, least = counted[winner.candidate.name], counted[name]
    params = {"tokens_per_han_char": tokens}
    if least >= tokens:
        return (Reason("vocabulary-cheapest", params, (own.id,)),)
    other = {"other": name, "other_tokens_per_han_char": least, "ratio": tokens / least}
    found = [Reason("vocabulary-costs", params | other, (own.id, tokenizers[name].id))]
    if tokens > least * AS_GOOD:
        code = "vocabulary-not-for-tuning" if request.tunes else "vocabulary-extend"
        found.append(Reason(code, {"needed": NEEDED_TOKENS, "model": winner.candidate.name}, (own.id,)))
    return tuple(found)


def data_advice(request: Request, winner: Option | None) -> tuple[Reason, ...]:
    """Whether there is enough data to tune on, and whether more would help; nothing if only served."""
    if not (request.tunes or request.data):
        return ()
    return tuple(_data(request, winner))


def _data(request: Request, winner: Option | None) -> Iterator[Reason]:
    params = {"rows": request.data_rows, "few": FEW_ROWS, "curated": CURATED_ROWS}
    if not request.data:
        yield Reason("data-none", params, FACTS)
    elif request.data_rows < FEW_ROWS:
        yield Reason("data-few", params, FACTS)
    elif request.data_rows < CURATED_ROWS:
        yield Reason("data-some", params, FACTS)
    else:
        yield Reason("data-enough", params, FACTS)
    trial = winner.trial if winner else None
    points = trial.values.get("points") if trial else None
    if trial is None or not points or len(points) < 2:
        return
    before, last = points[-2], points[-1]
    gain = _gain(before, last)
    told = {"examples": last["examples"], "difference": gain.value, "se": gain.se}
    yield Reason(
        "data-still-learning" if gain.value > 0 and gain.significant else "data-flat", told, (trial.id,)
    )


def _gain(before: Mapping[str, float], last: Mapping[str, float]) -> Difference:
    """Bits per byte between two points of one curve; the error of one bounds that of the pair."""
    return Difference(before["bits_per_byte"] - last["bits_per_byte"], last["se"], False)
