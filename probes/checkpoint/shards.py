"""Weights written as safetensors, in shards of a size that every loader takes, one in memory at a time."""

import json
import shutil
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import torch
from safetensors.torch import save_file

from catalog.files import write_text, written
from catalog.problem import Problem

SHARD_BYTES = 2 * 1024**3
"""A shard is closed before it grows past this."""
INDEX = "model.safetensors.index.json"

Watch = Callable[[int, int, str], None]
"""Called with the bytes done, all bytes, and the shard that is being filled."""


def write_shards(
    sizes: Mapping[str, int],
    load: Callable[[str], torch.Tensor],
    out: Path,
    watch: Watch,
    shard_bytes: int = SHARD_BYTES,
    goes_on: bool = False,
) -> int:
    """Write the tensors named in `sizes` (bytes each), in that order, with their index: how many shards.

    Where it `goes_on` from a run that was cut off, the shards that stand there are left as they are.
    Problem("convert-no-space", needed=, free=) before anything is written.
    """
    parts = list(_shards(sizes, shard_bytes))
    plan = {f"model-{n:05d}-of-{len(parts):05d}.safetensors": names for n, names in enumerate(parts, 1)}
    there = {file for file in plan if goes_on and (out / file).is_file()}
    done = sum(sizes[name] for file in there for name in plan[file])
    total, free = sum(sizes.values()), shutil.disk_usage(out).free
    if free < total - done:
        raise Problem("convert-no-space", path=str(out), needed=total - done, free=free)
    weight_map = {name: file for file, names in plan.items() for name in names}
    for file, names in plan.items():
        if file in there:
            continue
        held = {}
        for name in names:
            held[name] = load(name).contiguous()
            done += sizes[name]
            watch(done, total, file)
        with written(out / file) as fresh:
            save_file(held, fresh, metadata={"format": "pt"})
    index = {"metadata": {"total_size": total}, "weight_map": weight_map}
    write_text(out / INDEX, json.dumps(index, indent=2) + "\n")
    return len(plan)


def _shards(sizes: Mapping[str, int], shard_bytes: int) -> Iterator[list[str]]:
    names: list[str] = []
    size = 0
    for name, more in sizes.items():
        if names and size + more > shard_bytes:
            yield names
            names, size = [], 0
        names.append(name)
        size += more
    yield names
