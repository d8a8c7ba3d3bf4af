"""The torch device of a job, its threads, and the most memory it took."""

import torch
from transformers import PretrainedConfig

from catalog.hardware.torch_builds import has_code_for
from catalog.problem import Problem
from probes.jobs.devices import CPU, kind_of, name_inside
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
    """The torch device of that name (see probes.jobs.devices).

    Problems: device-missing where there is none; device-no-code where this torch has no code for the card,
    which would otherwise be told in the middle of the work, as a failure of CUDA.
    """
    inside = name_inside(name)
    if kind_of(name) == CPU:
        return torch.device(inside)
    if not torch.cuda.is_available() or (torch.device(inside).index or 0) >= torch.cuda.device_count():
        raise Problem("device-missing", device=name)
    device = torch.device(inside)
    major, minor = torch.cuda.get_device_capability(device)
    built = torch.cuda.get_arch_list()
    if built and torch.version.hip is None and not has_code_for(float(f"{major}.{minor}"), built):
        about = {"torch": torch.__version__, "built": " ".join(built)}
        shown = torch.cuda.get_device_name(device)
        raise Problem("device-no-code", device=shown, capability=f"{major}.{minor}", **about)
    return device
