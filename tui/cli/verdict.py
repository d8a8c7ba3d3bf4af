"""What recommend and demo answer: a question measured as far as asked, judged and printed."""

from collections.abc import Callable

from catalog.evidence.store import RunState, Store
from catalog.verdict.request import Ranked, Reason, Request, Verdict
from catalog.verdict.verdict_json import verdict_json
from probes.jobs.runner import JobError
from probes.measurement.measurement import Choice, Measurement
from probes.measurement.question import Question
from tui.cli.engines import print_engines
from tui.cli.exit_status import STATUS
from tui.cli.output import print_json, print_line, print_table, words
from tui.cli.session import Lines, command_line, told_store, watch
from tui.notice import ring
from tui.strings import default_language, say
from tui.wording import (
    cards_words,
    fit_word,
    plus_minus,
    provenance_word,
    reason_words,
    size_words,
    speed_words,
    tuned_words,
    verdict_word,
)

LONG_S = 10.0
"""What takes longer is left alone by who waits for it, and rings at its end."""
SHOWN_ROWS = 20
SHOWN_REASONS = 8
"""Of how many others the table is followed by why they are not the answer."""


def answer(
    kind: str,
    question: Question,
    choice: Choice,
    as_json: bool,
    opened: Callable[[], Store] = told_store,
    fresh: bool = False,
) -> int:
    """Measure what is chosen, judge, print; 0 with a winner, 1 when nothing fits."""
    measurement = Measurement(question, opened, command=command_line(), choice=choice, again=fresh)
    state = watch(measurement.run(), Lines(measurement.journal))
    if measurement.board.seconds > LONG_S:
        ring(say(f"app.log.ended-{state}", default_language()))
    if state is RunState.FAILED:
        raise JobError(*measurement.failed[0])
    request, verdict = measurement.request, measurement.verdict
    assert request is not None
    assert verdict is not None
    if as_json:
        print_json(kind, verdict_json(request, verdict))
    else:
        print_verdict(request, verdict)
    return STATUS[state]


def print_verdict(request: Request, verdict: Verdict) -> None:
    """The report in the person's language: the answer, why, the ranking, what would change it."""
    language = default_language()
    badge = " [SIM]" if request.budget.simulated else ""
    cards = request.budget.count
    shown = cards_words(request.budget.bytes, cards)
    print_line(words("cli.budget", label=request.budget.label, size=shown) + badge)
    _print_reasons(verdict.contradictions, language)
    print_line()
    if verdict.winner is None:
        print_line(words("cli.nothing-satisfies"))
    else:
        winner = verdict.winner
        key = {"measured": "cli.winner", "imported": "cli.winner-imported"}.get(
            winner.provenance, "cli.winner-estimated"
        )
        size = cards_words(winner.expected_bytes, cards)
        print_line(words(key, model=winner.model, level=winner.level, size=size))
        if winner.host_bytes:
            print_line(words("cli.offloaded-held", size=size_words(winner.host_bytes)))
        _print_reasons(winner.reasons, language)
    print_line()
    if verdict.ranking:
        _print_ranking(verdict.ranking, cards, request.context, language)
    _print_section(
        "cli.why-not",
        [f"{row.model}, {row.level}: {reason_words(row.reasons[0], language)}" for row in _others(verdict)],
    )
    for heading, reasons in (
        ("cli.would-change", verdict.would_change),
        ("cli.vocabulary", verdict.vocabulary),
        ("cli.data-question", verdict.data),
        ("cli.next", tuple(one.reason for one in verdict.next[:3])),
    ):
        _print_section(heading, [reason_words(reason, language) for reason in reasons])
    if verdict.winner and verdict.winner.provenance == "measured" and not verdict.next:
        print_line()
        print_line(words("cli.nothing-would-change"))


def _others(verdict: Verdict) -> list[Ranked]:
    """Those to say the reason of: the next in order, and of the rejected the nearest for each reason."""
    able = [row for row in verdict.ranking if row.verdict != "rejected" and row is not verdict.winner]
    rejected = [row for row in verdict.ranking if row.verdict == "rejected"]
    nearest = list({row.reasons[0].code: row for row in reversed(rejected)}.values())[::-1]
    first = able[: SHOWN_REASONS - min(len(nearest), SHOWN_REASONS // 2)]
    rest = [row for row in rejected if row not in nearest]
    return [*first, *nearest, *rest][:SHOWN_REASONS]


def _print_ranking(ranking: tuple[Ranked, ...], cards: int, context: int, language: str) -> None:
    """The table; a star marks what nothing else equals in quality, memory and speed, ~ an estimate."""
    columns = ("model", "level", "memory", "fits", "bits-per-byte", "after-trial", "decoding", "verdict")
    print_table(
        [words(f"cli.column.{name}") for name in columns],
        [
            (
                row.model + (" *" if row.on_front else ""),
                row.level,
                "~" + cards_words(row.expected_bytes, cards),
                fit_word(row.fits, language),
                _quality(row, language),
                tuned_words(plus_minus(row.tuned, row.tuned_margin), row.tuned_level, row.level, language),
                ("~" if row.speed_provenance == "estimated" else "")
                + speed_words(row.speed, row.speed_calibrated or row.speed is None),
                verdict_word(row.verdict, language),
            )
            for row in ranking[:SHOWN_ROWS]
        ],
        left=2,
    )
    served = [row for row in ranking[:SHOWN_ROWS] if row.prefill]
    print_engines(((row.level, row.engine, row.prefill) for row in served), context)
    print_line(words("cli.tilde"))
    if any(row.speed and not row.speed_calibrated for row in ranking[:SHOWN_ROWS]):
        print_line(words("cli.uncalibrated"))
    if any(row.on_front for row in ranking):
        print_line(words("cli.on-front"))


def _quality(row: Ranked, language: str) -> str:
    """Bits per byte with their error, and whose they are if not one's own; a word where there are none."""
    if row.quality is None:
        return provenance_word("estimated" if row.basis == "trial" else row.provenance, language)
    found = plus_minus(row.quality, row.quality_margin)
    return f"{found} {provenance_word('imported', language)}" if row.provenance == "imported" else found


def _print_section(heading: str, lines: list[str]) -> None:
    if lines:
        print_line()
        print_line(words(heading))
        for line in lines:
            print_line("  - " + line)


def _print_reasons(reasons: tuple[Reason, ...], language: str) -> None:
    for reason in reasons:
        print_line("  - " + reason_words(reason, language))
