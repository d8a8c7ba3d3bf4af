"""From segments of text to ids, with the positions that are trained and scored."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Protocol

from catalog.problem import Problem
from probes.dataset.examples import Example
from probes.dataset.layouts import Layout, Segment
from probes.dataset.rows import Skipped

MOST_COSTLY = 3
"""Rows whose layout may be stopped for the time or memory it takes, before the rest is not tried."""


class Cutter(Protocol):
    """What is asked of a tokenizer; probes.tokenization.TextTokenizer is one."""

    prefix_ids: tuple[int, ...]

    def encode(self, text: str) -> list[int]:
        """The ids of `text`, nothing added."""

    def encode_with_offsets(self, text: str) -> tuple[list[int], list[tuple[int, int]]]:
        """The ids, and the characters each stands for."""

    def decode(self, ids: Sequence[int]) -> str:
        """The text of the ids."""


@dataclass(frozen=True)
class Encoded:
    """One example as ids. `targets` are the positions in `ids` that are predicted: never position 0.

    `bytes` are the UTF-8 bytes of its answers, without the end marks; `unthought` counts the answers whose
    thoughts the layout leaves out.
    """

    id: str
    ids: tuple[int, ...]
    targets: tuple[int, ...]
    bytes: int
    unthought: int = 0


class TemplateCutter:
    """A transformers tokenizer that reads the special tokens a chat template writes; adds none itself."""

    prefix_ids: tuple[int, ...] = ()

    def __init__(self, tokenizer: object) -> None:
        self._tokenizer = tokenizer

    def encode(self, text: str) -> list[int]:
        """See Cutter."""
        return self.encode_with_offsets(text)[0]

    def encode_with_offsets(self, text: str) -> tuple[list[int], list[tuple[int, int]]]:
        """See Cutter. NotImplementedError from a tokenizer without offsets."""
        found = self._tokenizer(  # type: ignore[operator]
            text, add_special_tokens=False, return_offsets_mapping=True
        )
        return list(found["input_ids"]), [tuple(pair) for pair in found["offset_mapping"]]

    def decode(self, ids: Sequence[int]) -> str:
        """See Cutter; special tokens are left out."""
        return str(self._tokenizer.decode(ids, skip_special_tokens=True))  # type: ignore[attr-defined]


def encode(example: Example, layout: Layout, cutter: Cutter, end: int | None) -> Encoded:
    """The whole example; `end` is the id that ends an answer, None where the model has none."""
    segments = layout(example)
    pieces = [(piece, False) for piece in cutter.prefix_ids] + _pieces(segments, cutter, end)
    targets = tuple(at for at, (_, trained) in enumerate(pieces) if trained and at)
    size = sum(segment.answer_bytes for segment in segments if segment.trained)
    unthought = sum(segment.unthought for segment in segments if segment.trained)
    return Encoded(example.id, tuple(piece for piece, _ in pieces), targets, size, unthought)


def encode_prompt(example: Example, layout: Layout, cutter: Cutter, end: int | None) -> list[int]:
    """The ids before the last answer: where generation begins."""
    segments = layout(example)
    last = max(index for index, segment in enumerate(segments) if segment.trained)
    return [*cutter.prefix_ids, *(piece for piece, _ in _pieces(segments[:last], cutter, end))]


def _pieces(segments: Sequence[Segment], cutter: Cutter, end: int | None) -> list[tuple[int, bool]]:
    """The ids of the text, end marks between, and whether each is trained."""
    found: list[tuple[int, bool]] = []
    for run in _runs(segments):
        found += _tokens(run, cutter)
        if run[-1].ends and end is not None:
            found.append((end, run[-1].trained))
    return found


def _runs(segments: Sequence[Segment]) -> list[list[Segment]]:
    """Segments between end marks: each run is tokenized as one text."""
    runs: list[list[Segment]] = []
    open_run: list[Segment] = []
    for segment in segments:
        open_run.append(segment)
        if segment.ends:
            runs.append(open_run)
            open_run = []
    return [*runs, open_run] if open_run else runs


def _tokens(run: Sequence[Segment], cutter: Cutter) -> list[tuple[int, bool]]:
    """Ids and whether each is trained. A token belongs where its first character lies.

    Where a token would reach from a prompt into its answer, the parts are tokenized one by one: so they
    come to the model when it generates.
    """
    text = "".join(segment.text for segment in run)
    ids, offsets = cutter.encode_with_offsets(text)
    edges = list(accumulate(len(segment.text) for segment in run))
    found: list[tuple[int, bool]] = []
    index = 0
    for token, (start, stop) in zip(ids, offsets, strict=True):
        while index < len(run) - 1 and start >= edges[index]:
            index += 1
        if stop > edges[index] and index < len(run) - 1:
            return [(piece, part.trained) for part in run for piece in cutter.encode(part.text)]
        found.append((token, run[index].trained))
    return found


def encode_all(
    examples: Sequence[Example], layout: Layout, cutter: Cutter, end: int | None, context: int
) -> tuple[list[Encoded], int, tuple[Skipped, ...]]:
    """The examples that the context holds, how many are longer, and those that the layout does not take.

    Problems: those of `fitting`; the layout's own where it takes none, or MOST_COSTLY times took too much.
    """
    rows: list[Encoded] = []
    refused: list[Skipped] = []
    first: Problem | None = None
    for example in examples:
        try:
            rows.append(encode(example, layout, cutter, end))
        except Problem as problem:
            first = first or problem
            refused.append(Skipped(example.number, problem.code))
            if sum(row.reason == "chat-template-costly" for row in refused) >= MOST_COSTLY:
                raise
    if first is not None and not rows:
        raise first
    return *fitting(rows, context), tuple(refused)


def fitting(rows: Sequence[Encoded], context: int) -> tuple[list[Encoded], int]:
    """The rows of the examples that the context holds whole, and how many examples it does not.

    Problems: example-exceeds-context where none fits; no-trained-token where nothing is to be learnt.
    """
    examples = {row.id for row in rows}
    if not any(row.targets for row in rows):
        raise Problem("no-trained-token", examples=len(examples))
    left_out = {row.id for row in rows if len(row.ids) > context or not row.targets}
    kept = [row for row in rows if row.id not in left_out]
    if not kept:
        shortest = min(len(row.ids) for row in rows)
        raise Problem("example-exceeds-context", tokens=shortest, context=context)
    return kept, len(left_out)
