"""Measure the bundled family exhaustively and write down every result and what each job cost.

    python -m tests.bench.verdict_record [MODEL ...]      -> tests/fixtures/verdict/MODEL.json

Every model at every level and its trial; the reference alone and one level beside it too, so that the cost
of any choice of levels can be told. Costs are processor seconds of the child: what a free machine takes.
"""

import asyncio
import json
import resource
import sys
import tempfile
from pathlib import Path
from typing import Any

from catalog.evidence.records import Evidence
from catalog.evidence.store import Store
from probes.checkpoint.target import DEMO, DEMO_FAMILY, candidate, resolve
from probes.jobs.runner import Job, Runner
from probes.measurement.jobs import perplexity_job, tokenizer_job, trial_job
from probes.measurement.question import DEMO_WINDOWS, data_hash
from probes.text import read_text
from probes.tokenization.job import Target
from tests.places import FIXTURES

FOLDER = FIXTURES / "verdict"
LEVELS = ("bf16", "int8", "nf4", "nf4-dq", "fp4")
EXAMPLES = 256
TEXT, DATA = DEMO / "held-out.txt", DEMO / "instructions.jsonl"
KEPT = {
    "perplexity": (
        "bits_per_byte", "bits_per_byte_se", "verdict", "kl_nats", "kl_se", "weight_bytes", "windows",
    ),
    "trial": ("bits_per_byte", "bits_per_byte_se", "before", "spans", "tokens_per_second", "points"),
    "tokenizer": ("tokens_per_han_char", "bytes_per_token"),
}  # fmt: skip


def _slim(evidence: Evidence) -> dict[str, Any]:
    values = {name: evidence.values.get(name) for name in KEPT[evidence.kind]}
    for spans in ("windows", "spans"):
        if values.get(spans):
            values[spans] = [{"nats": round(s["nats"], 4), "bytes": s["bytes"]} for s in values[spans]]
    return {
        "kind": evidence.kind,
        "model": evidence.model,
        "revision": evidence.revision,
        "level": evidence.level,
        "key": dict(evidence.key),
        "values": values,
        "created": evidence.created,
    }


def record(model: str) -> dict[str, Any]:
    """Everything about one model, each job once."""
    with tempfile.TemporaryDirectory() as folder:
        store = Store(Path(folder, "evidence.sqlite"))
        costs: dict[str, float] = {}

        def spend(name: str, job: Job, kept: Store | None = store) -> None:
            before = resource.getrusage(resource.RUSAGE_CHILDREN)
            asyncio.run(Runner(kept).result(job))
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
            costs[name] = round(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, 2)
            print(f"{model} {name}: {costs[name]} s", flush=True)

        here = candidate(resolve(model))
        identity = (here.name, here.path, here.revision)
        target = Target(here.path, here.name, here.revision)
        spend("tokenizers", tokenizer_job([target], [TEXT]))
        spend("all", perplexity_job(identity, LEVELS, [TEXT], "cpu", windows=DEMO_WINDOWS))
        for name in ("bf16", "nf4"):
            spend(name, perplexity_job(identity, [name], [TEXT], "cpu", windows=DEMO_WINDOWS), None)
        settings = {"level": "nf4", "method": "qlora", "examples": EXAMPLES}
        spend("trial", trial_job(identity, DATA, "cpu", Path(folder), settings))
        evidence = [_slim(one) for one in store.find()]
        store.close()
    texts = {"text": read_text(TEXT).sha256, "data": data_hash(DATA)}
    return texts | {"model": model, "costs": costs, "evidence": evidence}


def main() -> None:
    """Record the models named, or the whole family."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for model in sys.argv[1:] or DEMO_FAMILY:
        recording = json.dumps(record(model), separators=(",", ":"), ensure_ascii=False)
        (FOLDER / f"{model}.json").write_text(recording + "\n", "utf-8")


if __name__ == "__main__":
    main()
