"""What to expect of a model nobody has measured yet: an estimate, and never more than that.

A published table orders its own members; the prior places the table among everything else.
"""

import math
from dataclasses import dataclass
from functools import cache
from statistics import mean

from catalog.evidence.published import PublishedPerplexity, load_perplexity, published_for
from catalog.models.registry import ModelEntry, load_models
from catalog.models.spec import ModelSpec
from catalog.quantization.levels import LEVELS, QuantLevel

LN_PPL_PER_DOUBLING = -0.115
"""ln perplexity per doubling of parameters: LLaMA 7B 5.68 -> 13B 5.09 on wikitext-2 (GPTQ-for-LLaMa)."""

UNKNOWN_TOKENS = 10**12
"""Training tokens assumed where none are published: less than most makers tell of."""

Frame = tuple[str, str, int, int]
"""What two published perplexities must share to be compared: source, corpus, window, vocabulary."""


@dataclass(frozen=True)
class Expected:
    """`ln_ppl` up to a constant, the lower the better; `source` of the table it rests on, "" for none."""

    ln_ppl: float
    source: str = ""


def expected_ln_ppl(spec: ModelSpec, level: QuantLevel, training_tokens: int | None = None) -> float:
    """ln perplexity up to a constant, for ranking unmeasured models against each other only.

    Size by LN_PPL_PER_DOUBLING, text seen by 410.7 / D^0.28 (Hoffmann et al., arXiv:2203.15556,
    equation 10), the level by its damage.
    """
    text = 410.7 * math.pow(training_tokens or UNKNOWN_TOKENS, -0.28)
    return LN_PPL_PER_DOUBLING * math.log2(spec.parameters) + text + level.expected_damage


def expected(spec: ModelSpec, level: QuantLevel, facts: ModelEntry | None) -> Expected:
    """By what was published of this model at this level, else by its size, text and level alone.

    The model's place comes from the largest table that has it at 16 bits, the level's cost from what was
    published of it within one comparison: neither is ever read across frames.
    """
    if facts is None:
        return Expected(expected_ln_ppl(spec, level))
    place, cost = _placed(facts.name), _cost(facts.name, level.name)
    base = expected_ln_ppl(spec, level, facts.training_tokens) - level.expected_damage
    if place is not None:
        base = place.ln_ppl
    known = place if not level.quantized else cost
    return Expected(base + (cost.ln_ppl if cost else level.expected_damage), known.source if known else "")


@cache
def _placed(model: str) -> Expected | None:
    """The published ln perplexity at 16 bits, moved to the prior's scale with its whole table."""
    found = [
        row for row in published_for(model, "fp16") if model in load_models() and _frame(row) in _tables()
    ]
    if not found:
        return None
    row = max(found, key=lambda row: (len(_tables()[_frame(row)]), row.source, row.corpus))
    table = _tables()[_frame(row)]
    return Expected(math.log(row.ppl) + mean(table.values()), row.source)


@cache
def _cost(model: str, level: str) -> Expected | None:
    """What the level was published to cost this model: the mean over comparisons, in nats per token."""
    rows = [row for row in published_for(model, level) if row.delta_ln_ppl is not None]
    if not rows or not LEVELS[level].quantized:
        return None
    costs = [row.delta_ln_ppl for row in rows if row.delta_ln_ppl is not None]
    return Expected(mean(costs), "; ".join(sorted({row.source for row in rows})))


def _frame(row: PublishedPerplexity) -> Frame:
    return row.source, row.corpus, row.context, load_models()[row.model].spec.vocabulary


@cache
def _tables() -> dict[Frame, dict[str, float]]:
    """Frame -> model -> its prior minus its ln perplexity at 16 bits; frames of one model say nothing."""
    found: dict[Frame, dict[str, float]] = {}
    models = load_models()
    for row in load_perplexity():
        if row.model in models and row.level == "fp16":
            entry = models[row.model]
            prior = expected_ln_ppl(entry.spec, LEVELS["fp16"], entry.training_tokens)
            found.setdefault(_frame(row), {})[row.model] = prior - math.log(row.ppl)
    return {frame: rows for frame, rows in found.items() if len(rows) > 1}
