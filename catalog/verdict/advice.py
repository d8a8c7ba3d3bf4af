"""Two questions answered beside the verdict: does the vocabulary suffice, and is there enough data."""

from collections.abc import Iterator, Mapping

from catalog.evidence.kinds import Tokenizer, finite
from catalog.evidence.paired import Difference
from catalog.evidence.records import Evidence
from catalog.evidence.statistics import freedom_of
from catalog.verdict.counsel import FACTS
from catalog.verdict.gates import MODELS
from catalog.verdict.option import Option
from catalog.verdict.reasons import PUBLISHED
from catalog.verdict.request import Reason, Request
from catalog.verdict.vocabulary import AS_GOOD, NEEDED_TOKENS

FEW_ROWS = 156
"""Rows that already beat the untuned model in one task (FACTS.md, section 1)."""
CURATED_ROWS = 1000
"""LIMA: a thousand curated answers. From there variety counts for more than size."""
LIMA = f"{PUBLISHED}LIMA (arXiv:2305.11206)"


def vocabulary_advice(
    request: Request, winner: Option, tokenizers: Mapping[str, Evidence]
) -> tuple[Reason, ...]:
    """What Chinese costs the winner against the cheapest candidate, and whether to extend its own."""
    counted = {
        name: tokens
        for name, e in tokenizers.items()
        if (tokens := Tokenizer.of(e).tokens_per_han_char) is not None
    }
    if winner.candidate.name not in counted:
        facts = winner.candidate.facts
        if facts is None or facts.tokens_per_character is None:
            return ()
        known = {"model": winner.candidate.name, "tokens_per_character": facts.tokens_per_character}
        return (Reason("vocabulary-published", known, MODELS),)
    own = tokenizers[winner.candidate.name]
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
    if request.wishes.task == "writing":
        yield Reason("writing-text", {}, FACTS)
    if not request.data:
        yield Reason("data-none", params, (*FACTS, LIMA))
    elif request.data_rows < FEW_ROWS:
        yield Reason("data-few", params, FACTS)
    elif request.data_rows < CURATED_ROWS:
        yield Reason("data-some", params, (*FACTS, LIMA))
    else:
        yield Reason("data-enough", params, (*FACTS, LIMA))
    points = winner.tuned.points if winner and winner.tuned else ()
    if winner is None or winner.trial is None or len(points) < 2 or points[-1].se is None:
        return
    # Between two points of one curve; the error of one bounds that of the pair.
    gain = Difference(
        points[-2].bits_per_byte - points[-1].bits_per_byte,
        points[-1].se,
        False,
        "trial",
        freedom_of(winner.tuned.spans) if winner.tuned else None,
    )
    told = {
        "examples": points[-1].examples,
        "difference": gain.value,
        "figures": [points[-2].bits_per_byte, points[-1].bits_per_byte],
        "se": gain.se,
        "margin": finite(gain.margin),
        "trials": winner.tried_at,
    }
    code = "data-still-learning" if gain.value > 0 and gain.significant else "data-flat"
    yield Reason(code, told, (winner.trial.id,))
