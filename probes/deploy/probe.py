"""Load a model at a level for real, on the device at hand: what it takes, and how fast it is.

Job: see probes.deploy.job.DeployJob. With random weights nothing but the configuration is read.
"""

import contextlib
import time
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from transformers import AutoConfig, PretrainedConfig, PreTrainedModel
from transformers.utils.generic import ModelOutput

from catalog.evidence.kinds import Deploy, PeakBytes, write
from catalog.memory import estimate
from catalog.memory.footprint import Footprint
from catalog.memory.terms import CONTEXT
from catalog.problem import Problem
from catalog.quantization.levels import deployed_levels, find_level
from catalog.quantization.precision import level_for
from probes.chatglm import config as chatglm
from probes.chatglm.loading import empty_model, native_config
from probes.chatglm.model_config import prompt_end
from probes.chatglm.weights import NativeTensors
from probes.checkpoint.classes import auto_class
from probes.checkpoint.target import read_config as read_plain_config
from probes.checkpoint.tensors import Tensors
from probes.deploy import assembly
from probes.deploy.job import DeployJob
from probes.jobs.events import Emit
from probes.jobs.record import key_of, reads
from probes.machine.host import processor_name
from probes.machine.peak_memory import Peak, peak_of, process_bytes, resident_bytes
from probes.machine.precision import capability_of, half_on
from probes.machine.rates import free_bytes
from probes.machine.torch_device import device_of
from probes.open_checkpoint import read_config
from probes.quantize import find
from probes.quantize.transformers_levels import build, settings_of
from probes.shapes.spec import spec_of

PROFILED_STEPS = 2
"""Decoding steps in the run whose memory is recorded on a CPU: the cache grows, the peak is before it."""
WARM_UP_TOKENS = 32
IN_ONE_PIECE = ("jamba", "bamba")
"""Types that transformers 5.23 answers otherwise when their prompt comes in pieces."""


@dataclass(frozen=True)
class Deployment:
    """A job with what its names stand for on this machine."""

    job: DeployJob
    name: str
    level: str
    device: torch.device
    directory: Path | None
    config: Mapping[str, Any]

    @property
    def prompt(self) -> int:
        return self.job.context - self.job.new_tokens


@dataclass(frozen=True)
class Speed:
    """Seconds for the prompt, and for each decoding step after it."""

    prefill: float
    steps: tuple[float, ...]


@reads(DeployJob)
def run(job: DeployJob, emit: Emit) -> dict[str, Any]:
    """See `basefit deploy`. `error` is expected / measured − 1, of what the device's memory must hold."""
    asked = read_job(job)
    expected = expected_footprint(asked)
    refuse_what_cannot_fit(asked, expected)
    began = time.perf_counter()
    model = load(asked, emit)
    load_seconds = time.perf_counter() - began
    resident = resident_bytes(model)
    with torch.inference_mode():
        peak, speed = measure(asked, model, resident, emit)
    process = process_bytes(asked.device)
    cuda = asked.device.type == "cuda"
    # A card must hold the context and what the allocator keeps; a host's own estimate is of tensors alone.
    measured = (process or _with_context(peak, job.context_bytes)) if cuda else peak.allocated
    found = Deploy(
        peak_bytes=PeakBytes(peak.allocated, peak.reserved, process),
        resident_bytes=resident,
        measured_bytes=measured,
        expected_bytes=expected.expected,
        low_bytes=expected.low,
        high_bytes=expected.high,
        error=expected.expected / measured - 1 if measured else None,
        prefill_tokens_per_s=job.batch * asked.prompt / speed.prefill,
        decode_tokens_per_s=job.batch * len(speed.steps) / sum(speed.steps) if speed.steps else None,
        load_seconds=load_seconds,
    )
    values = write(found)
    emit.metric(
        kind="deploy",
        model=asked.name,
        revision=job.revision,
        level=asked.level,
        key=evidence_key(asked),
        values=values,
    )
    terms = [{"name": term.name, "bytes": term.expected} for term in expected.terms]
    described: dict[str, Any] = {
        "model": asked.name,
        "level": asked.level,
        "device": str(asked.device),
        "dtype": str(half_on(asked.device)).removeprefix("torch."),
        "terms": terms,
        "unknown": list(spec_of(asked.config, asked.name).unknown),
    }
    described |= {"engine": "transformers", "prefill": min(asked.prompt, job.prefill or asked.prompt)}
    return described | values


def read_job(job: DeployJob) -> Deployment:
    """The job, checked. Problems: deploy-level-unsupported, deploy-length, deploy-prefill-whole,
    device-missing, and config's.
    """
    device = device_of(job.device)
    level = level_for(find_level(job.level).name, capability_of(device))
    if level not in deployed_levels():
        raise Problem("deploy-level-unsupported", level=level, levels=", ".join(deployed_levels()))
    if job.context <= job.new_tokens:
        raise Problem("deploy-length", context=job.context, new_tokens=job.new_tokens)
    directory = Path(job.target) if job.target else None
    config = read_plain_config(directory) if directory else dict(job.config or {})
    name = job.name or (directory.name if directory else str(config.get("model_type")))
    if job.prefill and config.get("model_type") in IN_ONE_PIECE:
        raise Problem("deploy-prefill-whole", model=name)
    return Deployment(job, name, level, device, directory, config)


def load(asked: Deployment, emit: Emit) -> PreTrainedModel:
    """The model on its device: from its weights, or filled with random ones."""
    device, level = asked.device, find(asked.level, half_on(asked.device))

    def tell(done: int, total: int) -> None:
        emit.progress("loading", done, total, "tensors")

    tell(0, 1)
    if asked.job.unread or chatglm.is_published(asked.config):
        return assembly.assemble(*_parts(asked, level.dtype), level=level, device=device, tell=tell)
    assert asked.directory is not None
    config = read_config(asked.directory)
    Tensors(asked.directory).check_plain()
    model: PreTrainedModel = auto_class(config, str(asked.directory)).from_pretrained(
        asked.directory,
        dtype=level.dtype,
        quantization_config=settings_of(level, config, str(asked.directory)),
        device_map={"": device},
        trust_remote_code=False,
        local_files_only=True,
    )
    build(model, level)
    tell(1, 1)
    model.eval()
    return model


def _parts(
    asked: Deployment, dtype: torch.dtype
) -> tuple[PretrainedConfig, assembly.Source, assembly.Make]:
    """Configuration, weights and module tree; ChatGLM directories become what is implemented for them."""
    source = assembly.random_source(asked.device, dtype)
    if not chatglm.is_published(asked.config):
        config = (
            AutoConfig.for_model(**asked.config)
            if asked.directory is None
            else read_config(asked.directory)
        )
        return config, source, assembly.made_by_transformers
    published = chatglm.check(asked.config, asked.directory or Path(asked.name))
    if asked.directory is not None and not asked.job.unread:
        tensors = NativeTensors(Tensors(asked.directory), published)
        source = lambda name, shape: tensors.load(name, shape=tuple(shape))  # noqa: E731
    return native_config(published), source, lambda config, dtype: empty_model(published)


def measure(asked: Deployment, model: PreTrainedModel, resident: int, emit: Emit) -> tuple[Peak, Speed]:
    """The peak of answering a prompt, and its speed. On a CPU two runs, as recording memory takes time."""
    ids, job = prompt_ids(model.config, asked), asked.job
    if asked.device.type == "cuda":
        answer(model, ids[:, -WARM_UP_TOKENS:], 2, prefill=job.prefill)
        speeds: list[Speed] = []
        peak = peak_of(
            lambda: speeds.append(answer(model, ids, job.new_tokens, emit, job.prefill)), asked.device, 0
        )
        return peak, speeds[0]
    emit.progress("memory", 0, 1)
    steps = min(PROFILED_STEPS, job.new_tokens)
    peak = peak_of(lambda: answer(model, ids, steps, prefill=job.prefill), asked.device, resident)
    emit.progress("memory", 1, 1)
    return peak, answer(model, ids, job.new_tokens, emit, job.prefill)


def refuse_what_cannot_fit(asked: Deployment, expected: Footprint) -> None:
    """Problem("deploy-too-large") where even the low end of the estimate is more than what is free."""
    free = free_bytes(str(asked.device))
    if expected.low > free:
        raise Problem(
            "deploy-too-large",
            model=asked.name,
            level=asked.level,
            context=asked.job.context,
            batch=asked.job.batch,
            device=str(asked.device),
            needed_bytes=expected.low,
            free_bytes=free,
        )


def prompt_ids(config: PretrainedConfig, asked: Deployment) -> Tensor:
    """Random ids [batch, prompt] on the device; ChatGLM-6B's prompts end as it must have them.

    Problem("deploy-length") where the prompt does not hold those last tokens; "deploy-prefill-whole" where
    it would come in pieces, which see nothing of what follows.
    """
    end = prompt_end(config)
    if asked.prompt < len(end):
        raise Problem("deploy-length", context=asked.job.context, new_tokens=asked.job.new_tokens)
    if end and asked.job.prefill and asked.job.prefill < asked.prompt:
        raise Problem("deploy-prefill-whole", model=asked.name)
    vocabulary = int(config.get_text_config().vocab_size)
    ids = torch.randint(0, min((vocabulary, *end)), (asked.job.batch, asked.prompt), device=asked.device)
    ids[:, asked.prompt - len(end) :] = torch.tensor(end, device=asked.device)
    return ids


def answer(
    model: PreTrainedModel,
    ids: Tensor,
    new_tokens: int,
    emit: Emit | None = None,
    prefill: int | None = None,
    told: list[Tensor] | None = None,
) -> Speed:
    """Take in the prompt `ids` [batch, tokens], `prefill` of each at once (all where None), then decode
    greedily, one token a step; each [batch, 1] is put into `told`.
    """
    device, taken = ids.device, 0
    cache: dict[str, Any] = {}
    if emit:
        emit.progress("prefill", 0, ids.numel(), "tokens")
    began = _now(device)
    for piece in ids.split(prefill or ids.shape[1], dim=1):
        out = model(input_ids=piece, **cache, use_cache=True, logits_to_keep=1)
        cache, taken = _cache_of(out), taken + piece.numel()
        if emit:
            emit.progress("prefill", taken, ids.numel(), "tokens")
    seconds = _now(device) - began
    if out.logits.dtype == torch.float16 and not bool(out.logits.isfinite().all()):
        raise Problem("logits-overflow", model=str(model.config.model_type))
    chosen = out.logits[:, -1].argmax(-1, keepdim=True)
    del out
    steps = []
    for step in range(new_tokens):
        if told is not None:
            told.append(chosen)
        began = _now(device)
        out = model(input_ids=chosen, **cache, use_cache=True, logits_to_keep=1)
        steps.append(_now(device) - began)
        cache = _cache_of(out)
        chosen = out.logits[:, -1].argmax(-1, keepdim=True)
        if emit:
            emit.progress("decoding", step + 1, new_tokens, "tokens")
    return Speed(seconds, tuple(steps))


def _cache_of(out: ModelOutput) -> dict[str, Any]:
    """What the next pass goes on from; models that keep states of a fixed size give it another name."""
    name = "past_key_values" if "past_key_values" in out else "cache_params"
    return {name: out.get(name)}


def _now(device: torch.device) -> float:
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    return time.perf_counter()


def expected_footprint(asked: Deployment) -> Footprint:
    """What the catalog foretells for the same use, uncorrected."""
    job = asked.job
    return estimate.inference(
        spec_of(asked.config, asked.name),
        find_level(asked.level),
        context=job.context,
        batch=job.batch,
        prefill=job.prefill,
        prompt=asked.prompt,
        device=asked.device.type,
        context_bytes=job.context_bytes,
    )


def _with_context(peak: Peak, context_bytes: int | None) -> int:
    """Where the driver does not say what the process holds: what the allocator does, and the context."""
    return (peak.reserved or peak.allocated) + (context_bytes or CONTEXT[1])


def evidence_key(asked: Deployment) -> dict[str, Any]:
    """What makes two measurements of one model at one level the same."""
    cuda = asked.device.type == "cuda"
    versions = {package: version(package) for package in ("torch", "transformers")}
    with contextlib.suppress(ModuleNotFoundError):
        versions["bitsandbytes"] = version("bitsandbytes")
    device = torch.cuda.get_device_name(asked.device) if cuda else processor_name()
    return key_of(asked.job, device=device, versions=versions)
