"""From a file to rows: JSONL, JSON, tables and plain text by the standard library, Parquet by pyarrow."""

import hashlib
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from catalog.bounded_json import shallow
from catalog.problem import Problem
from probes.dataset.forms.cells import SAID_CHARS, as_said
from probes.dataset.tables import DELIMITERS, read_table
from probes.encodings import GUESSED_BYTES, codec_of, guess_encoding

Row = dict[str, Any]
MOST_BYTES = 2 * 2**30
"""Of a dataset's file, which is read whole."""
_LISTS = ("data", "rows", "train", "examples")
"""Keys under which a JSON object may hold its rows."""
_HALF = re.compile(r"\\u[dD][89a-fA-F]")
"""How JSON writes half of a surrogate pair, which a character beyond 16 bits has two of."""


@dataclass(frozen=True)
class Skipped:
    """A row that is not used: its `number` from 1 (a line in line formats), a code for why, and the
    beginning of what it says there.
    """

    number: int
    reason: str
    said: str = ""


@dataclass(frozen=True)
class Rows:
    """A file's rows with their numbers, what was skipped, and the SHA-256 of the file's bytes."""

    path: str
    rows: tuple[tuple[int, Row], ...]
    skipped: tuple[Skipped, ...]
    sha256: str


def read_rows(path: Path, encoding: str | None = None) -> Rows:
    """All rows of a file; `encoding` None is UTF-8.

    Problems: data-missing, data-directory, data-too-large, data-empty, data-not-utf8 and, where it reads as
    something else, data-other-encoding; data-not-encoding, data-unreadable, data-kind-unknown.
    """
    if path.is_dir():
        raise Problem("data-directory", path=str(path))
    if not path.is_file():
        raise Problem("data-missing", path=str(path))
    if (size := path.stat().st_size) > MOST_BYTES:
        raise Problem("data-too-large", path=str(path), size_bytes=size, most_bytes=MOST_BYTES)
    content = path.read_bytes()
    if not content.strip():
        raise Problem("data-empty", path=str(path))
    rows, skipped = _parse(path, content, encoding)
    if not rows and not skipped:
        raise Problem("data-empty", path=str(path))
    return Rows(str(path), tuple(rows), tuple(skipped), hashlib.sha256(content).hexdigest())


def _whole_characters(
    rows: list[tuple[int, Row]], skipped: list[Skipped]
) -> tuple[list[tuple[int, Row]], list[Skipped]]:
    """Without the rows that cannot be written: those with half of a surrogate pair."""
    fit = []
    for number, row in rows:
        try:
            json.dumps(row, ensure_ascii=False).encode()
            fit.append((number, row))
        except UnicodeEncodeError:
            skipped.append(Skipped(number, "not-text", as_said(row)))
    return fit, skipped


def _parse(path: Path, content: bytes, encoding: str | None) -> tuple[list[tuple[int, Row]], list[Skipped]]:
    suffix = path.suffix.lower()
    if suffix == ".parquet" or content[:4] == b"PAR1":
        return _parquet(path), []
    text = _decoded(path, content, encoding)
    if suffix in DELIMITERS:
        rows, differing = read_table(text, suffix)
        return rows, [Skipped(number, "columns-differ", said[:SAID_CHARS]) for number, said in differing]
    if suffix in (".txt", ".md"):
        return _paragraphs(text), []
    if suffix in (".json", ".jsonl", ".ndjson") or text.lstrip()[:1] in ("{", "["):
        rows, skipped = _json(path, text)
        return _whole_characters(rows, skipped) if _HALF.search(text) else (rows, skipped)
    raise Problem("data-kind-unknown", path=str(path))


def _decoded(path: Path, content: bytes, encoding: str | None) -> str:
    if encoding is None and b"\0" in content[:GUESSED_BYTES] and (guess := guess_encoding(content)):
        raise Problem("data-other-encoding", path=str(path), offset=0, guess=guess)  # UTF-8 in form only
    try:
        codec = codec_of(content, encoding)
        return content[codec.mark :].decode(codec.name)
    except LookupError as error:
        raise Problem("data-not-encoding", path=str(path), encoding=encoding, offset=0) from error
    except UnicodeDecodeError as error:
        offset = codec.mark + error.start
        if encoding is not None:
            raise Problem("data-not-encoding", path=str(path), encoding=encoding, offset=offset) from error
        if guess := guess_encoding(content):
            raise Problem("data-other-encoding", path=str(path), offset=offset, guess=guess) from error
        raise Problem("data-not-utf8", path=str(path), offset=offset) from error


def _json(path: Path, text: str) -> tuple[list[tuple[int, Row]], list[Skipped]]:
    """JSON lines where the first line is an object of its own, else one JSON value over the whole file."""
    lines = [(number, line) for number, line in enumerate(text.split("\n"), 1) if line.strip()]
    if len(lines) == 1 or not isinstance(_line(lines[0][1]), dict):
        return _of_whole(path, text)
    rows: list[tuple[int, Row]] = []
    skipped: list[Skipped] = []
    for number, line in lines:
        value = _line(line)
        if isinstance(value, dict):
            rows.append((number, value))
        else:
            skipped.append(Skipped(number, "not-json", line.strip()[:SAID_CHARS]))
    return rows, skipped


def _line(line: str) -> Any:
    try:
        return shallow(line)
    except ValueError:
        return None


def _of_whole(path: Path, text: str) -> tuple[list[tuple[int, Row]], list[Skipped]]:
    """A list of rows, an object with such a list in it, or an object that is the only row."""
    try:
        value = shallow(text)
    except ValueError as error:
        line = getattr(error, "lineno", 1)
        raise Problem("data-unreadable", path=str(path), line=line, detail=str(error)[:120]) from error
    if isinstance(value, list):
        return _of_list(value)
    if isinstance(value, dict) and (frame := _frame(value)):
        return frame, []
    for key in _LISTS:
        rows = value.get(key) if isinstance(value, dict) else None
        if isinstance(rows, list) and any(isinstance(row, dict) for row in rows):
            return _of_list(rows)
    return _of_list([value])


def _of_list(values: list[Any]) -> tuple[list[tuple[int, Row]], list[Skipped]]:
    numbered = list(enumerate(values, 1))
    rows = [(number, value) for number, value in numbered if isinstance(value, dict)]
    return rows, [
        Skipped(number, "not-an-object", as_said(value))
        for number, value in numbered
        if not isinstance(value, dict)
    ]


def _frame(value: Row) -> list[tuple[int, Row]]:
    """The rows of a frame as `df.to_json()` writes it, by columns or split; none where it is none."""
    columns, data = value.get("columns"), value.get("data")
    if isinstance(columns, list) and isinstance(data, list) and all(isinstance(row, list) for row in data):
        return [
            (number, dict(zip(map(str, columns), row, strict=False))) for number, row in enumerate(data, 1)
        ]
    cells = list(value.values())
    if not all(isinstance(column, dict) and column for column in cells):
        return []
    index = cells[0].keys()
    if len(cells) < 2 or any(column.keys() != index for column in cells[1:]):
        return []
    return [(number, {name: value[name][key] for name in value}) for number, key in enumerate(index, 1)]


def _paragraphs(text: str) -> list[tuple[int, Row]]:
    """Paragraphs between blank lines; where there are none, lines."""
    text = text.replace("\r\n", "\n")
    parts = [part.strip() for part in text.split("\n\n")]
    parts = [part for part in parts if part]
    if len(parts) < 2:
        parts = [line.strip() for line in text.split("\n") if line.strip()]
    return [(number, {"text": part}) for number, part in enumerate(parts, 1)]


def _parquet(path: Path) -> list[tuple[int, Row]]:
    import pyarrow  # type: ignore[import-untyped]  # comes with `datasets`; a third of a second that JSON and CSV need not pay
    import pyarrow.parquet  # type: ignore[import-untyped]

    try:
        table = pyarrow.parquet.read_table(path)
    except (pyarrow.ArrowException, OSError) as error:
        detail = str(error).splitlines()[0][:120]
        raise Problem("data-unreadable", path=str(path), line=1, detail=detail) from error
    return list(enumerate(table.to_pylist(), 1))
