"""A store as commands leave it: runs, their evidence and their verdicts, with no probe run."""

import math
from pathlib import Path
from typing import Any

from catalog.evidence.records import Evidence
from catalog.evidence.store import RunState, Store

HOSTILE = "<script>alert(1)</script>|`*x*`\u202e"
MACHINE = {
    "system": "Linux 6.1 x86_64",
    "cpu": "Example CPU",
    "cores": 2,
    "flags": ["avx2"],
    "ram_bytes": 2**34,
    "gpus": [{"name": "Example GPU", "total_bytes": 24 * 2**30, "capability": 8.9}],
    "driver": "555.1",
    "python": "3.11.7",
    "versions": {"basefit": "0.1.0", "torch": "2.13.0"},
    "folder": "/somewhere",
}
TEXT, DATA, HOLDOUT = "t" * 64, "d" * 64, "h" * 64
VERSIONS = {"torch": "2.13.0"}
BUDGET = {"label": "demo card", "bytes": 12 * 2**20, "gpu": None, "simulated": True, "count": 1}
SPANS = 8


def spans(bits: float) -> list[dict[str, float]]:
    """Windows of 1000 bytes whose mean is `bits` per byte; the wobble is the same for everybody."""
    wobble = [0.9, 1.1] * (SPANS // 2)
    return [{"nats": bits * w * 1000 * math.log(2), "bytes": 1000} for w in wobble]


def perplexity(model: str, level: str, bits: float, kl: float = 0.0, **key: Any) -> Evidence:
    values = {
        "bits_per_byte": bits, "bits_per_byte_se": 0.06, "ppl": 30.0, "ppl_se": 2.0, "kl_nats": kl,
        "kl_se": kl / 50, "same_top": 0.9, "same_top_se": 0.01, "weight_bytes": 9_000_000 if level == "bf16"
        else 3_000_000, "verdict": "slightly worse", "windows": spans(bits), "text": "",
    }  # fmt: skip
    frame = {"text_sha256": TEXT, "frame": "probe", "windows": SPANS, "reference": "bf16", "device": "cpu"}
    source = (
        "basefit perplexity demo-llama-s --levels bf16,nf4 --frame probe --device cpu --text '/a b/t.txt'"
    )
    return Evidence(
        "perplexity", model, "r1", level, frame | {"versions": VERSIONS} | key, values, source=source
    )


def trial(model: str, bits: float, **key: Any) -> Evidence:
    points = [{"examples": 0, "bits_per_byte": 4.0, "se": 0.05, "seconds": 0.0}]
    points.append({"examples": 256, "bits_per_byte": bits, "se": 0.03, "seconds": 9.0})
    values = {
        "bits_per_byte": bits, "bits_per_byte_se": 0.03, "before": 4.0, "before_se": 0.05, "points": points,
        "spans": spans(bits), "tokens_per_second": 2000.0, "peak_memory_bytes": 2**29,
        "training_seconds": 9.0, "prediction": {"at_most": bits - 0.01}, "data_path": "/d",
    }  # fmt: skip
    told = {"data_sha256": DATA, "holdout_sha256": HOLDOUT, "seed": 0, "examples": 256, "method": "qlora"}
    source = "basefit trial demo-llama-s --data /d --device cpu --level nf4 --method qlora --examples 256"
    return Evidence("trial", model, "r1", "nf4", told | key, values, source=source)


def tokenizer(model: str, han: float | None) -> Evidence:
    values = {
        "tokens": 1000, "tokens_per_char": 0.7, "tokens_per_han_char": han, "bytes_per_token": 3.0,
        "byte_fallback_share": 0.1, "unk_share": 0.0, "vocab_size": 4096, "round_trip": True,
        "chars_per_second": 1e6,
    }  # fmt: skip
    source = "basefit tokenizers demo-llama-s --text '/a b/t.txt'"
    return Evidence("tokenizer", model, "r1", "", {"text_sha256": TEXT}, values, source=source)


def others() -> list[Evidence]:
    """One of each kind that no verdict has."""
    deploy = {
        "measured_bytes": 2**30, "expected_bytes": 2**30 + 5, "low_bytes": 2**29, "high_bytes": 2**31,
        "error": 0.01, "prefill_tokens_per_s": 100.0, "decode_tokens_per_s": 20.0, "load_seconds": 1.0,
    }  # fmt: skip
    vocabulary = {
        "before": {"tokens_per_char": 0.7}, "after": {"tokens_per_char": 0.5}, "saving": 0.28,
        "new_parameters": 1000, "break_even_chars": 1e6, "verdict": "yes",
    }  # fmt: skip
    key = {"device": "cpu", "context": 128, "batch": 1, "new_tokens": 8, "random_weights": False}
    return [
        Evidence("deploy", "m", "r", "bf16", key, deploy, source="basefit deploy demo-llama-s"),
        Evidence("vocabulary", "m", "r", "", {"text_sha256": TEXT, "add": 100}, vocabulary,
                 source="basefit vocab demo-llama-s --add 100"),
        Evidence("hardware", "Example CPU", "", "", {"device": "Example CPU"}, {"bf16_flops": 1e12},
                 source="basefit profile"),
    ]  # fmt: skip


def ranked(model: str, level: str, verdict: str, *reasons: dict[str, Any], **row: Any) -> dict[str, Any]:
    size = {"expected_bytes": 8 * 2**20, "low_bytes": 7 * 2**20, "high_bytes": 9 * 2**20}
    found = {"model": model, "level": level, "verdict": verdict, "fits": "yes", "reasons": list(reasons)}
    return size | {"provenance": "measured", "quality": None, "tuned": None} | found | row


def reason(code: str, *evidence: str, **params: Any) -> dict[str, Any]:
    return {"code": code, "params": params, "evidence": list(evidence)}


def family(store: Store, model: str = "demo-llama-s", shift: float = 0.0, **key: Any) -> int:
    """A run like `basefit demo`: two models at two levels, a trial, tokenizers, a verdict. Its number."""
    found = [
        perplexity(model, "bf16", 2.3 + shift, **key),
        perplexity(model, "nf4", 2.35 + shift, 0.04, **key),
        perplexity("other", "bf16", 2.6 + shift, **key),
        perplexity("other", "nf4", 2.7 + shift, math.nan, **key),
        trial(model, 1.2 + shift),
        tokenizer(model, 1.9),
        tokenizer("other", 0.9),
    ]
    question = {
        "budget": BUDGET, "targets": [model, "other"], "text": "/a b/t.txt", "data": "/d",
        "levels": ["bf16", "nf4"], "use": "infer", "context": 256, "batch": 1, "language": "zh",
        "device": "cpu", "windows": None, "examples": 256, "card": "simulated", "correction": None,
    }  # fmt: skip
    run = store.begin("basefit demo", {"question": question, "machine": MACHINE})
    for e in found:
        store.append(e, run)
    best = reason("best-after-trial", found[4].id, bits_per_byte=1.2, se=0.03, before=4.0)
    big = reason("does-not-fit", "catalog.memory", expected_bytes=2**24, low_bytes=2**23, high_bytes=2**25,
                 budget_bytes=12 * 2**20)  # fmt: skip
    quality = {"quality_se": 0.06, "tuned_se": 0.03}
    verdict = {
        "budget": {"label": "demo card", "bytes": 12 * 2**20, "simulated": True},
        "use": "infer", "context": 256, "text_sha256": TEXT, "data_sha256": DATA,
        "winner": {"model": model, "level": "nf4"},
        "ranking": [
            ranked(model, "nf4", "recommended", best, quality=2.35 + shift, tuned=1.2 + shift, **quality),
            ranked("other", "nf4", "possible", reason("damage-worse", found[3].id, level="nf4",
                   kl_nats=0.1, kl_se=0.01), quality=2.7 + shift, quality_se=0.06),
            ranked(model, "bf16", "rejected", big, quality=2.3 + shift, quality_se=0.06, fits="no"),
        ],
        "would_change": [reason("more-memory", found[0].id, model=model, level="bf16", bytes=2**25,
                                budget_bytes=12 * 2**20, difference=0.05, se=0.01, by="probe")],
        "vocabulary": {"reasons": [reason("vocabulary-cheapest", found[5].id, tokens_per_han_char=1.9)]},
        "next": [{"kind": "trial", "model": "other", "levels": ["nf4"], "seconds": 60.0, "chance": 0.3,
                  "reason": reason("more-text", found[3].id, model="other", level="nf4")}],
    }  # fmt: skip
    store.end(run, RunState.DONE, verdict | {"evidence": [e.id for e in found]})
    return run


def measured(store: Store, command: str, *found: Evidence, status: RunState = RunState.DONE) -> int:
    """A run that was asked for no verdict."""
    run = store.begin(command, {"targets": ["m"], "machine": MACHINE})
    for e in found:
        store.append(e, run)
    store.end(run, status, {"evidence": [e.id for e in found]})
    return run


def store_in(folder: Path) -> Store:
    return Store(folder / "evidence.sqlite")
