"""What was measured, as a table a kind; and what failed."""

import math
from collections.abc import Callable, Sequence

from catalog.evidence.kinds import (
    Deploy,
    DeployKey,
    Hardware,
    Perplexity,
    PerplexityKey,
    Prediction,
    Tokenizer,
    Trial,
    TrialKey,
    Vocabulary,
    VocabularyKey,
)
from catalog.evidence.records import Evidence
from tui.report.blocks import Block, Heading, Line, Table, cells, line
from tui.report.gather import Report
from tui.report.words import Words
from tui.wording import damage_word, number, plus_minus, size_words

Found = Sequence[Evidence]


def measurements(report: Report, words: Words) -> list[Block]:
    """A table for each kind of measurement that there is."""
    blocks: list[Block] = []
    for kind, table in _TABLES.items():
        if found := report.of(kind):
            blocks += [Heading(words(f"section.{kind}")), table(found, words)]
    return blocks


def _perplexity(found: Found, words: Words) -> Table:
    several = any(Perplexity.of(e).text for e in found)
    routed = any(Perplexity.of(e).same_experts is not None for e in found)
    names = [
        "model",
        "level",
        *(["text"] if several else []),
        "weights",
        "quality",
        "ppl",
        "kl",
        "same-top",
        *(["same-experts"] if routed else []),
    ]
    rows = [
        cells(
            e.model,
            e.level,
            *([m.text] if several else []),
            size_or_dash(m.weight_bytes),
            plus_minus(m.bits_per_byte, m.margin) + (" !" if m.beyond_context else ""),
            plus_minus(m.ppl, m.ppl_margin, 2),
            kl(e),
            share(m.same_top),
            *([share(m.same_experts)] if routed else []),
            damage(e, words),
            words.ids([e.id]),
        )
        for e in found
        for m in [Perplexity.of(e)]
    ]
    first = 3 if several else 2
    numeric = frozenset(range(first, first + 5 + routed))
    return Table(words.columns(*names, "damage", "evidence"), tuple(rows), numeric)


def kl(e: Evidence) -> str:
    """The divergence with as many decimals as its error needs; none for the reference itself."""
    found = Perplexity.of(e)
    value, error = found.kl_nats, found.kl_margin
    if is_reference(e) or value is None or not math.isfinite(value):
        return "-"
    if not error or not math.isfinite(error):
        return plus_minus(value, None, 4)
    return plus_minus(value, error, min(7, max(4, 1 - math.floor(math.log10(error)))))


def damage(e: Evidence, words: Words) -> str:
    """The word for what a level costs."""
    return damage_word("reference" if is_reference(e) else Perplexity.of(e).verdict, words.language)


def is_reference(e: Evidence) -> bool:
    """Whether a level is the one that the others of its run were compared with."""
    return e.level == PerplexityKey.of(e).reference


def _trial(found: Found, words: Words) -> Table:
    names = (
        "model",
        "level",
        "method",
        "examples",
        "before",
        "after",
        "speed",
        "peak",
        "seconds",
        "full-run",
    )
    rows = [
        cells(
            e.model,
            e.level,
            str(key.method or "-"),
            str(key.examples or "-"),
            plus_minus(m.before, m.before_margin),
            plus_minus(m.bits_per_byte, m.margin),
            number(m.tokens_per_second, 0),
            size_or_dash(m.peak_memory_bytes),
            number(m.training_seconds, 1),
            forecast_words(m.prediction),
            words.ids([e.id]),
        )
        for e in found
        for m, key in [(Trial.of(e), TrialKey.of(e))]
    ]
    return Table(words.columns(*names, "evidence"), tuple(rows), frozenset(range(3, 10)))


def forecast_words(told: Prediction | None) -> str:
    """The middle and its band, as in "1.10 (0.95-1.18)"; a bound where an earlier version told no more."""
    if told is None:
        return "-"
    if told.middle is None:
        return f"≤ {number(told.at_most, 3)}"
    return f"{told.middle:.3f} ({told.low:.3f}-{told.high:.3f})"


def _tokenizer(found: Found, words: Words) -> Table:
    names = (
        "tokenizer",
        "vocabulary",
        "tokens",
        "per-han",
        "per-char",
        "bytes-per-token",
        "fallback",
        "unk",
    )
    rows = [
        cells(
            e.model,
            number(m.vocab_size, 0),
            number(m.tokens, 0),
            number(m.tokens_per_han_char, 3),
            number(m.tokens_per_char, 3),
            number(m.bytes_per_token, 2),
            share(m.byte_fallback_share),
            share(m.unk_share),
            words.value("", m.round_trip),
            words.ids([e.id]),
        )
        for e in found
        for m in [Tokenizer.of(e)]
    ]
    return Table(words.columns(*names, "round-trip", "evidence"), tuple(rows), frozenset(range(1, 8)))


def _deploy(found: Found, words: Words) -> Table:
    names = (
        "model",
        "level",
        "context",
        "batch",
        "measured",
        "expected",
        "error",
        "prefill",
        "decode",
        "load",
    )
    rows = [
        cells(
            e.model,
            e.level,
            str(key.context),
            str(key.batch),
            size_or_dash(m.measured_bytes),
            size_or_dash(m.expected_bytes),
            signed(m.error),
            number(m.prefill_tokens_per_s, 1),
            number(m.decode_tokens_per_s, 1),
            number(m.load_seconds, 1),
            words.ids([e.id]),
        )
        for e in found
        for m, key in [(Deploy.of(e), DeployKey.of(e))]
    ]
    return Table(words.columns(*names, "evidence"), tuple(rows), frozenset(range(2, 10)))


def _vocabulary(found: Found, words: Words) -> Table:
    rows = [
        cells(
            e.model,
            number(key.add, 0),
            number(m.before.tokens_per_char if m.before else None, 3),
            number(m.after.tokens_per_char if m.after else None, 3),
            share(m.saving),
            number(m.new_parameters, 0),
            number(m.break_even_chars, 0),
            words.ids([e.id]),
        )
        for e in found
        for m, key in [(Vocabulary.of(e), VocabularyKey.of(e))]
    ]
    names = (
        "tokenizer",
        "added",
        "per-char-before",
        "per-char-after",
        "saving",
        "new-parameters",
        "break-even",
    )
    return Table(words.columns(*names, "evidence"), tuple(rows), frozenset(range(1, 7)))


def _hardware(found: Found, words: Words) -> Table:
    names = ("device", "context-bytes", "bandwidth", "bf16", "fp32", "disk-read", "evidence")
    rows = [
        cells(
            e.model,
            size_or_dash(m.context_bytes),
            _scaled(m.bandwidth_bytes_per_s, 1e9),
            _scaled(m.bf16_flops, 1e12),
            _scaled(m.fp32_flops, 1e12),
            _scaled(m.read_bytes_per_s, 1e9),
            words.ids([e.id]),
        )
        for e in found
        for m in [Hardware.of(e)]
    ]
    return Table(words.columns(*names), tuple(rows), frozenset(range(1, 6)))


_TABLES: dict[str, Callable[[Found, Words], Table]] = {
    "perplexity": _perplexity,
    "trial": _trial,
    "tokenizer": _tokenizer,
    "vocabulary": _vocabulary,
    "deploy": _deploy,
    "hardware": _hardware,
}


def size_or_dash(size: float | None) -> str:
    return "-" if size is None else size_words(size)


def share(share: float | None) -> str:
    return "-" if share is None else f"{share:.1%}"


def signed(share: float | None) -> str:
    return "-" if share is None else f"{share:+.1%}"


def _scaled(value: float | None, unit: float) -> str:
    return "-" if value is None else number(value / unit, 2)


def failures(report: Report, words: Words) -> list[Block]:
    """Jobs of the run that failed, each with its sentence."""
    from probes.jobs.events import Failed, FailureKind
    from tui.wording import problem_words

    def told(row: dict[str, object]) -> Line:
        failure = row["failure"]
        assert isinstance(failure, dict)
        failed = Failed(FailureKind(failure["kind"]), failure["code"], failure.get("params") or {}, "")
        return line(problem_words(failed, words.language))

    rows = [
        cells(str(row["probe"]), str(row["subject"]), words.time(str(row["created"])), told(dict(row)))
        for row in report.failures
    ]
    if not rows:
        return []
    table = Table(words.columns("probe", "subject", "when", "why"), tuple(rows))
    return [Heading(words("section.failures")), table]
