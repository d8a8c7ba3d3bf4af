"""The most memory that tensors took during a stretch of work, as the allocator itself counted it."""

import os
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import psutil
import torch
from torch import Tensor, nn
from torch.profiler import ProfilerActivity, profile

from probes.machine import nvml
from probes.machine.identity import identity_of


@dataclass(frozen=True)
class Peak:
    """Bytes. `allocated` are tensors, `reserved` what torch's CUDA allocator held (None on the CPU)."""

    allocated: int
    reserved: int | None


def peak_of(work: Callable[[], object], device: torch.device, resident: int) -> Peak:
    """Run `work` and tell its peak; `resident` bytes of tensors are there before it, on a CPU.

    On a card the allocator keeps this number itself. On a CPU torch's profiler records every
    allocation, at some cost in time: do not take speeds from the same run.
    """
    if device.type == "cuda":
        torch.cuda.synchronize(device)
        torch.cuda.reset_peak_memory_stats(device)
        work()
        torch.cuda.synchronize(device)
        return Peak(torch.cuda.max_memory_allocated(device), torch.cuda.max_memory_reserved(device))
    with profile(activities=[ProfilerActivity.CPU], profile_memory=True) as record:
        work()
    held = highest = 0
    for event in record.profiler.kineto_results.events():
        if event.name() == "[memory]":
            held += event.nbytes()
            highest = max(highest, held)
    return Peak(resident + highest, None)


def resident_bytes(model: nn.Module) -> int:
    """Bytes of a model's tensors, each storage once, quantization states included."""
    storages = {}
    for tensor in _tensors(model):
        storage = tensor.untyped_storage()
        storages[storage.data_ptr()] = storage.nbytes()
    return sum(storages.values())


def _tensors(model: nn.Module) -> Iterable[Tensor]:
    for parameter in (*model.parameters(), *model.buffers()):
        yield parameter
        # bitsandbytes hangs scales and maps on the parameter: QuantState for 4-bit, row scales for int8.
        yield from _state_tensors(getattr(parameter, "quant_state", None))
        yield from (t for t in (getattr(parameter, "SCB", None),) if isinstance(t, Tensor))


def _state_tensors(state: object) -> Iterable[Tensor]:
    if state is None:
        return
    for name in ("absmax", "code", "offset"):
        tensor = getattr(state, name, None)
        if isinstance(tensor, Tensor):
            yield tensor
    yield from _state_tensors(getattr(state, "state2", None))


def present_bytes(device: torch.device) -> int:
    """What this process takes now: torch's share of a card, else resident memory of the host."""
    if device.type == "cuda":
        return int(torch.cuda.memory_reserved(device))
    return int(psutil.Process().memory_info().rss)


def process_bytes(device: torch.device) -> int | None:
    """What this process takes of the device: on a card now, context included; of a host at its highest."""
    if device.type == "cuda":
        import pynvml

        return nvml.own_bytes(pynvml, identity_of(device), os.getpid())
    return _highest_resident()


def _highest_resident() -> int | None:
    """Bytes of the most memory this process ever held; None where the system does not say."""
    try:
        import resource
    except ImportError:  # Windows keeps it elsewhere
        return getattr(psutil.Process().memory_info(), "peak_wset", None)
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
