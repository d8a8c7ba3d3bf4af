"""A vocabulary ladder, and the trial where there was one, as Markdown and as SVG.

JSON is the probe's result itself. Words come from outside: `labels` maps `added`, `tokens_per_char`,
`tokens_per_han_char`, `saving`, `knee`, `training_tokens`, `bits_per_byte` and the variants' names to what
is written for them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from xml.sax.saxutils import escape

COLOURS = ("#1f77b4", "#d95f02", "#1b9e77", "#7570b3", "#e7298a", "#66a61e")
_WIDTH, _HEIGHT, _LEFT, _RIGHT, _TOP, _BOTTOM = 680, 300, 70, 190, 30, 50
_TICKS = 5


@dataclass(frozen=True)
class Line:
    """Points to be joined; `level` is a single y to be drawn right across instead."""

    name: str
    points: Sequence[tuple[float, float]]
    level: float | None = None


def to_markdown(result: Mapping[str, Any], labels: Mapping[str, str]) -> str:
    """The ladder as a table, other tokenizers on the same text below it, then the trial."""
    per = height_key(result)
    before = result["before"]["tokens_per_char"]
    lines = _head(labels, "added", "tokens_per_char", "tokens_per_han_char", "saving")
    for rung in result["ladder"]:
        mark = f" ({_word(labels, 'knee')})" if bends_at(result, rung) else ""
        saved = 1 - rung["tokens_per_char"] / before
        lines.append(
            f"| {rung['added']:,}{mark} | {rung['tokens_per_char']:.4f} "
            f"| {_figure(rung['tokens_per_han_char'])} | {saved:.1%} |"
        )
    others = [row for row in result["others"] if row[per] is not None]
    if others:
        lines += ["", *_head(labels, "tokenizer", "tokens_per_char", "tokens_per_han_char")]
        lines += [
            f"| {row['name']} | {row['tokens_per_char']:.4f} | {_figure(row['tokens_per_han_char'])} |"
            for row in others
        ]
    if result.get("trial"):
        rows = result["trial"]["variants"]
        lines += ["", *_head(labels, "training_tokens", *(row["variant"] for row in rows))]
        for points in zip(*(row["points"] for row in rows), strict=True):
            figures = " | ".join(f"{point['bits_per_byte']:.4f}" for point in points)
            lines.append(f"| {points[0]['tokens']:,} | {figures} |")
    return "\n".join(lines) + "\n"


def to_svg(result: Mapping[str, Any], labels: Mapping[str, str]) -> str:
    """The ladder as a plot, and below it bits per byte against training tokens."""
    plots = [_ladder(result, labels)]
    if result.get("trial"):
        plots.append(_trial(result["trial"], labels))
    parts = [f'<g transform="translate(0 {_HEIGHT * at})">{plot}</g>' for at, plot in enumerate(plots)]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_WIDTH}" height="{_HEIGHT * len(plots)}" '
        f'font-family="DejaVu Sans, Noto Sans CJK SC, sans-serif" font-size="12">\n'
        f'<rect width="100%" height="100%" fill="#fff"/>\n' + "\n".join(parts) + "\n</svg>\n"
    )


def height_key(result: Mapping[str, Any]) -> str:
    """What the ladder is drawn by: tokens per Han character, or per character where there is no Han."""
    return "tokens_per_char" if result["before"]["tokens_per_han_char"] is None else "tokens_per_han_char"


def bends_at(result: Mapping[str, Any], rung: Mapping[str, Any]) -> bool:
    """Whether little more is saved beyond the rung; beyond the last one nobody knows."""
    return bool(rung["learnt"] == result["knee"] != result["ladder"][-1]["learnt"])


def _ladder(result: Mapping[str, Any], labels: Mapping[str, str]) -> str:
    per = height_key(result)
    points = [(rung["added"], rung[per]) for rung in result["ladder"]]
    lines = [Line(result["tokenizer"], points)]
    lines += [Line(row["name"], (), row[per]) for row in result["others"] if row[per] is not None]
    knee = next((rung for rung in result["ladder"] if bends_at(result, rung)), None)
    mark = (knee["added"], knee[per], _word(labels, "knee")) if knee else None
    return plot(lines, _word(labels, "added"), _word(labels, per), mark)


def _trial(trial: Mapping[str, Any], labels: Mapping[str, str]) -> str:
    lines = [
        Line(
            _word(labels, row["variant"]),
            [(point["tokens"], point["bits_per_byte"]) for point in row["points"]],
        )
        for row in trial["variants"]
    ]
    return plot(lines, _word(labels, "training_tokens"), _word(labels, "bits_per_byte"))


def plot(
    lines: Sequence[Line], x_label: str, y_label: str, mark: tuple[float, float, str] | None = None
) -> str:
    """The elements of one plot, 680 by 300; x from 0, y over the span of the values."""
    values = [y for line in lines for _, y in line.points]
    values += [line.level for line in lines if line.level is not None]
    low, high = min(values), max(values)
    margin = (high - low) * 0.05 or 1.0
    low, high = max(0.0, low - margin), high + margin
    right = max((x for line in lines for x, _ in line.points), default=1.0) or 1.0

    def across(x: float) -> float:
        return _LEFT + x / right * (_WIDTH - _LEFT - _RIGHT)

    def down(y: float) -> float:
        return _TOP + (high - y) / (high - low) * (_HEIGHT - _TOP - _BOTTOM)

    parts = [_text(_LEFT, _TOP - 12, y_label), _text(_LEFT, _HEIGHT - 12, x_label)]
    for tick in range(_TICKS + 1):
        x, y = right * tick / _TICKS, low + (high - low) * tick / _TICKS
        parts.append(_text(across(x), _HEIGHT - _BOTTOM + 16, f"{x:,.0f}", "middle"))
        parts.append(_text(_LEFT - 6, down(y) + 4, f"{y:.2f}", "end"))
        parts.append(_rule(_LEFT, down(y), _WIDTH - _RIGHT, down(y), "#ddd"))
    ends = []
    for index, line in enumerate(lines):
        colour = COLOURS[index % len(COLOURS)]
        if line.level is not None:
            parts.append(
                _rule(
                    _LEFT,
                    down(line.level),
                    _WIDTH - _RIGHT,
                    down(line.level),
                    colour,
                    ' stroke-dasharray="4"',
                )
            )
            ends.append((down(line.level), line.name, colour))
            continue
        joined = " ".join(f"{across(x):.1f},{down(y):.1f}" for x, y in line.points)
        parts.append(f'<polyline points="{joined}" fill="none" stroke="{colour}" stroke-width="2"/>')
        parts += [
            f'<circle cx="{across(x):.1f}" cy="{down(y):.1f}" r="3" fill="{colour}"/>'
            for x, y in line.points
        ]
        ends.append((down(line.points[-1][1]), line.name, colour))
    parts += [_text(_WIDTH - _RIGHT + 8, y + 4, name, colour=colour) for y, name, colour in _apart(ends)]
    if mark is not None:
        x, y, words = mark
        parts.append(f'<circle cx="{across(x):.1f}" cy="{down(y):.1f}" r="7" fill="none" stroke="#000"/>')
        parts.append(_text(across(x) + 10, down(y) - 8, words))
    return "\n".join(parts)


def _apart(ends: Sequence[tuple[float, str, str]]) -> list[tuple[float, str, str]]:
    """Names at the ends of their lines, a line of words apart at least."""
    placed: list[tuple[float, str, str]] = []
    for y, name, colour in sorted(ends):
        placed.append((max(y, placed[-1][0] + 14) if placed else y, name, colour))
    return placed


def _head(labels: Mapping[str, str], *names: str) -> list[str]:
    return ["| " + " | ".join(_word(labels, name) for name in names) + " |", "|" + "---|" * len(names)]


def _word(labels: Mapping[str, str], name: str) -> str:
    return labels.get(name, name)


def _figure(value: float | None) -> str:
    return "" if value is None else f"{value:.4f}"


def _rule(x1: float, y1: float, x2: float, y2: float, colour: str, more: str = "") -> str:
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{colour}"{more}/>'


def _text(x: float, y: float, words: str, anchor: str = "start", colour: str = "#333") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{colour}">{escape(words)}</text>'
