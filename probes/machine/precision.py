"""The 16-bit type of a torch device."""

import torch

from catalog.quantization.precision import half_for


def capability_of(device: torch.device) -> float | None:
    """The compute capability of a card; None of a processor."""
    if device.type != "cuda":
        return None
    major, minor = torch.cuda.get_device_capability(device)
    return float(f"{major}.{minor}")


def half_on(device: torch.device) -> torch.dtype:
    """bfloat16, or float16 where the card has none; see catalog.quantization.precision."""
    half: torch.dtype = getattr(torch, half_for(capability_of(device)))
    return half
