"""What commands write: one JSON object, or tables for people, on stdout; everything else on stderr."""

import json
import math
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

from tui.cli.terminal import columns_of_stdout, put
from tui.foreign import clean, clean_json, clean_line, fitted
from tui.strings import default_language, say

SCHEMA = 1
_LEAST_CELLS = 12
"""Of a foreign name in a table, however narrow the terminal."""


def print_json(kind: str, payload: Mapping[str, Any]) -> None:
    """The one JSON object of a command; in ASCII where stdout is not UTF-8, which JSON is."""
    document = {"schema": SCHEMA, "kind": kind} | dict(payload)
    narrow = (sys.stdout.encoding or "").lower().replace("-", "") != "utf8"
    put(clean_json(json.dumps(document, ensure_ascii=narrow, indent=2, default=_plain)) + "\n")


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"no JSON for {type(value).__name__}")


def words(key: str, **params: Any) -> str:
    """The words for `key` in the person's language."""
    return say(key, default_language(), **params)


def print_line(text: str = "") -> None:
    put(text + "\n")


def tell(text: str) -> None:
    """A line beside the answer: on stderr. Where nobody listens there, the work goes on."""
    with suppress(OSError):
        sys.stderr.write(clean(text) + "\n")


def print_table(columns: Sequence[str], rows: Sequence[Sequence[str]], left: int = 1) -> None:
    """Aligned columns, the first `left` to the left and the rest to the right; Han takes two cells.

    On a terminal too narrow for them, cells with escapes, longer than the names they stand for, are cut.
    """
    from rich.cells import cell_len

    given = (columns, *rows)
    shown = [[clean_line(cell) for cell in row] for row in given]
    widths = [max(map(cell_len, column)) for column in zip(*shown, strict=True)]
    excess = sum(widths) + 2 * (len(widths) - 1) - (columns_of_stdout() or math.inf)
    if excess > 0:
        room = [max(_LEAST_CELLS, width - int(excess)) for width in widths]
        shown = [
            [cell if cell == foreign else fitted(foreign, most) for cell, foreign, most in cells]
            for cells in (zip(*both, room, strict=True) for both in zip(shown, given, strict=True))
        ]
        widths = [max(map(cell_len, column)) for column in zip(*shown, strict=True)]
    for row in shown:
        cells = []
        for i, (cell, width) in enumerate(zip(row, widths, strict=True)):
            gap = " " * (width - cell_len(cell))
            cells.append(cell + gap if i < left else gap + cell)
        print_line("  ".join(cells).rstrip())
