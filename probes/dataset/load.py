"""A dataset as the trial uses it: its format said aloud, its examples, and what was left out and why."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from catalog.problem import Problem
from probes.dataset.examples import Example
from probes.dataset.formats import choose
from probes.dataset.forms.cells import Notes, RowError, as_said, is_empty, unpacked
from probes.dataset.forms.form import Form, convert, notes_of
from probes.dataset.rows import Rows, Skipped, read_rows

MINIMUM_EXAMPLES = 20
"""Below this neither a holdout nor a training set says anything."""
_LOOKED_INTO = 100
"""Rows by which a column's inner keys are known."""
_REASONS = 3
_COLUMN_SHARE = 0.5
"""A column counts as the file's own when this share of its rows has it."""


@dataclass(frozen=True)
class Dataset:
    """`sha256` is of the file's bytes, `skipped` the rows that could not be used, in file order.

    `columns` are those of the question and of the answer, and of what stands before the question where
    rows have it; None for dialogues and plain text. `unused` are columns, and keys of messages, that hold
    something and were not read. `rejected` answers of preference data were left out.
    """

    path: str
    format: str
    examples: tuple[Example, ...]
    skipped: tuple[Skipped, ...]
    sha256: str
    columns: tuple[str, ...] | None = None
    unused: tuple[str, ...] = ()
    rejected: int = 0


def load_dataset(
    path: str | Path,
    format: str | None = None,
    columns: tuple[str, str] | None = None,
    minimum: int = MINIMUM_EXAMPLES,
    encoding: str | None = None,
) -> Dataset:
    """Read and convert a dataset. `columns` names the prompt's and the target's column, `encoding` None is
    UTF-8.

    Problems: those of read_rows and formats.choose; data-no-usable-rows; data-too-few, data-too-few-chosen
    of preference data and, where repeats are the reason, data-too-few-different.
    """
    rows = read_rows(Path(path), encoding)
    if not rows.rows:
        raise _no_usable(rows, Path(path).suffix[1:], rows.skipped)
    there = _columns(rows)
    form = choose(str(path), there, format, columns, _inner(rows))
    notes = notes_of(form, (row for _, row in rows.rows))
    examples, skipped = _convert(rows, form, notes)
    if not examples:
        raise _no_usable(rows, form.name, skipped)
    if len(examples) < minimum and notes.rejected:
        raise Problem(
            "data-too-few-chosen",
            path=str(path),
            usable=len(examples),
            rejected=notes.rejected,
            needed=minimum,
        )
    if len(examples) < minimum:
        raise Problem("data-too-few", path=str(path), usable=len(examples), needed=minimum)
    different = len({example.id for example in examples})
    if different < minimum:
        raise Problem(
            "data-too-few-different", path=str(path), rows=len(examples), usable=different, needed=minimum
        )
    return Dataset(
        path=str(path),
        format=form.name,
        examples=tuple(examples),
        skipped=tuple(skipped),
        sha256=rows.sha256,
        columns=form.columns(there),
        unused=_unused(rows, notes),
        rejected=notes.rejected,
    )


def _columns(rows: Rows) -> tuple[str, ...]:
    """Columns that at least half the rows have, in the order they first appear."""
    counts = Counter(name for _, row in rows.rows for name in row)
    return tuple(name for name, count in counts.items() if count >= _COLUMN_SHARE * len(rows.rows))


def _inner(rows: Rows) -> dict[str, set[str]]:
    """Column -> the keys of the objects in its list, of the first rows; "" where texts stand in it."""
    keys: dict[str, set[str]] = {}
    for _, row in rows.rows[:_LOOKED_INTO]:
        for name, value in row.items():
            found = unpacked(value)
            parts = found if isinstance(found, list) else []
            there = [part if isinstance(part, dict) else ("",) for part in parts if part]
            keys.setdefault(name, set()).update(str(key) for part in there for key in part)
    return keys


def _unused(rows: Rows, notes: Notes) -> tuple[str, ...]:
    """Columns that hold something in some row and were read in none, then what messages hold beside."""
    there = dict.fromkeys(
        name
        for _, row in rows.rows
        for name, value in row.items()
        if name not in notes.used and not is_empty(value)
    )
    return (*there, *notes.unread)


def _no_usable(found: Rows, form: str, skipped: Sequence[Skipped]) -> Problem:
    """The three most common reasons, how many rows each, and the first of these with what it says there, or
    how it begins.
    """
    held = dict(found.rows)
    common = Counter(row.reason for row in skipped).most_common(_REASONS)
    firsts = {row.reason: row for row in reversed(skipped)}
    why: list[dict[str, str | int]] = [
        {
            "reason": reason,
            "rows": count,
            "row": first.number,
            "said": first.said or as_said(held.get(first.number, "")),
        }
        for reason, count in common
        if (first := firsts[reason])
    ]
    rows, reason = len(skipped), common[0][0]
    return Problem("data-no-usable-rows", path=found.path, format=form, rows=rows, reason=reason, why=why)


def _convert(rows: Rows, form: Form, notes: Notes) -> tuple[list[Example], list[Skipped]]:
    examples: list[Example] = []
    skipped = list(rows.skipped)
    for number, row in rows.rows:
        try:
            examples.append(_writable(convert(form, row, number, notes)))
        except RowError as error:
            skipped.append(Skipped(number, error.reason, error.said))
    return examples, sorted(skipped, key=lambda row: row.number)


def _writable(example: Example) -> Example:
    """It, where all its text can be written: half of a surrogate pair (a JSON escape cut in two) cannot."""
    try:
        _ = example.id
        example.database.encode()
    except UnicodeEncodeError as error:
        raise RowError("not-text", error.object[max(0, error.start - 10) : error.end]) from error
    return example
