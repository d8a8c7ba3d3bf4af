"""A machine, models and measurements that are the same everywhere: no clock, no process, no GPU."""

import asyncio
import hashlib
from collections.abc import AsyncGenerator, Callable
from contextlib import closing
from pathlib import Path
from typing import Any

from catalog.evidence.store import RunState, Store
from catalog.hardware.gpu import Budget
from probes.jobs.events import Event, Failed, FailureKind, Finished, Metric, Progress, Started, encode
from probes.jobs.runner import Exit, Job
from probes.machine.hardware import Machine
from probes.machine.host import Host
from probes.machine.nvml import MISSING, Card, CardProcess, Unknown
from probes.measurement.question import Question

GIB = 2**30
HOST = Host("Example CPU", 2, (), 16 * GIB, 12 * GIB, 100 * GIB, "Linux")
CPU_ONLY = Machine((), None, Unknown(MISSING), HOST)
CARD = Card(
    index=0,
    name="NVIDIA GeForce RTX 4090",
    uuid="GPU-1",
    total_bytes=24564 * 2**20,
    free_bytes=23000 * 2**20,
    capability=8.9,
    processes=(CardProcess(7, "[/usr/bin/x]", 3 * GIB),),
    mig=False,
    unknown={},
)
WITH_GPU = Machine((CARD,), "555.1", None, HOST)
SIZES = {"small-model": 128, "large-model": 384}
QUALITY = {"small-model": 2.40, "large-model": 2.05}
DAMAGE = {"bf16": 0.0, "int8": 0.001, "nf4": 0.02, "fp4": 0.06}
WORD = {"bf16": "indistinguishable", "int8": "indistinguishable", "nf4": "slightly worse", "fp4": "worse"}
SPANS = 16


def models(folder: Path) -> tuple[str, ...]:
    """Two checkpoint folders with a config and a file that stands for the weights."""
    for name, hidden in SIZES.items():
        model = folder / name
        model.mkdir(parents=True, exist_ok=True)
        config = {
            "architectures": ["LlamaForCausalLM"],
            "model_type": "llama",
            "hidden_size": hidden,
            "intermediate_size": hidden * 3,
            "num_hidden_layers": 6,
            "num_attention_heads": 4,
            "num_key_value_heads": 2,
            "vocab_size": 4096,
            "max_position_embeddings": 2048,
            "tie_word_embeddings": True,
        }
        (model / "config.json").write_text(str(config).replace("'", '"').replace("True", "true"))
        (model / "model.safetensors").write_bytes(name.encode() * 8)
    return tuple(str(folder / name) for name in SIZES)


def question(folder: Path) -> Question:
    """The two models on a card of 48 MiB, with a text and data."""
    text, data = folder / "text.txt", folder / "data.jsonl"
    text.write_text("一段文字。Some text.\n" * 50, encoding="utf-8")
    data.write_text('{"instruction": "a", "output": "b"}\n' * 8, encoding="utf-8")
    budget = Budget("demo card", 48 * 2**20, simulated=True)
    return Question(budget, models(folder), text, data, card="simulated")


def digest(path: str) -> str:
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()


class FakeExecutor:
    """Answers every job at once; `stuck` holds a job after its first progress, `dead` kills it."""

    def __init__(self, dead: str = "", stuck: str = "", after: Callable[[Job], None] | None = None) -> None:
        self.dead, self.stuck = dead, stuck
        self.ran: list[Job] = []

    async def lines(self, job: Job) -> AsyncGenerator[str | Exit, None]:
        self.ran.append(job)
        yield encode(Started(job.probe, 1))
        yield encode(
            Progress("layers", 3, 6, "layers", 1.5, "int8", values={"memory_bytes": 650 * 2.0**20})
        )
        if self.stuck and self.stuck in (job.subject, job.probe):
            await asyncio.Event().wait()
        if self.dead and self.dead in (job.subject, job.probe):
            yield Exit(-9, "")
            return
        for event in events(job):
            yield encode(event)
        yield Exit(0, "")


def events(job: Job) -> list[Event]:
    """What the probe would tell, from a formula."""
    arguments = job.arguments
    if job.probe == "tokenizers":
        return _tokenizer_events(arguments)
    if job.probe == "perplexity":
        return [*(_perplexity(job, level) for level in arguments["levels"]), Finished({"levels": []})]
    if job.probe == "trial":
        return [_trial(job), Finished({"trials": []})]
    return [Failed(FailureKind.CRASH, "probe-crashed", {"detail": job.probe})]


def _spans(bits_per_byte: float) -> list[dict[str, float]]:
    wobble = [0.9 + 0.2 * (i % 3) / 2 for i in range(SPANS)]
    return [{"nats": bits_per_byte * 1024 * w * 0.6931472 / 1.0, "bytes": 1024} for w in wobble]


def windows(bits_per_byte: float, kl: float) -> list[dict[str, float]]:
    """Four windows of the text; the damage of a level grows from one to the next."""
    return [
        {
            "start": 270 * i,
            "end": 270 * (i + 1),
            "bytes": 270,
            "tokens": 90,
            "nats": 270 * (bits_per_byte * 0.6931472 + kl * i),
            "kl": 90 * kl * i,
        }
        for i in range(4)
    ]


def _perplexity(job: Job, level: str) -> Metric:
    from probes.jobs.record import read
    from probes.perplexity.job import PerplexityJob

    arguments = job.arguments
    name = arguments["name"]
    asked = read(PerplexityJob, arguments)
    key = asked.key(_text_digest(asked.text[0]))
    bits = {"bf16": 16, "int8": 8.1, "nf4": 4.5, "fp4": 4.5}[level]
    values: dict[str, Any] = {
        "model": name,
        "level": level,
        "bits_per_byte": QUALITY[name] + DAMAGE[level],
        "bits_per_byte_se": 0.03,
        "ppl": 40.0 + 100 * DAMAGE[level],
        "ppl_se": 1.5,
        "delta_ln_ppl": DAMAGE[level],
        "delta_se": 0.001,
        "kl_nats": DAMAGE[level],
        "kl_se": 0.0005,
        "same_top": 0.97,
        "weight_bytes": int(SIZES[name] ** 2 * 80 * bits / 8),
        "verdict": WORD[level],
        "spans": _spans(QUALITY[name] + DAMAGE[level]),
        "windows": windows(QUALITY[name] + DAMAGE[level], DAMAGE[level]),
    }
    return Metric("perplexity", name, arguments["revision"], level, key, values)


def _trial(job: Job) -> Metric:
    from probes.trial.job import evidence_key, parse

    arguments = job.arguments
    name = arguments["name"]
    key = evidence_key(parse(arguments), digest(arguments["data"]), "holdout", 1e-3, "plain")
    after = QUALITY[name] - 0.9
    values = {"bits_per_byte": after, "bits_per_byte_se": 0.02, "before": QUALITY[name] - 0.3}
    return Metric(
        "trial", name, arguments["revision"], arguments["level"], key, values | {"spans": _spans(after)}
    )


def _text_digest(path: str) -> str:
    from probes.text import read_text

    return read_text(Path(path)).sha256


def _tokenizer_events(arguments: Any) -> list[Event]:
    rows = []
    metrics: list[Event] = []
    for place, target in enumerate(arguments["targets"]):
        per_han = (1.9, 0.8)[place % 2]
        row = {
            "name": target["name"],
            "vocab_size": (4096, 8192)[place % 2],
            "tokens": (1500, 900)[place % 2],
            "tokens_per_char": per_han * 0.4,
            "tokens_per_han_char": per_han,
            "byte_fallback_share": (0.42, 0.01)[place % 2],
            "relative_compute": (1.67, 1.0)[place % 2],
        }
        rows.append(row)
        key = {"text_sha256": _text_digest(arguments["text"][0])}
        metrics.append(Metric("tokenizer", target["name"], target["revision"], "", key, row))
    text = {"bytes": 3000, "chars": 1400, "han_chars": 500}
    cuts = [{"name": row["name"], "tokens": 3, "segments": SEGMENTS} for row in rows]
    return [*metrics, Finished({"text": text, "tokenizers": rows, "cuts": cuts, "sentence": "茶树"})]


SEGMENTS = [
    {"token": 9, "kind": "prefix", "text": "", "hex": "", "start": 0, "end": 0},
    {"token": 1, "kind": "bytes", "text": "茶", "hex": "E8", "start": 0, "end": 1},
    {"token": 2, "kind": "text", "text": "[树]", "hex": "", "start": 1, "end": 4},
    {"token": 3, "kind": "unknown", "text": "㐀", "hex": "", "start": 4, "end": 5},
]


def store(folder: Path) -> Store:
    return Store(folder / "evidence.sqlite")


def status(folder: Path) -> RunState:
    """How the newest run of that store stands."""
    with closing(store(folder)) as opened:
        return opened.runs()[0].status
