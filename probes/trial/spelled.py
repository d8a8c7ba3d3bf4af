"""A trial's examples as rows for other tools: what they say, and the text of their ids in pieces."""

import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from catalog.export.rows import Piece, Row, pairs
from probes import chatglm
from probes.dataset.examples import Example
from probes.dataset.layouts import Layout
from probes.templates.places import Message
from probes.training.encode import Encoded

Spell = Callable[[Example, Sequence[Encoded]], list[Row]]
"""An example and the rows that it was encoded to -> the same rows with their text."""
Cut = Callable[[str], list[int]]
"""Text to ids as tools do it: special tokens in the text are read, none is added."""


def spelled(examples: Sequence[Example], encoded: Sequence[Encoded], spell: Spell) -> Iterator[Row]:
    """The rows of those examples that were encoded, in the order of the examples."""
    rows: dict[str, list[Encoded]] = {}
    for one in encoded:
        rows.setdefault(one.id, []).append(one)
    for example in examples:
        if example.id in rows:
            yield from spell(example, rows[example.id])


def by_layout(layout: Layout, prefix: str, end: str) -> Spell:
    """One row an example, in segments of the layout; `prefix` and `end` are the tokens' own texts."""

    def spell(example: Example, encoded: Sequence[Encoded]) -> list[Row]:
        pieces = [Piece(prefix, False)]
        for segment in layout(example):
            pieces.append(Piece(segment.text + (end if segment.ends else ""), segment.trained))
        return [Row(_said(example), pairs(pieces), one.ids, one.targets) for one in encoded]

    return spell


def by_chatglm(directory: Path) -> Spell:
    """One row an answer, under all that came before it. Tools cut its marks otherwise: the ids count."""
    tokenizer = chatglm.load_tokenizer(directory)

    def spell(example: Example, encoded: Sequence[Encoded]) -> list[Row]:
        answers = [at for at, turn in enumerate(example.turns) if turn.is_target]
        rows = []
        for at, one in zip(answers, encoded, strict=True):
            begin = one.targets[0]
            shown = (
                Piece(tokenizer.shown(one.ids[:begin]), False),
                Piece(tokenizer.shown(one.ids[begin:]), True),
            )
            rows.append(Row(_said(example, at + 1), pairs(shown), one.ids, one.targets))
        return rows

    return spell


def cuts_alike(row: Row, cut: Cut) -> bool:
    """Whether the pieces, each cut by itself, give the row's ids and what is trained of them.

    The first id of all is never predicted, so it does not matter whether it counts as trained.
    """
    found: list[tuple[int, bool]] = []
    for piece in row.pieces:
        found += [(token, piece.trained) for token in cut(piece.text)] if piece.text else []
    targets = set(row.targets)
    return [token for token, _ in found] == list(row.ids) and all(
        trained == (at in targets) for at, (_, trained) in enumerate(found) if at
    )


def _said(example: Example, turns: int | None = None) -> dict[str, Any]:
    """`messages` of the first `turns` with their `tools`, or the `text` of a row that is no dialogue.

    What a call hands over is JSON text, as OpenAI writes it: its shape differs from row to row.
    """
    if len(example.turns) == 1:
        return {"text": example.target}
    tools = {"tools": example.tools} if example.tools else {}
    return {"messages": [_written(message) for message in example.messages()[:turns]]} | tools


def _written(message: Message) -> Message:
    calls = message.get("tool_calls")
    if not calls:
        return message
    return message | {"tool_calls": [_call(one) for one in calls]}


def _call(call: dict[str, Any]) -> dict[str, Any]:
    function = call["function"]
    arguments = json.dumps(function["arguments"], ensure_ascii=False)
    return call | {"function": function | {"arguments": arguments}}
