"""A comparison of tokenizers as Markdown and as SVG. JSON is the probe's result itself.

Words come from outside: `labels` maps a column's field, and `title`, to what is written for it.
"""

from collections.abc import Mapping
from typing import Any

from rich.cells import cell_len

from tui.report.blocks import Paragraph, Piece, Table, cells, line
from tui.report.charts.svg import document, tag, text
from tui.report.markdown import blocks_text

COLUMNS: tuple[tuple[str, str], ...] = (
    ("vocab_size", "{:,}"),
    ("tokens", "{:,}"),
    ("tokens_per_char", "{:.3f}"),
    ("tokens_per_han_char", "{:.3f}"),
    ("bytes_per_token", "{:.2f}"),
    ("byte_fallback_share", "{:.1%}"),
    ("unk_share", "{:.1%}"),
    ("han_single_in_text", "{:.1%}"),
    ("han_single_of_standard", "{:.1%}"),
    ("han_pieces", "{:,}"),
    ("round_trip", "{}"),
    ("premium", "{:.2f}"),
    ("relative_compute", "{:.2f}"),
)
"""Fields shown, in order, and how they are written; one that no row has is left out."""
PALETTE = ("#c6dbef", "#fdd0a2", "#c7e9c0", "#dadaeb", "#fee391")
UNKNOWN = "#fb6a4a"
_CELL, _LINE, _MARGIN, _NAME_CELLS = 9, 30, 12, 18


def to_markdown(result: Mapping[str, Any], labels: Mapping[str, str]) -> str:
    """The figures as a table, one row a tokenizer, and the sentence as each cuts it."""
    rows = result["tokenizers"]
    shown = [(key, form) for key, form in COLUMNS if any(row.get(key) is not None for row in rows)]
    head = (labels.get("name", "name"), *(labels.get(key, key) for key, _ in shown))
    figures = [[_cell(row.get(key), form, labels) for key, form in shown] for row in rows]
    lines = tuple(cells(row["name"], *told) for row, told in zip(rows, figures, strict=True))
    table = Table(head, lines, frozenset(range(1, len(head))))
    return blocks_text([table, *map(_cut, result.get("cuts", ()))])


def _cut(cut: Mapping[str, Any]) -> Paragraph:
    pieces = [Piece(_shown(segment), "code") for segment in _visible(cut)]
    apart = [part for piece in pieces for part in (" ", piece)]
    return Paragraph(line(Piece(cut["name"], "strong"), f" ({cut['tokens']}):", *apart))


def to_svg(result: Mapping[str, Any], labels: Mapping[str, str]) -> str:
    """The sentence as each tokenizer cuts it, a coloured box a token."""
    cuts = result["cuts"]
    names = [f"{cut['name']} ({cut['tokens']})" for cut in cuts]
    left = _MARGIN + _CELL * max([_NAME_CELLS, *(cell_len(name) + 1 for name in names)])
    drawn, width = [text(_MARGIN, _MARGIN + 14, labels.get("title", result.get("sentence", "")))], 0
    for number, (name, cut) in enumerate(zip(names, cuts, strict=True), start=1):
        x, y = left, _MARGIN + _LINE * number
        drawn.append(text(_MARGIN, y + 16, name))
        for index, segment in enumerate(_visible(cut)):
            words = _shown(segment)
            size = _CELL * max(cell_len(words), 1) + 6
            colour = UNKNOWN if segment["kind"] == "unknown" else PALETTE[index % len(PALETTE)]
            dash = "2" if segment["kind"] == "bytes" else None
            box = {"x": x, "y": y, "width": size, "height": 22, "rx": 3, "fill": colour}
            drawn += [tag("rect", **box, stroke="#777", stroke_dasharray=dash), text(x + 3, y + 16, words)]
            x += size + 2
        width = max(width, x)
    height = _MARGIN * 2 + _LINE * (len(cuts) + 1)
    return document(width + _MARGIN, (height, "".join(drawn)), kind="tokens")


def _visible(cut: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The sentence's own segments."""
    return [segment for segment in cut["segments"] if segment["kind"] != "prefix"]


def _shown(segment: Mapping[str, Any]) -> str:
    """A token as text; bytes as hexadecimal, white space as marks."""
    if segment["kind"] == "bytes":
        return str(segment["hex"])
    shown = str(segment["text"]).replace("\n", "⏎").replace("\r", "␍").replace("\t", "⇥").replace(" ", "␣")
    return "".join(char if char.isprintable() else f"\\x{ord(char):02x}" for char in shown)


def _cell(value: Any, form: str, labels: Mapping[str, str]) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return labels.get("yes" if value else "no", "yes" if value else "no")
    return form.format(value)
