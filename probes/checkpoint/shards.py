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
) -> int:
    """Write the tensors named in `sizes` (bytes each), in that order, with their index: how many shards.

    Problem("convert-no-space", needed=, free=) before anything is written.
    """
    total, free = sum(sizes.values()), shutil.disk_usage(out).free
    if free < total:
        raise Problem("convert-no-space", path=str(out), needed=total, free=free)
    plan = list(_shards(sizes, shard_bytes))
    weight_map: dict[str, str] = {}
    done = 0
    for number, names in enumerate(plan, 1):
        file = f"model-{number:05d}-of-{len(plan):05d}.safetensors"
        held = {}
        for name in names:
            held[name] = load(name).contiguous()
            done += sizes[name]
            watch(done, total, file)
        with written(out / file) as fresh:
            save_file(held, fresh, metadata={"format": "pt"})
        weight_map |= dict.fromkeys(names, file)
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
