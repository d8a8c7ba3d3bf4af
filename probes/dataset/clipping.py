"""Examples within a number of characters: documents give way first, instructions and rules last."""

from collections.abc import Sequence
from dataclasses import replace

from probes.dataset.examples import Example, Turn

LEAST = 64
"""Characters that a question keeps before the oldest exchange of its dialogue is dropped instead."""
GAP = "…"
"""Stands where something was cut out of a question."""


def clip(example: Example, max_chars: int) -> Example:
    """The example within `max_chars` characters, so that all models read and answer the same text.

    The last answer keeps its beginning, up to three quarters of the room. Of what stands before it, first
    documents lose their ends, then questions their middles, the longest first; then the oldest exchanges
    go, and at last system prompts lose their middles. Answers before the last stay whole or go.
    """
    size = _size(example.turns)
    if size <= max_chars:
        return example
    *before, last = example.turns
    room = max(max_chars - _size(before), max_chars * 3 // 4)
    answer = last if len(last.written) <= room else Turn("assistant", last.written[:room].rstrip())
    turns = (*_fitted(before, max_chars - len(answer.written)), answer)
    return replace(example, turns=turns, cut=answer is not last, lost=size - _size(turns))


def _size(turns: Sequence[Turn]) -> int:
    return sum(len(turn.written) for turn in turns)


def _fitted(turns: Sequence[Turn], room: int) -> list[Turn]:
    """The turns within so many characters."""
    kept = list(turns)
    while (later := _without_oldest(kept)) is not None and _least(kept) > room:
        kept = later
    if _least(kept) > room:  # calls and results between question and answer do not fit
        kept = [turn for turn in kept if turn.role in ("system", "user")]
    for gives in (_document, _question, _elastic):
        sizes = [gives(turn) for turn in kept]
        fixed = _size(kept) - sum(sizes)
        least = 0 if gives is not _question else sum(min(size, LEAST) for size in sizes)
        if fixed + least <= room or gives is _elastic:
            left = _levelled(sizes, max(0, room - fixed))
            return [
                _shortened(turn, len(turn.written) - size + share) if share < size else turn
                for turn, size, share in zip(kept, sizes, left, strict=True)
            ]
    raise AssertionError("the last one always gives")


def _document(turn: Turn) -> int:
    return turn.document[1] - turn.document[0] if turn.document else 0


def _question(turn: Turn) -> int:
    return len(turn.text) if turn.role not in ("system", "assistant") else 0


def _elastic(turn: Turn) -> int:
    return len(turn.text) if turn.role != "assistant" else 0


def _least(turns: Sequence[Turn]) -> int:
    return sum(min(len(turn.text), LEAST) if _elastic(turn) else len(turn.written) for turn in turns)


def _without_oldest(turns: Sequence[Turn]) -> list[Turn] | None:
    """Without the first question and all up to the next; None where there is but one."""
    asked = [index for index, turn in enumerate(turns) if turn.role == "user"]
    if len(asked) < 2:
        return None
    return [turn for turn in turns[: asked[1]] if turn.role == "system"] + list(turns[asked[1] :])


def _levelled(sizes: Sequence[int], room: int) -> list[int]:
    """What of `sizes` each may keep within `room`: the longest are cut to one length."""
    level, left = 0, room
    waiting = sorted(sizes)
    for place, size in enumerate(waiting):
        level = left // (len(waiting) - place)
        if size > level:
            break
        left -= size
        level = size
    return [min(size, level) for size in sizes]


def _shortened(turn: Turn, size: int) -> Turn:
    """A question within `size` characters: its document without its end, else all without its middle."""
    text = turn.text
    if turn.document is not None:
        start, end = turn.document
        kept = max(0, end - start - (len(text) - size) - len(GAP))
        text = text[: start + kept] + GAP + text[end:]
    if len(text) > size:
        head = max(0, size - len(GAP)) // 2
        tail = max(0, size - len(GAP)) - head
        text = text[:head] + GAP[:size] + text[len(text) - tail :]
    return replace(turn, text=text, document=None)
