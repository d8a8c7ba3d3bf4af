"""What a person should know of their data before training on it: lengths, repeats, language, quantity."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from catalog.evidence.kinds import DataSummary
from catalog.han import count_han
from catalog.problem import Problem
from probes.dataset.examples import Example
from probes.dataset.layouts import Layout
from probes.dataset.load import Dataset
from probes.dataset.repeats import near_repeats

PREVIEWED = 3
_CHINESE, _MIXED = 0.3, 0.03
"""Share of Han characters from which a text counts as Chinese, and as mixed."""
_LITTLE, _SOME, _PLENTY = 100, 1000, 50_000


@dataclass(frozen=True)
class Lengths:
    """Characters: the middle one, the one that nine in ten do not exceed, the longest."""

    median: int
    ninth_tenth: int
    longest: int


def lengths(texts: Sequence[str]) -> Lengths:
    """Of texts in any order; at least one."""
    order = sorted(len(text) for text in texts)
    return Lengths(order[len(order) // 2], order[len(order) * 9 // 10], order[-1])


def language(text: str) -> str:
    """`zh`, `mixed` or `other`, by the share of Han characters among those that are no white space."""
    visible = len("".join(text.split()))
    share = count_han(text) / visible if visible else 0.0
    return "zh" if share >= _CHINESE else "mixed" if share >= _MIXED else "other"


def advice(examples: int) -> str:
    """A code for what so many examples are good for (FACTS.md, section 1).

    `few`: below 100. `some`: 156 already beat the untuned model in a published task. `enough`: quality
    before size, as LIMA's 1,000. `plenty`: beyond Alpaca's 52k, variety counts, not number.
    """
    if examples < _LITTLE:
        return "few"
    return "some" if examples < _SOME else "enough" if examples < _PLENTY else "plenty"


def summary(dataset: Dataset) -> DataSummary:
    """Lengths in characters, repeats, languages of the answers, and advice on quantity."""
    answers = [turn.written for e in dataset.examples for turn in e.turns if turn.is_target]
    prompts, targets = lengths([e.prompt for e in dataset.examples]), lengths(answers)
    return DataSummary(
        rows=len(dataset.examples) + len(dataset.skipped),
        prompt_chars=vars(prompts),
        target_chars=vars(targets),
        languages=dict(Counter(language(text) for text in answers)),
        repeated_rows=len(dataset.examples) - len({e.id for e in dataset.examples}),
        repeated_answers=len(answers) - len(set(answers)),
        skipped=dict(Counter(row.reason for row in dataset.skipped)),
        advice=advice(len(dataset.examples)),
        near_repeats=near_repeats(dataset.examples),
    )


def preview(examples: Iterable[Example], layout: Layout) -> list[list[dict[str, Any]]]:
    """The first rows as the model will see them: pieces of text, and whether each is trained on.

    Rows that the layout does not take are passed over. Problem: the first one's, where it takes none.
    """
    rows: list[list[dict[str, Any]]] = []
    first: Problem | None = None
    for example in examples:
        try:
            pieces = layout(example)
        except Problem as problem:
            first = first or problem
            continue
        rows.append([{"text": piece.text, "trained": piece.trained} for piece in pieces if piece.text])
        if len(rows) == PREVIEWED:
            break
    if first is not None and not rows:
        raise first
    return rows
