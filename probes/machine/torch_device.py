"""The torch device of a job, its threads, and the most memory it took."""

import torch
from transformers import PretrainedConfig

from catalog.problem import Problem
from probes.machine.peak_memory import process_bytes

SMALL_WIDTH = 512
"""Hidden states this narrow are computed by one thread."""


def threads_for(config: PretrainedConfig) -> int:
    """One for small models, whose work is too short to share out; else as many as torch would take.

    With another program on the same cores, two threads took 6 to 18 times as long as one at width 128.
    """
    return 1 if config.get_text_config().hidden_size <= SMALL_WIDTH else torch.get_num_threads()


def peak_memory(device: torch.device) -> int:
    """Bytes: the most torch held on the GPU, or this process where it ran on the CPU."""
    if device.type == "cuda":
        return int(torch.cuda.max_memory_reserved(device))
    return process_bytes(device) or 0


def device_of(name: str) -> torch.device:
    """The torch device of that name; Problem("device-missing") where there is none."""
    if name.startswith("cuda") and not torch.cuda.is_available():
        raise Problem("device-missing", device=name)
    return torch.device(name)
