"""The kinds of evidence: read from what any version stored, written as it always was, read nowhere else."""

import json
from dataclasses import fields
from typing import Any

import pytest

from catalog.evidence.kinds import (
    Deploy,
    Hardware,
    Perplexity,
    PerplexityKey,
    Tokenizer,
    Trial,
    TrialKey,
    Vocabulary,
    Vote,
    Window,
    conditions,
    key_of,
    quantities,
    read,
    scored,
    unlike,
    write,
)
from catalog.evidence.paired import compare
from catalog.evidence.records import Evidence
from tests.catalog.evidence.string_reads import ROOT, sources, string_reads

WINDOW = {"nats": 700.5, "bytes": 1024, "tokens": 300, "kl": 1.5, "start": 0, "end": 1024}
PERPLEXITY = {
    "model": "m",
    "level": "nf4",
    "text": "",
    "tokens_scored": 300,
    "nll_per_token": 2.335,
    "ppl": 10.3,
    "ppl_se": 0.2,
    "bits_per_byte": 0.99,
    "bits_per_byte_se": None,
    "bits_per_char": 1.5,
    "delta_ln_ppl": 0.01,
    "delta_se": 0.002,
    "kl_nats": 0.005,
    "kl_se": 0.001,
    "same_top": 0.97,
    "same_top_se": 0.004,
    "verdict": "slightly worse",
    "windows": [WINDOW],
    "bits_per_weight": 4.5,
    "weight_bytes": 4096,
    "noise_floor": 0.0001,
    "settled": True,
}
INTERVAL = {"mean": 0.5, "low": 0.2, "high": 0.8, "count": 10}
TRIAL = {
    "model": "m",
    "level": "nf4",
    "method": "qlora",
    "points": [{"examples": 0, "bits_per_byte": 2.0, "se": 0.1, "seconds": 0.0}],
    "tokens_per_second": 100.0,
    "training_seconds": 3.5,
    "peak_memory_bytes": 10**9,
    "status": "done",
    "reason": None,
    "retried": False,
    "rate": 0.002,
    "batch": 8,
    "computed_in": "float16",
    "micro_batch": 4,
    "gradient_checkpointing": False,
    "adapter": None,
    "metric": {"before": INTERVAL, "after": INTERVAL},
    "metric_name": "exact-match",
    "prediction": {
        "examples": 900,
        "unique": 300,
        "at_most": 1.2,
        "optimistic": 1.0,
        "measured": 1.3,
        "measured_examples": 256,
        "slope": -0.1,
        "points_used": 3,
        "caveats": ["repeats-data"],
        "hours": 0.5,
        "tokens_per_epoch": 60000,
    },
    "target": "/models/m",
    "data_path": "/data.jsonl",
    "data": {
        "format": "alpaca",
        "columns": ["q", "a"],
        "layout": "alpaca",
        "examples": 300,
        "holdout": 40,
        "target_bytes": 4000,
        "data_sha256": "d" * 64,
        "summary": {
            "rows": 341,
            "prompt_chars": {"median": 5, "ninth_tenth": 9, "longest": 12},
            "target_chars": {"median": 5, "ninth_tenth": 9, "longest": 12},
            "languages": {"zh": 340},
            "repeated_rows": 0,
            "repeated_answers": 2,
            "skipped": {"empty-completion": 1},
            "advice": "some",
            "near_repeats": 3,
        },
        "holdout_sha256": "h" * 64,
        "duplicates": 0,
        "shared_prompts": 1,
        "leaked": 0,
        "too_long": 0,
        "longest_tokens": 77,
        "skipped": {"count": 1, "first": [{"row": 3, "reason": "empty-completion"}]},
        "refused": {"count": 1, "first": [{"row": 9, "reason": "chat-template-raises"}]},
        "unthought": 2,
        "cut": {"rows": 2, "chars": 900, "answers": 1},
        "groups": 330,
        "near_held": 1,
        "unscored": 4,
    },
    "bits_per_byte": 1.3,
    "bits_per_byte_se": 0.05,
    "spans": [{"nats": 90.0, "bytes": 100}],
    "before": 2.0,
    "before_se": 0.1,
    "before_spans": [{"nats": 140.0, "bytes": 100}],
    "samples": [{"prompt": "p", "target": "t", "before": "b", "after": "a"}],
    "answers": {"metric": "exact-match", "databases": None, "samples": 1, "shots": 1},
    "holdout_ids": ["x"],
}
RUNG = {
    "learnt": 0,
    "added": 0,
    "tokens_per_char": 0.9,
    "tokens_per_han_char": None,
    "byte_fallback_share": 0.0,
    "round_trip": True,
}
FILE = {"path": "a", "tokens": 1, "tokens_per_char": 1.0}
OTHER = {"name": "b", "tokens_per_char": 1.0, "tokens_per_han_char": None}


def filled(kind: type, **more: Any) -> dict[str, Any]:
    """The stored form of a kind with every field that is always there."""
    return write(kind()) | more


STORED = [
    (Perplexity, PERPLEXITY),
    (Perplexity, PERPLEXITY | {"failed_at_layer": 3, "bits_per_byte": None, "windows": []}),
    (Trial, TRIAL),
    (Trial, TRIAL | {"metric": None, "prediction": None, "metric_name": None}),
    (Tokenizer, filled(Tokenizer, tokens=5, tokens_per_char=0.5, first_difference={"at": 1})),
    (Tokenizer, filled(Tokenizer, tokens_per_char=0.5, premium=1.5, files=[FILE])),
    (Vocabulary, filled(Vocabulary, before=RUNG, after=RUNG, ladder=[RUNG, RUNG], others=[OTHER])),
    (Vocabulary, filled(Vocabulary, before=RUNG, after=RUNG, trial={}, written={"path": "x"})),
    (Deploy, filled(Deploy, peak_bytes={"allocated": 1, "reserved": 2, "process": None}, measured_bytes=7)),
    (Vote, {"votes": ["before"], "win_rate": 0.0, "low": 0.0, "high": 0.8, "count": 1}),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "stored"), STORED, ids=lambda value: getattr(value, "__name__", ""))
def test_what_is_read_is_written_as_it_stood(kind: type, stored: dict[str, Any]) -> None:
    dumped = json.dumps(write(read(kind, stored)), sort_keys=True)
    assert dumped == json.dumps(stored, sort_keys=True)


@pytest.mark.parametrize("kind", [Perplexity, Trial, Tokenizer, Vocabulary, Deploy, Hardware, Vote])
def test_an_older_version_stored_less_and_a_newer_one_more(kind: type) -> None:
    # By their words: what is not known is NaN, which from Python 3.13 on makes two records differ.
    assert repr(read(kind, {})) == repr(kind())
    assert repr(read(kind, {"what_a_newer_version_adds": 1})) == repr(kind())


def evidence(kind: str, values: dict[str, Any], **key: Any) -> Evidence:
    return Evidence(kind, "m", "r", "nf4", key, values)


def test_records_inside_records() -> None:
    found = Perplexity.of(evidence("perplexity", PERPLEXITY))
    assert found.windows == (Window(700.5, 1024, 300, 1.5, 0, 1024),)
    trial = Trial.of(evidence("trial", TRIAL))
    assert trial.data is not None
    assert trial.metric is not None
    assert trial.prediction is not None
    assert (trial.data.summary.advice, trial.data.skipped.count, trial.metric.after.high) == (
        "some",
        1,
        0.8,
    )
    assert trial.points[0].bits_per_byte == 2.0


def test_keys_are_read_by_kind() -> None:
    trial = evidence("trial", TRIAL, data_sha256="d", seed=3, examples=256, columns=["q", "a"], rank=8)
    key = TrialKey.of(trial)
    assert (key.data_sha256, key.seed, key.examples, key.rank, key.holdout) == ("d", 3, 256, 8, None)
    level = evidence("perplexity", PERPLEXITY, text_sha256="t", frame="probe", windows=16, device="cpu")
    assert key_of(level) == PerplexityKey("t", None, "cpu", None, "probe", 16)
    assert conditions(level) == {"device": "cpu", "frame": "probe", "windows": 16}
    assert key_of(evidence("vote", {}, trial="x")).text_sha256 is None


def test_numbers_come_with_their_errors() -> None:
    found = {one.name: one for one in quantities(evidence("perplexity", PERPLEXITY))}
    assert (found["ppl"].value, found["ppl"].se, found["ppl"].exact) == (10.3, 0.2, False)
    assert (found["weight_bytes"].se, found["weight_bytes"].exact) == (0.0, True)
    assert found["bits_per_byte"].se is None
    assert "ppl" not in {one.name for one in quantities(evidence("perplexity", PERPLEXITY | {"ppl": None}))}
    assert quantities(evidence("vote", {})) == []


def test_only_the_same_question_is_compared() -> None:
    one = evidence("perplexity", PERPLEXITY, text_sha256="t", windows=8)
    other = evidence("perplexity", PERPLEXITY, text_sha256="t", windows=9, device="cuda")
    assert unlike(one, other) == (("windows", 8, 9),)
    assert unlike(one, one) == ()


def test_the_same_spans_are_paired_and_a_lost_number_decides_nothing() -> None:
    worse = PERPLEXITY | {"windows": [WINDOW | {"nats": 710.0}, WINDOW]}
    base = PERPLEXITY | {"windows": [WINDOW, WINDOW]}
    gap = compare(*(scored(evidence("perplexity", values)) for values in (worse, base)))
    assert gap.paired
    assert gap.value > 0
    lost = compare(*(scored(evidence("perplexity", {"bits_per_byte": b})) for b in (1.0, None)))
    assert not lost.significant


def test_every_quantity_and_every_entry_is_a_field() -> None:
    for kind in (Perplexity, Trial, Tokenizer, Vocabulary, Deploy, Hardware):
        names = {one.name for one in fields(kind)}
        for quantity, error in kind.NUMBERS:
            assert quantity in names
            assert error in (*names, None, "exact")


def test_nobody_else_reads_evidence_by_string() -> None:
    """`python -m tests.catalog.evidence.string_reads` names the places."""
    found = {str(path.relative_to(ROOT)): string_reads(path.read_text("utf-8")) for path in sources()}
    assert {path: lines for path, lines in found.items() if lines} == {}


@pytest.mark.parametrize(
    "line",
    [
        "x = e.values['ppl']",
        "x = e.key.get('seed')",
        "x = 'seed' in e.key",
        "values = e.values\n    x = values['ppl']",
        "told = (e.values.get('prediction') or {})\n    x = told['hours']",
        "x = [p['se'] for p in e.values.get('points') or ()]",
        "x = e.values[f'{name}_bytes']",
    ],
)
def test_a_string_read_is_found(line: str) -> None:
    assert string_reads(f"def f(e, name):\n    {line}\n")


def test_other_values_are_no_evidence() -> None:
    assert (
        string_reads("def f(progress, d):\n    return progress.values['loss'], list(d.values())[0]\n") == []
    )
