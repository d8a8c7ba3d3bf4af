"""The rows that a trial was trained on, as each tool reads them: text in pieces, each trained on or not.

The pieces carry everything: the layout's marks, the begin and end tokens as text. A tool that cuts them one
by one, adding nothing, trains on the ids of the trial; where a tokenizer cuts a piece otherwise by itself
than inside its row, the rows carry their ids (`with_ids`).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

TRAIN, HELD_OUT, IDS = "rows.jsonl", "held-out.jsonl", "ids"
"""Files of rows, and the folder of the ids for a tool that reads no JSON of them."""
LEFT_OUT = -100
"""The label of a token that is not trained on, in every tool."""


@dataclass(frozen=True)
class Piece:
    """Text that is `trained` on, or only read."""

    text: str
    trained: bool


@dataclass(frozen=True)
class Row:
    """`said`: its messages, or its text where it is no dialogue. `targets` are positions in `ids`."""

    said: Mapping[str, Any]
    pieces: tuple[Piece, ...]
    ids: tuple[int, ...]
    targets: tuple[int, ...]


@dataclass(frozen=True)
class Written:
    """What a tool's configuration must know of the rows beside it.

    `with_ids`: they carry ids. `held_out`: there is a file of held-out rows. `longest` is in tokens.
    `template` is the model's own by name (see catalog.export.templates), `system` what that says where a
    row says nothing.
    """

    with_ids: bool = False
    held_out: bool = True
    longest: int = 0
    template: str | None = None
    system: str = ""


def pairs(pieces: Iterable[Piece]) -> tuple[Piece, ...]:
    """The same text as questions and answers in turn: not trained, trained, not trained, ..., trained."""
    found: list[Piece] = [Piece("", False)]
    for piece in pieces:
        if piece.trained == found[-1].trained:
            found[-1] = Piece(found[-1].text + piece.text, piece.trained)
        else:
            found.append(piece)
    return tuple(found if found[-1].trained else [*found, Piece("", True)])


def line(tool: str, row: Row, with_ids: bool = False) -> dict[str, Any]:
    """The row as `tool` reads it, as JSON."""
    if tool == "ms-swift":
        return {"messages": [{"role": _role(piece), "content": piece.text} for piece in row.pieces]}
    if with_ids or tool == "xtuner":  # which would put a begin token before its text, wanted or not
        return ids(row) if tool == "axolotl" else {**row.said, **ids(row)}  # Axolotl takes no other column
    marked = [{"role": _role(piece), "label": piece.trained, "text": piece.text} for piece in row.pieces]
    return {**row.said, "segments": marked}


def ids(row: Row) -> dict[str, list[int]]:
    """The columns of a row that is cut already."""
    trained = set(row.targets)
    labels = [token if at in trained else LEFT_OUT for at, token in enumerate(row.ids)]
    return {"input_ids": list(row.ids), "attention_mask": [1] * len(row.ids), "labels": labels}


def _role(piece: Piece) -> str:
    return "assistant" if piece.trained else "user"
