"""What a device sustains: bytes its context takes, memory bandwidth, matrix rate. Imports torch.

Each figure is the best of repeated runs within TIME_S: other work only ever slows a run down.
"""

import os
import time
from collections.abc import Callable
from functools import partial

import psutil
import torch

from probes.machine import nvml
from probes.machine.identity import identity_of
from probes.machine.precision import half_on

TIME_S = 0.8
"""How long one figure is measured for, after the memory it needs has been touched once."""
_BUFFER = 2**30
"""Far larger than any cache a rate should not be flattered by."""


def steps(device: str) -> dict[str, Callable[[], float | int | None]]:
    """Name -> what measures it. The context comes first: it is only new once in a process."""
    if device == "cpu":
        return {
            "bandwidth_bytes_per_s": partial(bandwidth, device),
            "bf16_flops": partial(matrix_rate, device, torch.bfloat16),
            "fp32_flops": partial(matrix_rate, device, torch.float32),
        }
    return {
        "context_bytes": partial(context_bytes, device),
        "bandwidth_bytes_per_s": partial(bandwidth, device),
        "bf16_flops": partial(matrix_rate, device, torch.bfloat16),
        "fp32_flops": partial(matrix_rate, device, torch.float32),
    }


def context_bytes(device: str) -> int | None:
    """Bytes a process pays for using the card at all: what it holds there and torch's allocator does not.

    After one matrix product, because libraries load their kernels at the first use. From the driver's
    record of this process; where that is not readable, from the drop of free memory, which another
    process may disturb. None where that gives nothing sensible.
    """
    import pynvml

    uuid = identity_of(device)
    before = _free_on(uuid)
    square = torch.ones(256, 256, dtype=half_on(torch.device(device)), device=device)
    (square @ square).sum().item()
    reserved = torch.cuda.memory_reserved(device)
    held = nvml.own_bytes(pynvml, uuid, os.getpid())
    if held is None and before is not None:
        held = before - torch.cuda.mem_get_info(device)[0]
    return held - reserved if held is not None and held > reserved else None


def _free_on(uuid: str) -> int | None:
    return next((card.free_bytes for card in nvml.read_cards().cards if card.uuid == uuid), None)


def bandwidth(device: str) -> float:
    """Bytes per second of the device's memory: a sum that reads; on a card also a copy, if that is better.

    A processor's copy also fetches what it overwrites, which would count it short.
    """
    cpu = device == "cpu"
    size = min(_BUFFER // 2 if cpu else _BUFFER, free_bytes(device) // 4)
    source = torch.ones(size // 4, dtype=torch.float32, device=device)
    size = int(source.nbytes)
    read = size / _best(device, lambda: source.sum())
    if cpu:
        return read
    target = torch.empty_like(source)
    return max(read, 2 * size / _best(device, lambda: target.copy_(source)))


def matrix_rate(device: str, dtype: torch.dtype) -> float:
    """Operations per second in square matrix products (2·n³ each) of `dtype`, products included in it."""
    if dtype is torch.bfloat16:
        dtype = half_on(torch.device(device))  # emulated where there is none: nobody would compute in it
    size = _size(device, dtype)
    left = torch.full((size, size), 0.01, dtype=dtype, device=device)
    right, out = left.clone(), left.clone()
    operations: int = 2 * size**3
    return operations / _best(device, lambda: torch.mm(left, right, out=out))


def _size(device: str, dtype: torch.dtype) -> int:
    """Large enough to be efficient, small enough to repeat: a product takes 1 to 100 ms."""
    if device != "cpu":
        return 8192 if free_bytes(device) > 4 * 2**30 and dtype is not torch.float32 else 4096
    square = torch.full((512, 512), 0.01, dtype=dtype)
    square @ square
    began = time.perf_counter()
    square @ square
    took = time.perf_counter() - began
    return 512 if took > 0.05 else 1024 if took > 0.005 else 2048


def _best(device: str, work: Callable[[], object]) -> float:
    """Seconds of the fastest run among those that fit into half of TIME_S; at least two after a warm-up."""
    cuda = device != "cpu"

    def once() -> float:
        began = time.perf_counter()
        work()
        if cuda:
            torch.cuda.synchronize(device)
        return time.perf_counter() - began

    once()
    fastest = once()
    left = TIME_S / 2 - fastest
    while left > 0:
        took = once()
        fastest, left = min(fastest, took), left - took
    return fastest


def free_bytes(device: str) -> int:
    """Memory of the device (`cpu`, `cuda:0`) that nothing holds now."""
    if device == "cpu":
        return int(psutil.virtual_memory().available)
    return int(torch.cuda.mem_get_info(device)[0])
