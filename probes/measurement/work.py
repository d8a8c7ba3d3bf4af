"""What a job should take, phase by phase, from what is known before it runs: what its clock begins with.

Operations are two for each weight, token and level walked; the weights are those on the disk. The seconds
are a guess at an ordinary machine: what ran here before corrects them (see probes.jobs.clock).
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from catalog.evidence.store import Store
from catalog.quantization.levels import EXISTING, find_level
from catalog.verdict.next_measurement import EXAMPLE_TOKENS, FLOPS, STORED_BYTES, WINDOW_TOKENS
from probes.jobs.clock import START, Clock, Foreseen, Part, Work, unforeseen
from probes.jobs.devices import kind_of
from probes.jobs.journal import Journal
from probes.jobs.record import read
from probes.jobs.runner import Job
from probes.machine.record import machine_record
from probes.perplexity.job import PerplexityJob
from probes.training.settings import evaluation_points
from probes.trial.job import TrialJob

STARTS_S = {"perplexity": 4.0, "trial": 5.0, "tokenizers": 1.5}
"""Seconds until a child has imported what it needs."""
READ_BYTES_S = 5e8
"""Bytes of weights read in a second."""
QUANTIZED_S = {"cpu": 1e8, "cuda": 5e9}
"""Weights quantized in a second, at one level."""
TEXT_BYTES_S = 1e6
"""Bytes of text tokenized in a second."""
HEAD_SHARE = 0.1
"""Of a model's operations those of its head, with what is reckoned from the logits."""
SOLVED_FACTOR = 8.0
"""How many times a GPTQ level's layer takes longer: its Hessians are collected and solved."""
ANSWER_TOKENS = 128
GENERATED_S = {"cpu": 4.0, "cuda": 40.0}
"""Tokens generated in a second by a model whose weights are read once for each."""
KEPT = "paces"
"""The name under which a run keeps what it learnt of this machine's pace."""
LOOKED_AT = 20
"""Earlier runs among which this machine's are looked for."""
_MACHINE = ("system", "cpu", "cores", "gpus")


def work_of(job: Job) -> Work:
    """What a job should take."""
    if job.probe == "perplexity":
        parts = _perplexity(read(PerplexityJob, job.arguments))
    elif job.probe == "trial":
        parts = _trial(read(TrialJob, job.arguments))
    elif job.probe == "tokenizers":
        parts = _tokenizers(job.arguments)
    else:
        return unforeseen(job)
    return Work(job.probe, job.subject, (Part(START, STARTS_S[job.probe]), *parts))


def foresee(
    jobs: Sequence[Job],
    store: Store | None,
    parallel: int = 1,
    planned: bool = False,
    limit: float | None = None,
) -> Foreseen:
    """What these jobs should take, at the pace of earlier runs on this machine."""
    works = tuple(map(work_of, jobs))
    return Foreseen(works, parallel, planned, limit, paces_kept(store) if store else {})


def paces_kept(store: Store) -> Mapping[str, Any]:
    """What the latest run on this machine learnt of its pace; nothing where there was none."""
    here = machine_record()
    for run in store.runs(LOOKED_AT):
        there, found = run.request.get("machine"), run.result.get(KEPT)
        if (
            isinstance(there, dict)
            and isinstance(found, dict)
            and found
            and all(there.get(name) == here[name] for name in _MACHINE)
        ):
            return found
    return {}


def paces_learnt(journal: Journal) -> dict[str, Any]:
    """What a run's jobs say of this machine's pace, as it is kept with the run."""
    clock = Clock()
    for entry in journal.entries:
        clock.fold(entry)
    return {KEPT: clock.paces.plain()}


def _weights(directory: str) -> float:
    """Parameters of the checkpoint in a directory, by the size of its files at 16 bits."""
    files = [file for kind in ("*.safetensors", "*.bin") for file in Path(directory).glob(kind)]
    return sum(file.stat().st_size for file in files if file.is_file()) / STORED_BYTES


def _perplexity(job: PerplexityJob) -> tuple[Part, ...]:
    weights, device = _weights(job.target), kind_of(job.device)
    levels = [name for name in job.levels if name not in job.known]
    made = [find_level(name) for name in levels if not name.startswith(EXISTING)]
    solved = sum(level.calibrated for level in made)
    passes = len(levels) + 1 + solved * SOLVED_FACTOR
    tokens = job.scored_windows * len(job.text) * WINDOW_TOKENS
    moved = 2 * weights * tokens * passes / FLOPS[device]
    built = weights * (STORED_BYTES / READ_BYTES_S + len(levels) / QUANTIZED_S[device])
    how = f"{device}.gptq" if solved else device
    return (
        Part("read", 1.0, key=f"perplexity.read.{device}"),
        Part("layers", (1 - HEAD_SHARE) * moved + built, key=f"perplexity.layers.{how}"),
        Part("head", HEAD_SHARE * moved, key=f"perplexity.head.{device}"),
    )


def _trial(job: TrialJob) -> tuple[Part, ...]:
    weights, device = _weights(job.target), kind_of(job.device)
    each = 2 * weights * EXAMPLE_TOKENS / FLOPS[device]
    train = 4 * each * job.examples
    if job.minutes is not None:
        train = min(train, job.minutes * 60)
    looks = 1 + len(evaluation_points(job.examples, job.batch, bounded=job.minutes is not None))
    parts = [
        Part("read", weights * (STORED_BYTES / READ_BYTES_S + 1 / QUANTIZED_S[device])),
        Part("score", each * job.holdout, looks),
        Part("train", train),
    ]
    asked = job.holdout if job.metric else min(job.samples, job.holdout)
    if asked:
        token = weights * STORED_BYTES / READ_BYTES_S / GENERATED_S[device]
        parts.append(Part("answer", 2 * asked * (0.2 + ANSWER_TOKENS * token)))
    return tuple(
        Part(part.phase, max(part.seconds, 0.01), part.rounds, f"trial.{part.phase}.{device}")
        for part in parts
    )


def _tokenizers(arguments: Mapping[str, Any]) -> tuple[Part, ...]:
    texts = [Path(text) for text in arguments["text"]]
    size = sum(text.stat().st_size for text in texts if text.is_file())
    return (Part("tokenize", 0.5 + len(arguments["targets"]) * size / TEXT_BYTES_S),)
