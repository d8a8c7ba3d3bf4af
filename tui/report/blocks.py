"""What a report is made of: blocks of plain text, no markup. Whoever writes a format escapes them."""

from dataclasses import dataclass
from typing import Literal

Style = Literal["", "strong", "code", "evidence", "anchor"]
Tone = Literal["good", "warning", "bad", "plain"]


@dataclass(frozen=True)
class Piece:
    """A stretch of text; `evidence` is an id that points to where the same id stands as `anchor`."""

    text: str
    style: Style = ""


Line = tuple[Piece, ...]


@dataclass(frozen=True)
class Heading:
    text: str
    level: int = 2


@dataclass(frozen=True)
class Lead:
    """The answer: a few words, one sentence, and the figures that matter as (name, value)."""

    tone: Tone
    badge: str
    words: str
    sentence: Line
    figures: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Paragraph:
    line: Line
    tone: Tone = "plain"


@dataclass(frozen=True)
class Bullets:
    lines: tuple[Line, ...]


@dataclass(frozen=True)
class Table:
    """`numeric` columns are set to the right; `tones` colours the rows, one per row where given."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Line, ...], ...]
    numeric: frozenset[int] = frozenset()
    tones: tuple[Tone, ...] = ()


@dataclass(frozen=True)
class Facts:
    """Names with their values, one a line."""

    rows: tuple[tuple[str, Line], ...]


@dataclass(frozen=True)
class Command:
    """A command as typed, and what it gives."""

    text: str
    gives: tuple[Line, ...] = ()


@dataclass(frozen=True)
class Chart:
    """A picture as inline SVG, already escaped, with what it shows in words."""

    svg: str
    title: str
    caption: str


Block = Heading | Lead | Paragraph | Bullets | Table | Facts | Command | Chart


@dataclass(frozen=True)
class Document:
    """A report in one language (`en` or `zh`)."""

    language: str
    title: str
    subtitle: str
    blocks: tuple[Block, ...]


def line(*parts: str | Piece) -> Line:
    """Text and pieces as one line."""
    return tuple(Piece(part) if isinstance(part, str) else part for part in parts if part)


def cells(*row: str | Line) -> tuple[Line, ...]:
    """A row of a table from text or lines."""
    return tuple(line(cell) if isinstance(cell, str) else cell for cell in row)


def without_empty(table: Table) -> Table:
    """The table less the columns in which nothing stands but dashes."""
    told = [any("".join(p.text for p in row[i]) not in ("", "-") for row in table.rows) for i in _of(table)]
    kept = [i for i in _of(table) if told[i]]
    return Table(
        tuple(table.columns[i] for i in kept),
        tuple(tuple(row[i] for i in kept) for row in table.rows),
        frozenset(place for place, i in enumerate(kept) if i in table.numeric),
        table.tones,
    )


def _of(table: Table) -> range:
    return range(len(table.columns))
