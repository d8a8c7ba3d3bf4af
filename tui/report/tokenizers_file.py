"""A comparison of tokenizers as Markdown and as SVG. JSON is the probe's result itself.

Words come from outside: `labels` maps a column's field, and `title`, to what is written for it.
"""

import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any
from xml.sax.saxutils import escape

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
    lines = [
        "| " + " | ".join([labels.get("name", "name"), *(labels.get(key, key) for key, _ in shown)]) + " |",
        "|" + "---|" * (len(shown) + 1),
    ]
    for row in rows:
        cells = [_cell(row.get(key), form, labels) for key, form in shown]
        lines.append("| " + " | ".join([_plain(row["name"]), *cells]) + " |")
    for cut in result.get("cuts", ()):
        pieces = " ".join(
            f"`{_shown(segment)}`" for segment in cut["segments"] if segment["kind"] != "prefix"
        )
        lines += ["", f"**{_plain(cut['name'])}** ({cut['tokens']}): {pieces}"]
    return "\n".join(lines) + "\n"


def to_svg(result: Mapping[str, Any], labels: Mapping[str, str]) -> str:
    """The sentence as each tokenizer cuts it, a coloured box a token."""
    parts, width = [], 0
    for line, cut in enumerate(result["cuts"]):
        y = _MARGIN + _LINE * (line + 1)
        parts.append(_words(_MARGIN, y + 16, f"{cut['name']} ({cut['tokens']})", "#333"))
        x = _MARGIN + _CELL * max(_NAME_CELLS, _widest(result["cuts"]))
        for index, segment in enumerate(cut["segments"]):
            if segment["kind"] == "prefix":
                continue
            text = _shown(segment)
            size = _CELL * max(cells(text), 1) + 6
            colour = UNKNOWN if segment["kind"] == "unknown" else PALETTE[index % len(PALETTE)]
            dash = ' stroke-dasharray="2"' if segment["kind"] == "bytes" else ""
            parts.append(
                f'<rect x="{x}" y="{y}" width="{size}" height="22" rx="3" fill="{colour}" '
                f'stroke="#777"{dash}/>'
            )
            parts.append(_words(x + 3, y + 16, text, "#000"))
            x += size + 2
        width = max(width, x)
    height = _MARGIN * 2 + _LINE * (len(result["cuts"]) + 1)
    title = _words(_MARGIN, _MARGIN + 14, labels.get("title", result.get("sentence", "")), "#000")
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width + _MARGIN}" height="{height}" '
        f'font-family="DejaVu Sans Mono, Noto Sans Mono CJK SC, monospace" font-size="14">\n'
        f'<rect width="100%" height="100%" fill="#fff"/>\n{title}\n' + "\n".join(parts) + "\n</svg>\n"
    )


def cells(text: str) -> int:
    """Terminal cells: two for wide characters."""
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)


def _widest(cuts: Sequence[Mapping[str, Any]]) -> int:
    return max((cells(f"{cut['name']} ({cut['tokens']}) ") for cut in cuts), default=0)


def _shown(segment: Mapping[str, Any]) -> str:
    """A token as text; bytes as hexadecimal, white space as marks."""
    if segment["kind"] == "bytes":
        return str(segment["hex"])
    text = str(segment["text"]).replace("\n", "⏎").replace("\r", "␍").replace("\t", "⇥").replace(" ", "␣")
    return "".join(char if char.isprintable() else f"\\x{ord(char):02x}" for char in text).replace("`", "'")


def _cell(value: Any, form: str, labels: Mapping[str, str]) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return labels.get("yes" if value else "no", "yes" if value else "no")
    return form.format(value)


def _plain(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def _words(x: int, y: int, text: str, colour: str) -> str:
    return f'<text x="{x}" y="{y}" fill="{colour}" xml:space="preserve">{escape(text)}</text>'
