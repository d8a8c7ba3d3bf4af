"""Write a model at a GPTQ level: layer by layer, each solved on the states that quantized ones give.

Job: see probes.checkpoint.job.QuantizeJob.
"""

import shutil
import time
from functools import partial
from pathlib import Path
from typing import Any

import torch

from catalog.files import written
from catalog.models.architectures import scored
from catalog.problem import Problem
from probes.checkpoint.job import QuantizeJob
from probes.checkpoint.target import read_config
from probes.checkpoint.tensors import Tensors
from probes.jobs.events import Emit
from probes.jobs.record import reads
from probes.jobs.unfinished import Unfinished
from probes.machine.torch_device import device_of, peak_memory, threads_for
from probes.open_checkpoint import Checkpoint, Weights, open_checkpoint, read_ahead
from probes.perplexity.calibration import Calibration, calibration_rows
from probes.perplexity.skeleton import Skeleton
from probes.quantize import Level, find
from probes.quantize.gptq_write import WRITABLE_BITS, GptqWriter, pack_linear
from probes.text import read_text
from probes.tokenization.load import load_tokenizer

_LEAVE_OUT = (".safetensors", ".bin", ".index.json")
_OWN = ("config.json", "quantize_config.json", "training.json")


@reads(QuantizeJob)
def run(job: QuantizeJob, emit: Emit) -> dict[str, Any]:
    """Quantize and write; a run that was cut off goes on with the layer it stood at.

    Problems: level-unwritable, architecture-unwritable, out-not-empty, and those of the perplexity probe.
    """
    began = time.monotonic()
    device, out = device_of(job.device), Path(job.out)
    level = find(job.level, torch.float16 if device.type == "cuda" else torch.bfloat16)
    if level.calibrated is None or level.calibrated.bits not in WRITABLE_BITS:
        raise Problem("level-unwritable", level=level.name)
    checkpoint = open_checkpoint(job.target)
    if checkpoint.config.model_type not in scored():
        raise Problem("architecture-unwritable", architecture=checkpoint.config.model_type)
    Tensors(checkpoint.directory).check_plain()
    torch.set_num_threads(job.threads or threads_for(checkpoint.config))
    rows = calibration_rows(read_text(job.text).text, [], load_tokenizer(job.target))
    identity = {"job": "quantize", "source": checkpoint.revision, "level": level.name, "rows": rows}
    unfinished = Unfinished.take_up(out, identity | {"device": device.type, "torch": torch.__version__})
    if unfinished is None:
        raise Problem("out-not-empty", path=str(out))
    writer = GptqWriter(out, level.calibrated)
    with torch.inference_mode():
        _write_layers(checkpoint, level, rows, writer, device, emit, unfinished.state)
    size = writer.finish(read_config(checkpoint.directory))
    for file in checkpoint.directory.iterdir():
        if file.is_file() and not file.name.endswith(_LEAVE_OUT) and file.name not in _OWN:
            shutil.copy(file, out / file.name)
    unfinished.finished()
    return {
        "model": job.name,
        "level": level.name,
        "out": str(out),
        "bytes": size,
        "calibration_tokens": sum(map(len, rows)),
        "peak_memory_bytes": peak_memory(device),
        "seconds": round(time.monotonic() - began, 3),
    }


def _write_layers(
    checkpoint: Checkpoint,
    level: Level,
    rows: list[tuple[int, ...]],
    writer: GptqWriter,
    device: torch.device,
    emit: Emit,
    kept: Path,
) -> None:
    """Shards of everything around the layers first, then one shard a layer, after which states are kept."""
    skeleton = Skeleton(checkpoint.config, checkpoint.tensors, level.dtype, device)
    calibration = Calibration(skeleton, rows, [level], True, device)
    for name, weight in skeleton.ends():
        writer.shard({name: weight.half()})
    count, first = len(skeleton.layers), _go_on(calibration, kept)
    for _ in range(first):
        writer.known()
    jobs = [partial(skeleton.read_layer, index) for index in range(first, count)]
    for index, weights in enumerate(read_ahead(jobs), first):
        emit.progress("layers", index, count, "layers", level.name, first)
        writer.shard(_packed(skeleton, index, weights, calibration, level))
        if calibration.states is not None:
            with written(kept) as fresh:
                torch.save({"layer": index + 1, "states": calibration.states}, fresh)
    emit.progress("layers", count, count, "layers", level.name)


def _go_on(calibration: Calibration, kept: Path) -> int:
    """The layer to go on with: the one whose states were kept, else the first."""
    try:
        found = torch.load(kept, map_location="cpu", weights_only=True)
    except (RuntimeError, EOFError, ValueError, OSError):  # none, or cut short
        return 0
    calibration.go_on(found["states"])
    return int(found["layer"])


def _packed(
    skeleton: Skeleton, index: int, weights: Weights, calibration: Calibration, level: Level
) -> Weights:
    assert level.calibrated is not None
    solved = calibration.solve(index, weights)[level.name]
    tensors: Weights = {}
    for name, quantized in solved.items():
        tensors |= pack_linear(skeleton.full_name(index, name), quantized, level.calibrated.bits)
    for key, weight in weights.items():
        if key.removesuffix(".weight") not in solved:
            tensors[skeleton.full_name(index, key)] = weight.half()
    return tensors
