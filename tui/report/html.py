"""Documents as one HTML page that needs nothing beside it: no script, no font, no picture."""

from collections.abc import Sequence
from html import escape as _escape

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
from tui.report.style import STYLE

TAGS = {"en": "en", "zh": "zh-Hans"}
NAMES = {"en": "English", "zh": "中文"}
SHORT = 24
"""Characters of a cell that is not broken into lines."""
POLICY = "default-src 'none'; style-src 'unsafe-inline'"
"""Even if something slipped through the escaping, a browser would run and fetch nothing."""


def to_html(documents: Sequence[Document]) -> str:
    """The page in every language given; the first is shown until the reader picks another."""
    first = documents[0]
    switches = "".join(_switch(d.language, d is first) for d in documents) if len(documents) > 1 else ""
    labels = "".join(f'<label for="show-{d.language}">{NAMES[d.language]}</label>' for d in documents)
    nav = f'<nav aria-label="language">{labels}</nav>' if switches else ""
    articles = "".join(_article(document) for document in documents)
    return (
        f'<!DOCTYPE html>\n<html lang="{TAGS[first.language]}">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n<meta name="generator" content="basefit">\n'
        f"<title>{escape(first.title)}</title>\n<style>{STYLE}</style>\n</head>\n"
        f"<body>\n{switches}{nav}{articles}</body>\n</html>\n"
    )


def escape(text: str) -> str:
    """Text that means only itself, in an element and in an attribute."""
    return _escape(clean(text), quote=True)


def _switch(language: str, shown: bool) -> str:
    checked = " checked" if shown else ""
    return f'<input type="radio" name="language" id="show-{language}" class="switch"{checked}>'


def _article(document: Document) -> str:
    page = _Page(document.language)
    body = "\n".join(page.block(block) for block in document.blocks)
    return (
        f'<article class="{document.language}" lang="{TAGS[document.language]}">\n'
        f'<header><p class="subtitle">{escape(document.subtitle)}</p>'
        f"<h1>{escape(document.title)}</h1></header>\n"
        f"{body}\n</article>\n"
    )


class _Page:
    """Writes the blocks of one language; its anchors begin with it, so that two may share a page."""

    def __init__(self, language: str) -> None:
        self._language = language

    def block(self, block: Block) -> str:
        match block:
            case Heading():
                return f"<h{block.level}>{escape(block.text)}</h{block.level}>"
            case Lead():
                return self._lead(block)
            case Paragraph():
                kind = f' class="note {block.tone}"' if block.tone != "plain" else ""
                return f"<p{kind}>{self._line(block.line)}</p>"
            case Bullets():
                items = "".join(f"<li>{self._line(line)}</li>" for line in block.lines)
                return f"<ul>{items}</ul>"
            case Table():
                return self._table(block)
            case Facts():
                rows = "".join(
                    f"<div><dt>{escape(name)}</dt><dd>{self._line(line)}</dd></div>"
                    for name, line in block.rows
                )
                return f"<dl>{rows}</dl>"
            case Command():
                return self._command(block)
            case Chart():
                return (
                    f"<figure><figcaption><strong>{escape(block.title)}</strong> {escape(block.caption)}"
                    f"</figcaption>{block.svg}</figure>"
                )

    def _line(self, line: Line) -> str:
        return "".join(map(self._piece, line))

    def _piece(self, piece: Piece) -> str:
        words = escape(piece.text)
        match piece.style:
            case "strong":
                return f"<strong>{words}</strong>"
            case "code":
                return f"<code>{words}</code>"
            case "evidence":
                return f'<a class="id" href="#{self._anchor(piece.text)}">{words}</a>'
            case "anchor":
                return f'<span class="id" id="{self._anchor(piece.text)}">{words}</span>'
        return words

    def _anchor(self, id_: str) -> str:
        return f"{self._language}-{escape(id_)}"

    def _lead(self, lead: Lead) -> str:
        figures = "".join(
            f"<div><dt>{escape(name)}</dt><dd>{escape(value)}</dd></div>" for name, value in lead.figures
        )
        return (
            f'<section class="lead {lead.tone}"><p class="badge">{escape(lead.badge)}</p>'
            f'<p class="answer">{escape(lead.words)}</p><p class="sentence">{self._line(lead.sentence)}</p>'
            f"{f'<dl>{figures}</dl>' if figures else ''}</section>"
        )

    def _table(self, table: Table) -> str:
        heads = "".join(
            f'<th scope="col"{_right(i, table)}>{escape(name)}</th>' for i, name in enumerate(table.columns)
        )
        rows = []
        for number, row in enumerate(table.rows):
            tone = table.tones[number] if table.tones else "plain"
            cells = "".join(
                f"<td{_right(i, table) or _short(cell)}>{self._line(cell)}</td>"
                for i, cell in enumerate(row)
            )
            rows.append(f'<tr class="{tone}">{cells}</tr>')
        return (
            f'<div class="table"><table><thead><tr>{heads}</tr></thead>'
            f"<tbody>{''.join(rows)}</tbody></table></div>"
        )

    def _command(self, command: Command) -> str:
        gives = "".join(f"<li>{self._line(line)}</li>" for line in command.gives)
        listed = f'<ul class="gives">{gives}</ul>' if gives else ""
        return f'<div class="command"><pre><code>{escape(command.text)}</code></pre>{listed}</div>'


def _short(cell: Line) -> str:
    """Names and times stay on one line; only what is longer is broken."""
    return ' class="short"' if sum(len(piece.text) for piece in cell) <= SHORT else ""


def _right(column: int, table: Table) -> str:
    return ' class="right"' if column in table.numeric else ""
