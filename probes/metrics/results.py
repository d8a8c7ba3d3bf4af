"""Rows of two queries compared: columns in any order, numbers within rounding, ties as they fall."""

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

RELATIVE = 1e-9
"""Two numbers, not both whole, are the same within this share: sums in another order differ by less."""

Row = tuple[Any, ...]


@dataclass(frozen=True)
class Wanted:
    """The rows a right answer may give: those of `rows`, each in a group, in the order of `places`.

    `places[i]` is the group that the answer's row i must come from, so its length is the number of rows.
    Rows that no order tells apart are one group; a last group may hold more rows than are asked for.
    """

    rows: Sequence[Row]
    groups: Sequence[int]
    places: Sequence[int]


def unordered(rows: Sequence[Row]) -> Wanted:
    """Just these rows, in any order."""
    return Wanted(rows, [0] * len(rows), [0] * len(rows))


def in_order(rows: Sequence[Row]) -> Wanted:
    """Just these rows, just so."""
    return Wanted(rows, range(len(rows)), range(len(rows)))


def with_ties(rows: Sequence[Row], keys: Sequence[Row], skipped: int, most: int | None) -> Wanted:
    """Rows ordered by `keys`, of which all but `skipped` are asked for, `most` of them at most."""
    groups: list[int] = []
    for index, key in enumerate(keys):
        groups.append(index if not index or key != keys[index - 1] else groups[-1])
    return Wanted(rows, groups, groups[skipped:] if most is None else groups[skipped : skipped + most])


def same(found: Sequence[Row], wanted: Wanted) -> bool:
    """Whether `found` are rows as wanted, for some order of their columns (as the Spider suite allows)."""
    if len(found) != len(wanted.places):
        return False
    if not found:
        return True
    if len(found[0]) != len(wanted.rows[0]):
        return False
    alike = _alike(value for row in (*found, *wanted.rows) for value in row)
    theirs, ours = (
        [tuple(alike.get(value, value) for value in row) for row in rows] for rows in (found, wanted.rows)
    )
    if Counter(zip(wanted.places, theirs, strict=True)) <= Counter(zip(wanted.groups, ours, strict=True)):
        return True
    columns = list(zip(*theirs, strict=True)), list(zip(*ours, strict=True))
    return _match(list(wanted.places), columns[0], list(wanted.groups), columns[1])


def _alike(values: Iterator[Any]) -> dict[Any, Any]:
    """Each number and the one that stands for it: neighbours within RELATIVE are one, if not both whole."""
    stands: dict[Any, Any] = {}
    before: Any = None
    for value in sorted({value for value in values if isinstance(value, int | float)}):
        whole = isinstance(value, int) and isinstance(before, int)
        near = before is not None and not whole and math.isclose(value, before, rel_tol=RELATIVE)
        stands[value] = stands[before] if near else value
        before = value
    return stands


def _match(theirs: list[int], left: list[Row], ours: list[int], wanted: list[Row]) -> bool:
    """Whether the columns `left` can be put in the order of `wanted`.

    `theirs` and `ours` number the rows by what the columns so far hold: a column fits where no such number
    is more frequent among the found rows than among the wanted. The two ints of a row say all before it.
    """
    if not wanted:
        return True
    tried = set()
    for index, column in enumerate(left):
        if column in tried:
            continue
        tried.add(column)
        numbers: dict[tuple[int, Any], int] = {}
        next_ours = [numbers.setdefault(pair, len(numbers)) for pair in zip(ours, wanted[0], strict=True)]
        next_theirs = [numbers.setdefault(pair, len(numbers)) for pair in zip(theirs, column, strict=True)]
        if not Counter(next_theirs) <= Counter(next_ours):
            continue
        if _match(next_theirs, left[:index] + left[index + 1 :], next_ours, wanted[1:]):
            return True
    return False
