"""A document as Markdown (GitHub's): every foreign word escaped, no HTML, no pictures."""

import re
from collections.abc import Sequence
from itertools import takewhile

from rich.cells import cell_len

from tui.foreign import clean
from tui.report.blocks import (
    Block,
    Bullets,
    Chart,
    Command,
    Document,
    Facts,
    Heading,
    Lead,
    Line,
    Paragraph,
    Piece,
    Table,
)

_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|~!$])")


def to_markdown(document: Document) -> str:
    """The document as one text, a blank line between blocks."""
    parts = [f"# {escape(document.title)}", f"{escape(document.subtitle)}"]
    return "\n\n".join(parts) + "\n\n" + blocks_text(_without_pictures(document.blocks))


def blocks_text(blocks: Sequence[Block]) -> str:
    """Blocks with a blank line between two."""
    return "\n\n".join(text for block in blocks if (text := _block(block))) + "\n"


def _without_pictures(blocks: Sequence[Block]) -> list[Block]:
    """The blocks less the pictures, and less a heading that stands over pictures alone."""
    kept: list[Block] = []
    for place, block in enumerate(blocks):
        rest = blocks[place + 1 :]
        below = list(takewhile(lambda one: not isinstance(one, Heading), rest))
        bare = isinstance(block, Heading) and below and all(isinstance(one, Chart) for one in below)
        if not bare and not isinstance(block, Chart):
            kept.append(block)
    return kept


def escape(text: str) -> str:
    """Text that means only itself: no markup, no HTML, no line of its own."""
    flat = " ".join(clean(text).split("\n"))
    return _SPECIAL.sub(r"\\\1", flat.replace("&", "&amp;").replace("<", "&lt;"))


def code(text: str) -> str:
    """An inline code span that holds the text whatever backticks are in it."""
    flat = " ".join(clean(text).split("\n"))
    runs = [len(found) for found in re.findall("`+", flat)]
    fence = "`" * (max(runs, default=0) + 1)
    space = " " if flat.startswith("`") or flat.endswith("`") else ""
    return f"{fence}{space}{flat}{space}{fence}"


def _line(line: Line) -> str:
    return "".join(map(_piece, line)).strip()


def _piece(piece: Piece) -> str:
    if piece.style in ("code", "evidence", "anchor"):
        return code(piece.text)
    words = escape(piece.text)
    return f"**{words}**" if piece.style == "strong" and words.strip() else words


def _block(block: Block) -> str:
    match block:
        case Heading():
            return f"{'#' * block.level} {escape(block.text)}"
        case Lead():
            return _lead(block)
        case Paragraph():
            return f"> {_line(block.line)}" if block.tone in ("warning", "bad") else _line(block.line)
        case Bullets():
            return "\n".join(f"- {_line(line)}" for line in block.lines)
        case Table():
            return _table(block)
        case Facts():
            return "\n".join(f"- {escape(name)}: {_line(line)}" for name, line in block.rows)
        case Command():
            return _command(block)
        case Chart():
            return ""


def _lead(lead: Lead) -> str:
    parts = [f"**{escape(lead.words)}** ({escape(lead.badge)})", _line(lead.sentence)]
    parts.append("\n".join(f"- {escape(name)}: {escape(value)}" for name, value in lead.figures))
    return "\n\n".join(part for part in parts if part)


def _table(table: Table) -> str:
    rows = [[escape(name) for name in table.columns]]
    rows += [[_cell(cell) for cell in row] for row in table.rows]
    widths = [max(3, *(cell_len(row[i]) for row in rows)) for i in range(len(table.columns))]
    if sum(widths) > 400:  # a long command would widen every row
        widths = [3] * len(widths)
    drawn = ["| " + " | ".join(_padded(c, w, False) for c, w in zip(rows[0], widths, strict=True)) + " |"]
    marks = ["-" * (w - 1) + (":" if i in table.numeric else "-") for i, w in enumerate(widths)]
    drawn.append("| " + " | ".join(marks) + " |")
    for row in rows[1:]:
        shown = [
            _padded(c, w, i in table.numeric) for i, (c, w) in enumerate(zip(row, widths, strict=True))
        ]
        drawn.append("| " + " | ".join(shown) + " |")
    return "\n".join(drawn)


def _cell(line: Line) -> str:
    """Within a table even code must not hold a bar."""
    return "".join(
        _piece(piece).replace("|", "\\|") if piece.style not in ("", "strong") else _piece(piece)
        for piece in line
    ).strip()


def _padded(text: str, width: int, right: bool) -> str:
    gap = " " * max(0, width - cell_len(text))
    return gap + text if right else text + gap


def _command(command: Command) -> str:
    text = " ".join(clean(command.text).split("\n"))
    runs = [len(found) for found in re.findall("`+", text)]
    fence = "`" * max(3, max(runs, default=0) + 1)
    gives = "\n".join(f"- {_line(line)}" for line in command.gives)
    return f"{fence}sh\n{text}\n{fence}" + (f"\n\n{gives}" if gives else "")
