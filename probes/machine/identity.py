"""Which card of the driver's a torch device of this process is."""

import os

import torch

from probes.jobs.devices import is_identity


def identity_of(device: torch.device | str) -> str:
    """The driver's identity of a card of this process; of a slice its own, which torch does not tell."""
    number = torch.device(device).index or 0
    shown = os.environ.get("CUDA_VISIBLE_DEVICES", "")
    if shown and is_identity(shown):
        return shown.split(",")[number]
    return f"GPU-{torch.cuda.get_device_properties(device).uuid}"
