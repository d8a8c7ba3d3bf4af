"""The buffers of a model that was made on the meta device."""

import torch
from transformers import PreTrainedModel


def fill_buffers(model: PreTrainedModel, device: torch.device) -> None:
    """Rotary frequencies and the like, which no checkpoint holds, as transformers makes them."""
    for module in model.modules():
        buffers = dict(module.named_buffers(recurse=False))
        if any(buffer.is_meta for buffer in buffers.values()):
            for name, buffer in buffers.items():
                module.register_buffer(name, torch.empty_like(buffer, device="cpu"), persistent=False)
            with torch.no_grad():
                model._init_weights(module)
            for name, buffer in module.named_buffers(recurse=False):
                module.register_buffer(name, buffer.to(device), persistent=False)
