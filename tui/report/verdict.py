"""The answer of a report and its reasons: what to take, why, the ranking, what was rejected."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from catalog.evidence.statistics import margin, or_nan
from catalog.verdict.request import Reason
from tui.report.blocks import (
    Block,
    Bullets,
    Heading,
    Lead,
    Line,
    Paragraph,
    Piece,
    Table,
    Tone,
    cells,
    line,
    without_empty,
)
from tui.report.gather import Report, Row, reasons
from tui.report.words import Words
from tui.wording import (
    cards_words,
    fit_word,
    plus_minus,
    range_words,
    reason_words,
    size_words,
    speed_words,
    tuned_words,
    verdict_word,
)

SHOWN = 24
RANKING = ("place", "model", "level", "verdict", "quality", "tuned", "memory", "rate", "why", "evidence")
TONES: dict[str, Tone] = {"recommended": "good", "unmeasured": "warning", "rejected": "bad"}


def lead(report: Report, words: Words) -> Lead:
    """What to take, with the first reason as its one sentence."""
    verdict, winner = report.verdict or {}, report.winner
    budget = verdict.get("budget") or {}
    room = size_words(budget.get("bytes") or 0)
    if winner is None:
        rejected = [reason for row in report.ranking[:1] for reason in reasons(row["reasons"])]
        change = reasons(verdict.get("would_change") or ())
        told = [*change, *rejected][:1]
        sentence = words.reason(told[0], ids=False) if told else line(words("none-sentence", room=room))
        figures = ((words("figure.budget"), words.budget(budget)),)
        return Lead("bad", words("badge.none"), words("none"), sentence, figures)
    measured = winner["provenance"] == "measured"
    tone: Tone = "good" if measured and winner["fits"] == "yes" else "warning"
    known = winner["provenance"] in ("measured", "imported")
    badge = words(f"badge.{winner['provenance'] if known else 'estimated'}")
    found = reasons(winner["reasons"])
    sentence = line(reason_words(found[0], words.language)) if found else ()
    return Lead(
        tone,
        badge,
        words("winner", model=winner["model"], level=winner["level"]),
        sentence,
        tuple(_figures(winner, budget, words)),
    )


def _figures(winner: Row, budget: Row, words: Words) -> Iterator[tuple[str, str]]:
    if winner.get("quality") is not None:
        yield words("figure.quality"), _measured(winner, "quality")
    if winner.get("tuned") is not None:
        yield words("figure.tuned"), _tuned(winner, words)
    sizes = winner["low_bytes"], winner["expected_bytes"], winner["high_bytes"]
    cards = budget.get("cards", 1)
    yield words("figure.memory"), (f"{cards} × " if cards > 1 else "") + range_words(*sizes)
    simulated = words("simulated") if budget.get("simulated") else ""
    yield words("figure.budget"), f"{words.budget(budget)} {simulated}".strip()


def _measured(row: Row, name: str) -> str:
    """A number of a row; verdicts of older versions say its standard error alone."""
    known = f"{name}_margin" in row
    error = row[f"{name}_margin"] if known else margin(or_nan(row.get(f"{name}_se")), None)
    return plus_minus(row.get(name), error)


def _tuned(row: Row, words: Words) -> str:
    return tuned_words(_measured(row, "tuned"), row.get("tuned_level", ""), row["level"], words.language)


def why(report: Report, words: Words) -> list[Block]:
    """The winner's reasons, what would change the verdict, and what else it answers."""
    blocks: list[Block] = []
    if report.winner is not None:
        blocks += _reasons(words("section.why"), reasons(report.winner["reasons"]), words)
    verdict = report.verdict or {}
    blocks += _reasons(words("section.change"), reasons(verdict.get("would_change") or ()), words)
    vocabulary = (verdict.get("vocabulary") or {}).get("reasons") or ()
    blocks += _reasons(words("section.tokens"), reasons(vocabulary), words)
    for name, value in verdict.items():
        if name not in ("would_change", "vocabulary", "ranking"):
            blocks += _reasons(words.known(f"section.{name}", name), reasons(_told(value)), words)
    return blocks


def _told(value: Any) -> list[Row]:
    """The reasons that an entry of the verdict holds: itself, under `reasons`, or one in each item."""
    found = value.get("reasons") if isinstance(value, Mapping) else value
    if not isinstance(found, list):
        return []
    items = [item.get("reason", item) for item in found if isinstance(item, Mapping)]
    return [item for item in items if "code" in item]


def _reasons(title: str, found: Iterable[Reason], words: Words) -> list[Block]:
    lines = tuple(words.reason(reason) for reason in found)
    return [Heading(title), Bullets(lines)] if lines else []


def ranking(report: Report, words: Words) -> list[Block]:
    """What could be taken, in order, and what could not, with the reason of each."""
    able = [row for row in report.ranking if row["verdict"] != "rejected"]
    out = [row for row in report.ranking if row["verdict"] == "rejected"]
    blocks: list[Block] = []
    if able:
        rows = [_able(place, row, report, words) for place, row in enumerate(able[:SHOWN], start=1)]
        tones = tuple(TONES.get(row["verdict"], "plain") for row in able[:SHOWN])
        table = Table(words.columns(*RANKING), tuple(rows), frozenset({0, 4, 5, 6, 7}), tones)
        blocks += [Heading(words("section.ranking")), without_empty(table), *_rest(able, words)]
        if not all(map(calibrated, able[:SHOWN])):
            blocks.append(Paragraph(line(words("uncalibrated"))))
    if out:
        heads = words.columns("model", "level", "memory", "quality", "why", "evidence")
        table = Table(heads, tuple(_out(row, report, words) for row in out[:SHOWN]), frozenset({2, 3}))
        blocks += [Heading(words("section.rejected")), without_empty(table), *_rest(out, words)]
    return blocks


def _rest(rows: list[Row], words: Words) -> list[Block]:
    left = len(rows) - SHOWN
    return [Paragraph(line(words("more-rows", count=left)))] if left > 0 else []


def _able(place: int, row: Row, report: Report, words: Words) -> tuple[Line, ...]:
    memory = cards_words(row["expected_bytes"], _cards(report))
    if row["fits"] != "yes":
        memory += f" ({fit_word(row['fits'], words.language)})"
    name = Piece(row["model"], "strong" if row["verdict"] == "recommended" else "")
    first = reasons(row["reasons"])[:1]
    return cells(
        str(place),
        line(name),
        row["level"],
        verdict_word(row["verdict"], words.language),
        _measured(row, "quality"),
        _tuned(row, words),
        memory,
        ("~" if row.get("speed_provenance") == "estimated" else "")
        + speed_words(row.get("speed"), calibrated(row)),
        " ".join(reason_words(reason, words.language) for reason in first),
        _ids(row, report, words),
    )


def calibrated(row: Row) -> bool:
    """Whether enough stands behind a row's speed; older records do not say."""
    return row.get("speed") is None or bool(row.get("speed_calibrated", True))


def _cards(report: Report) -> int:
    """How many cards each amount of memory is meant of."""
    return int(((report.verdict or {}).get("budget") or {}).get("cards", 1))


def _out(row: Row, report: Report, words: Words) -> tuple[Line, ...]:
    told = " ".join(reason_words(reason, words.language) for reason in reasons(row["reasons"]))
    return cells(
        row["model"],
        row["level"],
        cards_words(row["expected_bytes"], _cards(report)),
        _measured(row, "quality"),
        told,
        _ids(row, report, words),
    )


def _ids(row: Row, report: Report, words: Words) -> Line:
    """What the row's own numbers rest on; without any, what its reasons cite."""
    own = [e.id for e in report.behind(row)]
    return words.ids(own or [id_ for reason in reasons(row["reasons"]) for id_ in reason.evidence])
