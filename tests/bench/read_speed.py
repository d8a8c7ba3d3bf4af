"""How fast weights are read that the system holds in its cache: `python -m tests.bench.read_speed [MIB]`.

A file of layers alike is read layer by layer, as a pass does it, into new memory each time and into memory
that is used again (probes/checkpoint/read_buffers.py). Prints GB a second of processor time and of wall.
"""

import sys
import tempfile
import time
from pathlib import Path

import torch
from safetensors.torch import save_file

from probes.checkpoint import read_buffers
from probes.checkpoint.tensors import Tensors

SHAPES = {"q": (2048, 2048), "up": (8192, 2048), "down": (2048, 8192)}
ROUNDS = 3


def layer_by_layer(tensors: Tensors, layers: int) -> tuple[float, float]:
    """(GB per processor second, GB per second) of reading all layers, two of them in memory at a time."""
    read, began, worked = 0, time.perf_counter(), time.process_time()
    held: list[dict[str, torch.Tensor]] = []
    for layer in range(layers):
        held = [*held[-1:], {name: tensors.load(f"{layer}.{name}") for name in SHAPES}]
        read += sum(tensor.nbytes for tensor in held[-1].values())
    return read / 1e9 / (time.process_time() - worked), read / 1e9 / (time.perf_counter() - began)


def main() -> None:
    """Both ways in turn; the best of some rounds, which other work only ever slows down."""
    a_layer = sum(rows * columns * 2 for rows, columns in SHAPES.values())
    layers = max(4, (int(sys.argv[1]) if len(sys.argv) > 1 else 1024) * 2**20 // a_layer)
    with tempfile.TemporaryDirectory() as folder:
        weights = {
            f"{layer}.{name}": torch.zeros(shape, dtype=torch.bfloat16)
            for layer in range(layers)
            for name, shape in SHAPES.items()
        }
        save_file(weights, Path(folder) / "model.safetensors")
        del weights
        for words, small in (("new memory", sys.maxsize), ("used again", read_buffers.SMALL)):
            read_buffers.SMALL = small
            tensors = Tensors(folder)
            rounds = [layer_by_layer(tensors, layers) for _ in range(ROUNDS)]
            worked, wall = (max(column) for column in zip(*rounds, strict=True))
            print(f"{words}: {worked:.1f} GB a processor second, {wall:.1f} GB a second")


if __name__ == "__main__":
    main()
