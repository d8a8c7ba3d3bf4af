"""A dataset as the trial uses it: its format said aloud, its examples, and what was left out and why."""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from catalog.problem import Problem
from probes.dataset.examples import Example
from probes.dataset.formats import Format, RowError, choose
from probes.dataset.rows import Rows, Skipped, read_rows

MINIMUM_EXAMPLES = 20
"""Below this neither a holdout nor a training set says anything."""
_COLUMN_SHARE = 0.5
"""A column counts as the file's own when this share of its rows has it."""


@dataclass(frozen=True)
class Dataset:
    """`sha256` is of the file's bytes, `skipped` the rows that could not be used, in file order.

    `columns` are those of the question and of the answer, and of what stands before the question where
    rows have it; None for dialogues and plain text.
    """

    path: str
    format: str
    examples: tuple[Example, ...]
    skipped: tuple[Skipped, ...]
    sha256: str
    columns: tuple[str, ...] | None = None


def load_dataset(
    path: str | Path,
    format: str | None = None,
    columns: tuple[str, str] | None = None,
    minimum: int = MINIMUM_EXAMPLES,
) -> Dataset:
    """Read and convert a dataset. `columns` names the prompt's and the target's column.

    Problems: those of read_rows and formats.choose; data-no-usable-rows; data-too-few and, where
    repeats are the reason, data-too-few-different.
    """
    rows = read_rows(Path(path))
    chosen = choose(str(path), _columns(rows), format, columns)
    examples, skipped = _convert(rows, chosen)
    if not examples:
        reason = Counter(row.reason for row in skipped).most_common(1)[0][0]
        raise Problem("data-no-usable-rows", path=str(path), rows=len(skipped), reason=reason)
    if len(examples) < minimum:
        raise Problem("data-too-few", path=str(path), usable=len(examples), needed=minimum)
    different = len({example.id for example in examples})
    if different < minimum:
        raise Problem(
            "data-too-few-different", path=str(path), rows=len(examples), usable=different, needed=minimum
        )
    named = chosen.columns(_columns(rows))
    return Dataset(str(path), chosen.name, tuple(examples), tuple(skipped), rows.sha256, named)


def _columns(rows: Rows) -> tuple[str, ...]:
    """Columns that at least half the rows have, in the order they first appear."""
    counts = Counter(name for _, row in rows.rows for name in row)
    return tuple(name for name, count in counts.items() if count >= _COLUMN_SHARE * len(rows.rows))


def _convert(rows: Rows, form: Format) -> tuple[list[Example], list[Skipped]]:
    examples: list[Example] = []
    skipped = list(rows.skipped)
    for number, row in rows.rows:
        try:
            examples.append(form.convert(row, number))
        except RowError as error:
            skipped.append(Skipped(number, error.reason))
    return examples, sorted(skipped, key=lambda row: row.number)
