"""What the articles and tables behind basefit say of a choice, each only where it holds of this one."""

from collections.abc import Iterator, Sequence
from functools import cache
from statistics import mean

from catalog.evidence.published import load_lora_land, published_for
from catalog.evidence.windows import dependence
from catalog.verdict.gates import LEAST_TRAINING_TOKENS, MODELS
from catalog.verdict.option import Option
from catalog.verdict.ranking import Comparison
from catalog.verdict.reasons import PUBLISHED, against, evidence_of
from catalog.verdict.request import Reason, Request
from catalog.verdict.wishes import EASY_TASKS

FACTS = ("catalog.advice",)
"""Named where a reason rests on the articles alone (docs/FACTS.md, section 1)."""
LLAMA = (("llama-33b", "llama-13b"), ("llama-65b", "llama-33b"))
"""Pairs of which the larger at 4 bits and the smaller at 16 were scored on one text in one table."""
FOUR_BITS, WHOLE, CORPUS = "gptq-4-g128", "fp16", "wikitext-2"


def counsel(
    request: Request, winner: Option, order: Sequence[Option], comparison: Comparison
) -> tuple[Reason, ...]:
    """Reasons for the winner beside how good it was found; `order` is what may be chosen."""
    return (
        *_larger_at_four_bits(winner, order, comparison),
        *_simple_task(request, winner, order),
        *_writing(request, winner, order, comparison),
        *of_this_text(winner),
    )


def of_this_text(winner: Option) -> tuple[Reason, ...]:
    """Where the windows that the winner was scored on are not independent."""
    found = dependence(winner.scored.windows) if winner.scored else None
    if found is None or winner.probe is None:
        return ()
    code = "of-this-text" if found.likeness is None else "of-this-text-alike"
    told = {"touching": found.touching, "pairs": found.pairs, "likeness": found.likeness}
    return (Reason(code, told, (winner.probe.id,)),)


def trained_on_little(option: Option) -> tuple[Reason, ...]:
    """Of an option that was measured, and so is not left out for it."""
    facts = option.candidate.facts
    tokens = facts.training_tokens if facts else None
    if tokens is None or tokens >= LEAST_TRAINING_TOKENS or not option.measured:
        return ()
    return (
        Reason("trained-on-little", {"tokens": tokens, "least": LEAST_TRAINING_TOKENS}, (*MODELS, *FACTS)),
    )


def _larger_at_four_bits(
    winner: Option, order: Sequence[Option], comparison: Comparison
) -> Iterator[Reason]:
    """Where a larger model at 4 bits is better than the best that there is of a smaller one at 16."""
    if winner.level.bits != 4 or not winner.level.quantized:
        return
    size = winner.candidate.spec.parameters
    other = next((o for o in order if not o.level.quantized and o.candidate.spec.parameters < size), None)
    if other is None:
        return
    gap = comparison.difference(other, winner)
    if gap.value <= 0 or (gap.basis != "prior" and not gap.significant):
        return
    figures, source = _llama()
    told = against(winner, other, gap, comparison.gain(winner, other)) | figures
    cited = () if gap.basis == "prior" else evidence_of(winner, other)
    yield Reason("larger-at-4-bits", told, (*cited, PUBLISHED + source))


@cache
def _llama() -> tuple[dict[str, float], str]:
    """Published perplexities of LLAMA's pairs, and their table."""
    found, source = {}, ""
    for pair, level in zip(LLAMA, ("33b", "65b"), strict=True):
        for name, stored, end in zip(pair, (FOUR_BITS, WHOLE), ("at_4", "smaller_at_16"), strict=True):
            row = next(row for row in published_for(name, stored) if row.corpus == CORPUS)
            found[f"ppl_{level}_{end}"], source = row.ppl, row.source
    return found, source


def _simple_task(request: Request, winner: Option, order: Sequence[Option]) -> Iterator[Reason]:
    """A simple task needs no large model: what LoRA Land tuned at 4 bits, against GPT-4."""
    if request.wishes.task not in EASY_TASKS:
        return
    figures, least, most, source = _lora_land()
    told = {"task": request.wishes.task, "model": winner.candidate.name} | figures

    def within(option: Option) -> bool:
        return least <= option.candidate.spec.parameters <= most

    if not request.tunes:
        if within(winner):
            yield Reason("simple-task-tune", told, (source,))
    elif within(winner):
        yield Reason("simple-task-small", told, (source,))
    elif winner.candidate.spec.parameters > most:
        smaller = next((one for one in order if within(one)), None)
        if smaller is not None:
            yield Reason("simple-task-smaller", told | {"model": smaller.candidate.name}, (source,))


@cache
def _lora_land() -> tuple[dict[str, float], float, float, str]:
    """(figures over the tuned models and of GPT-4, least and most parameters of a tuned one, source)."""
    rows = load_lora_land()
    tuned = [row for row in rows if row.finetuned_average is not None and row.parameters_billion]
    hosted = next(row for row in rows if row.model == "gpt-4")
    sizes = [1e9 * (row.parameters_billion or 0.0) for row in tuned]
    figures = {
        "count": len(tuned),
        "least_parameters": min(sizes),
        "most_parameters": max(sizes),
        "untuned": mean(row.base_average for row in tuned),
        "tuned": mean(row.finetuned_average or 0.0 for row in tuned),
        "hosted": hosted.base_average,
    }
    return figures, min(sizes), max(sizes), f"{PUBLISHED}LoRA Land ({hosted.source})"


def _writing(
    request: Request, winner: Option, order: Sequence[Option], comparison: Comparison
) -> Iterator[Reason]:
    """For literary writing the largest that fits; where the winner is not, what is larger and why not."""
    if request.wishes.task != "writing" or winner.fits != "yes":
        return
    size = winner.candidate.spec.parameters
    larger = [option for option in order if option.candidate.spec.parameters > size]
    if not larger:
        yield Reason("writing-largest", {"parameters": size}, (*MODELS, *FACTS))
        return
    largest = max(larger, key=lambda option: (option.candidate.spec.parameters, -option.prior))
    gap = comparison.difference(largest, winner)
    if gap.value > 0:
        told = against(winner, largest, gap, comparison.gain(winner, largest))
        cited = evidence_of(winner, largest)
        yield Reason("writing-larger-weaker", told | {"parameters": size}, (*cited, *FACTS))
