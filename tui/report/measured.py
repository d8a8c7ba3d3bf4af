"""What was measured, as a table a kind; and what failed."""

import math
from collections.abc import Callable, Sequence

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
    several = any(e.values.get("text") for e in found)
    names = [
        "model",
        "level",
        *(["text"] if several else []),
        "weights",
        "quality",
        "ppl",
        "kl",
        "same-top",
    ]
    rows = [
        cells(
            e.model,
            e.level,
            *([str(e.values.get("text") or "")] if several else []),
            size_or_dash(e.values.get("weight_bytes")),
            plus_minus(e.values.get("bits_per_byte"), e.values.get("bits_per_byte_se")),
            plus_minus(e.values.get("ppl"), e.values.get("ppl_se"), 2),
            kl(e),
            share(e.values.get("same_top")),
            damage(e, words),
            words.ids([e.id]),
        )
        for e in found
    ]
    first = 3 if several else 2
    numeric = frozenset(range(first, first + 5))
    return Table(words.columns(*names, "damage", "evidence"), tuple(rows), numeric)


def kl(e: Evidence) -> str:
    """The divergence with as many decimals as its error needs; none for the reference itself."""
    value, error = e.values.get("kl_nats"), e.values.get("kl_se")
    if e.level == e.key.get("reference") or value is None or not math.isfinite(value):
        return "-"
    if not error or not math.isfinite(error):
        return plus_minus(value, None, 4)
    return plus_minus(value, error, min(7, max(4, 1 - math.floor(math.log10(error)))))


def damage(e: Evidence, words: Words) -> str:
    reference = e.level == e.key.get("reference")
    return damage_word("reference" if reference else str(e.values.get("verdict") or ""), words.language)


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
        "at-most",
    )
    rows = [
        cells(
            e.model,
            e.level,
            str(e.key.get("method") or "-"),
            str(e.key.get("examples") or "-"),
            plus_minus(e.values.get("before"), e.values.get("before_se")),
            plus_minus(e.values.get("bits_per_byte"), e.values.get("bits_per_byte_se")),
            number(e.values.get("tokens_per_second"), 0),
            size_or_dash(e.values.get("peak_memory_bytes")),
            number(e.values.get("training_seconds"), 1),
            number((e.values.get("prediction") or {}).get("at_most"), 3),
            words.ids([e.id]),
        )
        for e in found
    ]
    return Table(words.columns(*names, "evidence"), tuple(rows), frozenset(range(3, 10)))


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
            number(e.values.get("vocab_size"), 0),
            number(e.values.get("tokens"), 0),
            number(e.values.get("tokens_per_han_char"), 3),
            number(e.values.get("tokens_per_char"), 3),
            number(e.values.get("bytes_per_token"), 2),
            share(e.values.get("byte_fallback_share")),
            share(e.values.get("unk_share")),
            words.value("", e.values.get("round_trip")),
            words.ids([e.id]),
        )
        for e in found
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
            str(e.key.get("context")),
            str(e.key.get("batch")),
            size_or_dash(e.values.get("measured_bytes")),
            size_or_dash(e.values.get("expected_bytes")),
            signed(e.values.get("error")),
            number(e.values.get("prefill_tokens_per_s"), 1),
            number(e.values.get("decode_tokens_per_s"), 1),
            number(e.values.get("load_seconds"), 1),
            words.ids([e.id]),
        )
        for e in found
    ]
    return Table(words.columns(*names, "evidence"), tuple(rows), frozenset(range(2, 10)))


def _vocabulary(found: Found, words: Words) -> Table:
    rows = [
        cells(
            e.model,
            number(e.key.get("add"), 0),
            number((e.values.get("before") or {}).get("tokens_per_char"), 3),
            number((e.values.get("after") or {}).get("tokens_per_char"), 3),
            share(e.values.get("saving")),
            number(e.values.get("new_parameters"), 0),
            number(e.values.get("break_even_chars"), 0),
            words.ids([e.id]),
        )
        for e in found
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
            size_or_dash(e.values.get("context_bytes")),
            _scaled(e.values.get("bandwidth_bytes_per_s"), 1e9),
            _scaled(e.values.get("bf16_flops"), 1e12),
            _scaled(e.values.get("fp32_flops"), 1e12),
            _scaled(e.values.get("read_bytes_per_s"), 1e9),
            words.ids([e.id]),
        )
        for e in found
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
