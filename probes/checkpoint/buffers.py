"""The buffers of a model that was made on the meta device."""

from collections.abc import Iterable

import torch
from torch import nn
from transformers import PreTrainedModel

from catalog.problem import Problem


def fill_buffers(model: PreTrainedModel, device: torch.device, without: Iterable[nn.Module] = ()) -> None:
    """Rotary frequencies and the like, which no checkpoint holds, as transformers makes them.

    Modules below `without` are left as they are. Problem("architecture-unsupported") where the class does
    not say what a buffer holds.
    """
    passed = {id(module) for root in without for module in root.modules()}
    owner: dict[str, PreTrainedModel] = {}
    filled: list[tuple[nn.Module, str]] = []
    for path, module in model.named_modules():
        above = owner.get(path.rpartition(".")[0], model)
        owner[path] = module if isinstance(module, PreTrainedModel) else above
        buffers = dict(module.named_buffers(recurse=False))
        if id(module) in passed or not any(buffer.is_meta for buffer in buffers.values()):
            continue
        filled += _emptied(module, buffers)
        with torch.no_grad():
            owner[path]._init_weights(module)
    if any(map(_unsaid, filled)):  # some classes fill the buffers of all their layers at once
        with torch.no_grad():
            for above in dict.fromkeys(owner.values()):
                above._init_weights(above)
    for module, name in filled:
        if _unsaid((module, name)):
            raise Problem("architecture-unsupported", architecture=type(model).__name__, path=name)
        kept = name not in module._non_persistent_buffers_set
        module.register_buffer(name, module.get_buffer(name).to(device), persistent=kept)


def kept_buffers(module: nn.Module) -> dict[str, torch.Tensor]:
    """The buffers of a module itself that a checkpoint holds."""
    passing = module._non_persistent_buffers_set
    return {key: tensor for key, tensor in module.named_buffers(recurse=False) if key not in passing}


def _emptied(module: nn.Module, buffers: dict[str, torch.Tensor]) -> list[tuple[nn.Module, str]]:
    """Real buffers in place of those on the meta device: no numbers where none will be loaded."""
    for name, buffer in buffers.items():
        kept = name not in module._non_persistent_buffers_set
        empty = torch.zeros_like(buffer, device="cpu")
        if buffer.is_floating_point() and not kept:
            empty.fill_(torch.nan)
        module.register_buffer(name, empty, persistent=kept)
    return [(module, name) for name in buffers]


def _unsaid(place: tuple[nn.Module, str]) -> bool:
    """Whether nothing has been written into that buffer yet."""
    buffer = place[0].get_buffer(place[1])
    return buffer.is_floating_point() and bool(buffer.isnan().any())
