"""A vocabulary ladder, and the trial where there was one, as Markdown and as SVG.

JSON is the probe's result itself. Words come from outside: `labels` maps `added`, `tokens_per_char`,
`tokens_per_han_char`, `saving`, `knee`, `training_tokens`, `bits_per_byte` and the variants' names to what
is written for them.
"""

from collections.abc import Mapping
from typing import Any

from tui.report.blocks import Table, cells
from tui.report.charts.curves import Curve, Line, plot
from tui.report.charts.svg import WIDTH, document
from tui.report.markdown import blocks_text

Result = Mapping[str, Any]
Labels = Mapping[str, str]
COSTS = ("tokens_per_char", "tokens_per_han_char")


def to_markdown(result: Result, labels: Labels) -> str:
    """The ladder as a table, other tokenizers on the same text below it, then the trial."""
    before, knee = result["before"]["tokens_per_char"], f" ({_word(labels, 'knee')})"
    ladder = [
        (
            f"{rung['added']:,}" + knee * bends_at(result, rung),
            *_costs(rung),
            f"{1 - rung['tokens_per_char'] / before:.1%}",
        )
        for rung in result["ladder"]
    ]
    tables = [_table(_words(labels, "added", *COSTS, "saving"), ladder)]
    if others := comparable(result):
        head = _words(labels, "tokenizer", *COSTS)
        tables.append(_table(head, [(row["name"], *_costs(row)) for row in others]))
    if result.get("trial"):
        rows = result["trial"]["variants"]
        head = _words(labels, "training_tokens", *(row["variant"] for row in rows))
        # In a trial by minutes every variant has read as much as it could.
        timed = result["trial"].get("minutes") is not None
        lines = [
            (
                " / ".join(f"{point['tokens']:,}" for point in (points if timed else points[:1])),
                *(_figure(point["bits_per_byte"]) for point in points),
            )
            for points in zip(*(row["points"] for row in rows), strict=True)
        ]
        tables.append(_table(head, lines))
    return blocks_text(tables)


def to_svg(result: Result, labels: Labels) -> str:
    """The ladder as a plot, and below it bits per byte against training tokens."""
    plots = [_ladder(result, labels)]
    if result.get("trial"):
        plots.append(_trial(result["trial"], labels))
    return document(WIDTH, *plots)


def height_key(result: Result) -> str:
    """What the ladder is drawn by: tokens per Han character, or per character where there is no Han."""
    return "tokens_per_char" if result["before"]["tokens_per_han_char"] is None else "tokens_per_han_char"


def bends_at(result: Result, rung: Mapping[str, Any]) -> bool:
    """Whether little more is saved beyond the rung; beyond the last one nobody knows."""
    return bool(rung["learnt"] == result["knee"] != result["ladder"][-1]["learnt"])


def comparable(result: Result) -> list[Mapping[str, Any]]:
    """Tokenizers on the same text for which there is a height to draw."""
    return [row for row in result["others"] if row[height_key(result)] is not None]


def _ladder(result: Result, labels: Labels) -> tuple[float, str]:
    per = height_key(result)
    ladder = Curve(result["tokenizer"], [(rung["added"], rung[per], None) for rung in result["ladder"]])
    others = [Line(row["name"], row[per], index) for index, row in enumerate(comparable(result), start=1)]
    knees = [(rung["added"], rung[per]) for rung in result["ladder"] if bends_at(result, rung)]
    marked = (*knees[0], _word(labels, "knee")) if knees else None
    return plot([ladder], _word(labels, "added"), _word(labels, per), others, marked)


def _trial(trial: Mapping[str, Any], labels: Labels) -> tuple[float, str]:
    found = [
        Curve(
            _word(labels, row["variant"]),
            [(point["tokens"], point["bits_per_byte"], None) for point in row["points"]],
            index,
        )
        for index, row in enumerate(trial["variants"])
    ]
    return plot(found, _word(labels, "training_tokens"), _word(labels, "bits_per_byte"))


def _table(columns: tuple[str, ...], rows: list[tuple[str, ...]]) -> Table:
    return Table(columns, tuple(cells(*row) for row in rows), frozenset(range(1, len(columns))))


def _costs(row: Mapping[str, Any]) -> list[str]:
    return [_figure(row[cost]) for cost in COSTS]


def _word(labels: Labels, name: str) -> str:
    return labels.get(name, name)


def _words(labels: Labels, *names: str) -> tuple[str, ...]:
    return tuple(_word(labels, name) for name in names)


def _figure(value: float | None) -> str:
    return "" if value is None else f"{value:.4f}"
