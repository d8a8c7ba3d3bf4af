"""The one-pass probe: every level of a model scored from one reading of its weights.

Job: see probes.perplexity.job.PerplexityJob.
"""

import time
from collections.abc import Sequence
from itertools import combinations
from pathlib import Path
from typing import Any

import torch

from catalog.evidence.kinds import Perplexity, write
from catalog.evidence.paired import unpaired_difference
from catalog.evidence.statistics import Estimate, or_nan
from catalog.models.proved import proved
from probes.bounds.small_files import small_text
from probes.jobs.events import Emit
from probes.jobs.record import reads
from probes.machine.free_memory import embedding_bytes, look
from probes.machine.precision import capability_of, half_on
from probes.machine.torch_device import device_of, peak_memory, threads_for
from probes.open_checkpoint import open_checkpoint
from probes.perplexity.job import PerplexityJob, on_card
from probes.perplexity.passages import describe, read_calibration, read_passages
from probes.perplexity.passes import Measuring
from probes.quantize import find
from probes.tokenization.load import load_tokenizer
from probes.training.limits import context_of

FEW_CALIBRATION_TOKENS = 2048
"""Below this GPTQ's Hessians are of little text: a quarter of what it is given where there is enough."""
WHOLE_BITS = 16.0
"""Of a weight where a level has left all matrices as they were."""
LITTLE_SURPRISE = 0.3
"""Bits per byte below which a text was probably in the training data."""


@reads(PerplexityJob)
def run(job: PerplexityJob, emit: Emit) -> dict[str, Any]:
    """Measure; one metric per text and level that is not known. See the module for the job."""
    began = time.monotonic()
    device = device_of(job.device)
    job = on_card(job, capability_of(device))
    reference = job.reference
    wanted = dict.fromkeys(job.levels)
    levels = [name for name in wanted if name not in job.known]
    emit.progress("read", 0, 1, note=job.name)
    tokenizer = load_tokenizer(job.target)
    checkpoint = open_checkpoint(job.target)
    if device.type == "cuda":
        text = checkpoint.config.get_text_config()
        look(device, job.name, embedding_bytes(text.vocab_size, text.hidden_size), emit)
    passages = read_passages(job, tokenizer, context_of(checkpoint.config.get_text_config()))
    torch.set_num_threads(job.threads or threads_for(checkpoint.config))
    emit.progress("read", 1, 1, note=job.name)
    measuring = Measuring(job, checkpoint, passages, reference, levels, device, emit)
    calibration = read_calibration(job, passages, tokenizer) if levels else []
    if levels:
        measuring.measure(calibration)
    found = [*measuring.notes, *notes(job.target, measuring.rows)]
    if half_on(device) is torch.float16:
        found.append("float16")
    if any(passage.shortened for passage in passages):
        found.append("windows-shortened")
    if checkpoint.config.model_type not in proved():
        found.append("architecture-unproved")
    if any(find(row.level).about.quantized and row.bits_per_weight == WHOLE_BITS for row in measuring.rows):
        found.append("level-changes-nothing")
    solved = any(find(name).calibrated for name in levels)
    if solved and sum(map(len, calibration)) < FEW_CALIBRATION_TOKENS:
        found.append("calibration-short")
    return {
        "model": job.name,
        "revision": checkpoint.revision,
        "frame": describe(job, passages),
        "levels": [write(row) for row in measuring.rows],
        "noise_floor": measuring.noise_floor,
        "notes": found,
        "bytes_read": measuring.bytes_read,
        "peak_memory_bytes": peak_memory(device),
        "seconds": round(time.monotonic() - began, 3),
    }


def notes(directory: str, rows: Sequence[Perplexity]) -> list[str]:
    """What makes bits per byte unfair between models, in codes: `chat-model`, `text-well-known`.

    `languages-part` says that a level's damage differs between the texts by more than their errors and
    has another word: a language can be hurt while another looks fine.
    """
    found = []
    if is_chat_model(Path(directory)):
        found.append("chat-model")
    if any(or_nan(row.bits_per_byte) < LITTLE_SURPRISE for row in rows):
        found.append("text-well-known")
    pairs = ((a, b) for a, b in combinations(rows, 2) if a.level == b.level)
    if any(_part(a, b) for a, b in pairs):
        found.append("languages-part")
    return found


def _part(a: Perplexity, b: Perplexity) -> bool:
    found = [Estimate(or_nan(one.kl_nats), or_nan(one.kl_se), one.freedom_of("kl_nats")) for one in (a, b)]
    gap = unpaired_difference(*found)
    return a.verdict != b.verdict and not abs(gap.value) <= gap.margin


def is_chat_model(directory: Path) -> bool:
    """Whether the tokenizer comes with a chat template: tuned on dialogue, it expects no raw text."""
    beside = (directory / "chat_template.jinja").is_file()
    return beside or '"chat_template"' in small_text(directory / "tokenizer_config.json")
