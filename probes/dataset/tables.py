"""CSV and TSV as people have them: any delimiter, an index column, trailing commas, stray quotes."""

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

DELIMITERS = {".csv": ",;\t|", ".tsv": "\t;,|"}
"""By ending, the likeliest first."""
_NO_DELIMITER = "\x1f"
"""Of a table of one column: the separator that no text has."""
_LOOKED_AT = 50
"""Rows by which a delimiter is chosen."""
_NULLS = frozenset(("NaN", "nan", "<NA>", "NULL", "null"))
"""How pandas' na_rep and SQL write an empty cell; `datasets` reads them so."""

Record = list[str]
Row = dict[str, Any]
Numbered = list[tuple[int, Row]]


def read_table(text: str, suffix: str) -> tuple[Numbered, list[tuple[int, str]]]:
    """The rows with their numbers from 1, and those of other columns than the header with what they say.

    `suffix` is the file's ending.
    """
    records = _records(text, _delimiter(text, DELIMITERS[suffix]))
    if not records:
        return [], []
    names, body = _named(records[0]), records[1:]
    shift = _has_unnamed_index(names, body)
    rows: Numbered = []
    differing: list[tuple[int, str]] = []
    for number, record in enumerate(body, 1):
        cells = record[shift:]
        if _fits(cells, names):
            held = zip(names, cells, strict=False)
            rows.append((number, {name: _value(cell) for name, cell in held if name}))
        else:
            differing.append((number, " | ".join(record)))
    return rows, differing


def _value(cell: str) -> str | None:
    return None if cell in _NULLS else cell


def _named(header: Sequence[str]) -> list[str]:
    """The columns' names, repeated ones numbered as pandas does; "" for a column without one."""
    seen: Counter[str] = Counter()
    names = []
    for cell in header:
        name = cell.strip()
        names.append(f"{name}.{seen[name]}" if name and seen[name] else name)
        seen[name] += 1
    return names


def _width(names: Sequence[str]) -> int:
    """Columns up to the last that has a name."""
    return max((place for place, name in enumerate(names, 1) if name), default=0)


def _fits(cells: Sequence[str], names: Sequence[str]) -> bool:
    """Whether a row has the header's columns, and nothing beyond them."""
    return len(cells) >= _width(names) and not any(cell.strip() for cell in cells[len(names) :])


def _has_unnamed_index(names: Sequence[str], body: Sequence[Record]) -> bool:
    """Whether each row begins with a cell more than the header names, as R writes row names."""
    return (
        bool(body)
        and all(len(record) == len(names) + 1 for record in body)
        and any(record[-1].strip() for record in body)
    )


def _delimiter(text: str, candidates: str) -> str:
    """The one by which most of the first rows have the header's columns, at least two of them."""
    lines = io.StringIO(text[: 2**20], newline="")

    def agreement(candidate: str) -> tuple[float, int]:
        lines.seek(0)
        found = []
        try:
            for record in csv.reader(lines, delimiter=candidate):
                found += [record] if record else []
                if len(found) > _LOOKED_AT:
                    break
        except csv.Error:  # a quote that is none: the rows before it tell
            pass
        if not found or len(found[0]) < 2:
            return 0.0, 0
        names = _named(found[0])
        fitting = sum(_fits(record, names) for record in found[1:])
        return fitting / max(1, len(found) - 1), len(names)

    best = max(candidates, key=agreement)
    return best if agreement(best)[1] else _NO_DELIMITER


def _records(text: str, delimiter: str) -> list[Record]:
    """All records that are not empty, in the reading of quotes by which most have the header's columns."""
    csv.field_size_limit(2**31 - 1)
    try:
        strict = [
            record
            for record in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
            if record
        ]
    except csv.Error:
        strict = []
    if strict and _fitting(strict) == len(strict) - 1:
        return strict
    tolerant = list(_tolerant(text, delimiter))
    return max((strict, tolerant), key=_fitting)


def _fitting(records: Sequence[Record]) -> int:
    """How many rows have the header's columns."""
    if not records:
        return 0
    names, body = _named(records[0]), records[1:]
    shift = _has_unnamed_index(names, body)
    return sum(_fits(record[shift:], names) for record in body)


def _tolerant(text: str, delimiter: str) -> Iterator[Record]:
    """Records in which a quote opens a cell only where another closes it before a delimiter or a line end.

    Any other quote is a character of its cell.
    """
    plain = re.compile(rf"[^{re.escape(delimiter)}\r\n]*")
    at, record = 0, list[str]()
    while at < len(text):
        closed = _closing(text, at, delimiter) if text[at] == '"' else 0
        if closed:
            record.append(text[at + 1 : closed].replace('""', '"'))
            at = closed + 1
        else:
            found = plain.match(text, at)
            assert found is not None  # it matches nothing too
            record.append(found[0])
            at = found.end()
        if text[at : at + 1] == delimiter:
            at += 1
            if at == len(text):
                record.append("")
            continue
        at += 2 if text.startswith("\r\n", at) else 1
        if record != [""]:
            yield record
        record = []
    if record:
        yield record


def _closing(text: str, start: int, delimiter: str) -> int:
    """Where the quote stands that closes the one at `start`; 0 where a quote stands alone in between."""
    at = text.find('"', start + 1)
    while at >= 0:
        after = text[at + 1 : at + 2]
        if after == '"':
            at = text.find('"', at + 2)
            continue
        return at if after in (delimiter, "\r", "\n", "") else 0
    return 0
