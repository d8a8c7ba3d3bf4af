"""What changed between two runs, in words."""

from tui.report.against import Against, Altered, Change, winner_name
from tui.report.blocks import (
    Block,
    Bullets,
    Facts,
    Heading,
    Line,
    Paragraph,
    Piece,
    Table,
    Tone,
    cells,
    line,
)
from tui.report.gather import Report
from tui.report.words import Words
from tui.wording import count_words, number, plus_minus, size_words

SHARES = ("same_top", "same_experts", "byte_fallback_share", "saving")
DIGITS = {
    "bits_per_byte": 3,
    "before": 3,
    "kl_nats": 4,
    "ppl": 2,
    "tokens_per_char": 3,
    "tokens_per_han_char": 3,
}
TONES: dict[bool | None, Tone] = {True: "warning", False: "plain", None: "plain"}


def changes(found: Against, words: Words) -> list[Block]:
    """The section of `--against`: first whether the answer is still the same."""
    names = {"before": found.before.run.id, "after": found.after.run.id}
    blocks: list[Block] = [Heading(words("section.against", **names))]
    judged = found.before.verdict is not None and found.after.verdict is not None
    if judged or found.comparable:
        blocks.append(Paragraph(line(Piece(_answer(found, words), "strong")), _tone(found)))
    if not found.comparable:
        blocks.append(Paragraph(line(words("incomparable", **names)), "bad"))
    blocks += _unlike(found, words)
    blocks += _altered(words("section.asked"), found.asked, found, words)
    if found.changes:
        blocks += [Heading(words("section.numbers"), 3), Paragraph(line(words("numbers-note")))]
        blocks.append(_table(found, words))
    if found.unchanged:
        blocks.append(Paragraph(line(words("unchanged", count=found.unchanged))))
    for name, only in (("before", found.only_before), ("after", found.only_after)):
        if only:
            told = ", ".join(dict.fromkeys(" ".join(filter(None, (e.model, e.level))) for e in only))
            blocks.append(Paragraph(line(words("only", run=names[name], what=told))))
    blocks += _altered(words("section.machines"), found.machine, found, words)
    if not found.machine:
        known = all(report.run.id in report.machines for report in (found.before, found.after))
        blocks.append(Paragraph(line(words("same-machine" if known else "machine-unrecorded"))))
    return blocks


def _tone(found: Against) -> Tone:
    if found.before.verdict is None or found.after.verdict is None:
        return "plain"
    return "good" if found.same_winner else "warning"


def _answer(found: Against, words: Words) -> str:
    if found.before.verdict is None or found.after.verdict is None:
        significant = sum(change.exceeds is True for change in found.changes)
        return words("change.numbers", count=significant, total=len(found.changes))
    before, after = _winner(found.before, words), _winner(found.after, words)
    if found.same_winner:
        return words("change.same", winner=after)
    return words("change.other", before=before, after=after)


def _winner(report: Report, words: Words) -> str:
    name = winner_name(report)
    return words("winner", model=name[0], level=name[1]) if name else words("none")


def _unlike(found: Against, words: Words) -> list[Block]:
    lines: dict[str, Line] = {}
    for each in found.unlike:
        entries = ", ".join(
            f"{words.known(f'entry.{name}', name)} {_brief(before)} / {_brief(after)}"
            for name, before, after in each.entries
        )
        kind = words(f"section.{each.after.kind}")
        lines.setdefault(f"{kind} {entries}", line(words("unlike", kind=kind, entries=entries)))
    return [Bullets(tuple(lines.values()))] if lines else []


def _brief(value: object) -> str:
    return str(value)[:12]


def _altered(title: str, altered: tuple[Altered, ...], found: Against, words: Words) -> list[Block]:
    if not altered:
        return []
    rows = tuple(
        (
            words.known(f"asked.{each.name}", words.known(f"entry.{each.name}", each.name)),
            line(f"{words.value(each.name, each.before)}  →  {words.value(each.name, each.after)}"),
        )
        for each in altered
    )
    return [Heading(title, 3), Facts(rows)]


def _table(found: Against, words: Words) -> Table:
    names = words.columns("model", "level", "number")
    runs = tuple(words("column.run", run=report.run.id) for report in (found.before, found.after))
    ends = words.columns("difference", "beyond", "evidence")
    rows = [_row(change, words) for change in found.changes]
    tones = tuple(TONES[change.exceeds] for change in found.changes)
    return Table((*names, *runs, *ends), tuple(rows), frozenset({3, 4, 5}), tones)


def _row(change: Change, words: Words) -> tuple[Line, ...]:
    before, after, quantity = change.before, change.after, change.after.quantity
    e = after.evidence
    if change.difference is None:
        beyond = words("beyond-unknown")
        share = (after.value / before.value - 1) if before.value else None
        difference = "-" if share is None else f"{share:+.1%}"
    else:
        beyond = words("yes" if change.exceeds else "no")
        if after.exact and not change.exceeds:
            beyond = words("equal")
        difference = _signed(
            quantity, change.difference.value, None if after.exact else change.difference.margin
        )
    return cells(
        e.model,
        e.level or "-",
        words.known(f"number.{e.kind}.{quantity}", words.known(f"number.{quantity}", quantity)),
        shown(quantity, before.value, None if before.exact else before.estimate.margin),
        shown(quantity, after.value, None if after.exact else after.estimate.margin),
        difference,
        beyond,
        words.ids([before.evidence.id, e.id]),
    )


def shown(quantity: str, value: float, margin: float | None) -> str:
    """A number of a measurement as a person reads it."""
    if quantity.endswith("bytes"):
        return size_words(value)
    if quantity in SHARES:
        return f"{value:.1%}"
    if quantity in DIGITS:
        return plus_minus(value, margin, DIGITS[quantity])
    return count_words(value) if abs(value) >= 1e6 else number(value, 0 if value == int(value) else 1)


def _signed(quantity: str, value: float, margin: float | None) -> str:
    words = shown(quantity, value, margin)
    return words if value < 0 else f"+{words}"
