"""The values of one row by column: found under several names, empty or text, and which were read."""

import ast
import json
import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, time
from decimal import Decimal
from functools import lru_cache
from typing import Any

from catalog.bounded_json import MOST_DEPTH, shallow

SAID_CHARS = 60
"""Of a value that is quoted as an example."""
_WRITTEN_BYTES = 2**20
"""Of a list as Python writes it: beyond it is left a text."""


class RowError(Exception):
    """A row that does not hold what its form asks for: `reason` is a code, `said` what stands there."""

    def __init__(self, reason: str, said: Any = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.said = as_said(said)


@dataclass
class Notes:
    """What is found out over all rows: columns that were read, keys of messages that were not, how many
    answers were rejected ones. `base` is the number of the first option where answers are numbers.
    """

    used: set[str] = field(default_factory=set)
    unread: dict[str, None] = field(default_factory=dict)
    rejected: int = 0
    base: int = 0


def as_said(value: Any) -> str:
    """The beginning of what a value says, to be quoted."""
    said = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    return said[:SAID_CHARS]


def folded(name: str) -> str:
    """A column's name without what makes no difference: case and outer white space."""
    return name.strip().casefold()


@lru_cache(maxsize=64)
def _by_folded(columns: tuple[str, ...]) -> Mapping[str, str]:
    """Each column by its folded name, the first of several; the rows of a file have few sets of columns."""
    return {folded(name): name for name in reversed(columns)}


def is_empty(value: Any) -> bool:
    """None, NaN, white space, an empty list or object."""
    if isinstance(value, float):
        return math.isnan(value)
    if isinstance(value, str):
        return not value.strip()
    return value is None or (isinstance(value, list | dict) and not value)


def as_text(value: Any) -> str:
    """Text as it is; numbers, lists and objects as JSON; what is empty as "". RowError not-text."""
    if isinstance(value, str):
        return value
    if isinstance(value, date | time | bytes):
        return _without_json(value)
    return "" if is_empty(value) else as_json(value)


def as_json(value: Any) -> str:
    """The value as JSON, dates in ISO's form. RowError not-text for what has no form there."""
    try:
        return json.dumps(_plain(value), ensure_ascii=False, default=_without_json)
    except TypeError as error:  # a key that is no text
        raise RowError("not-text") from error


def _without_json(value: Any) -> str:
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    raise RowError("not-text")


def _plain(value: Any) -> Any:
    """The value without NaN, which JSON does not have."""
    if isinstance(value, dict):
        return {name: _plain(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def unpacked(value: Any) -> Any:
    """A list or object that was written as text, by JSON or by Python (`df.to_csv`); else the value."""
    if not isinstance(value, str) or value.strip()[:1] not in ("[", "{"):
        return value
    try:
        return shallow(value)
    except ValueError:
        pass
    if len(value) > _WRITTEN_BYTES or sum(map(value.count, "[{(")) > MOST_DEPTH * 100:
        return value
    try:
        return json.loads(as_json(ast.literal_eval(value.strip())))
    except (ValueError, SyntaxError, MemoryError, RecursionError, TypeError, RowError):
        return value


class Cells:
    """One row. A name (as `folded` writes it) finds its column in any case."""

    def __init__(self, row: Mapping[str, Any], notes: Notes) -> None:
        self.row, self.notes = row, notes
        self._columns = _by_folded(tuple(row))

    def column(self, name: str) -> str | None:
        """The row's own column of this name."""
        return name if name in self.row else self._columns.get(name)

    def take(
        self, names: Iterable[str], wanted: Callable[[Any], bool] = lambda value: True
    ) -> tuple[str, Any]:
        """The first of these columns that holds something `wanted`, and what; ("", None) if none does."""
        for name in names:
            column = self.column(name)
            if column is not None and not is_empty(self.row[column]) and wanted(self.row[column]):
                self.notes.used.add(column)
                return name, self.row[column]
        return "", None

    def text(self, names: Iterable[str]) -> str:
        """What the first of these columns that holds something says; "" where none does."""
        return as_text(self.take(names)[1])

    def need(self, names: tuple[str, ...]) -> tuple[str, Any]:
        """The first of these columns that holds something, and what. RowError empty-NAME, no-NAME."""
        name, found = self.take(names)
        if not name:
            there = next((name for name in names if self.column(name) is not None), None)
            raise RowError(f"empty-{there}" if there else f"no-{names[0]}")
        return name, found
