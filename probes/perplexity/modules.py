"""Modules of transformers' filled one by one, and what they answer while they are empty."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from transformers.pytorch_utils import Conv1D

from probes.open_checkpoint import Weights


def fill(
    layer: nn.Module,
    weights: Weights,
    linears: Sequence[str],
    linear: Callable[[str, Tensor, Tensor | None], nn.Module],
) -> None:
    """Give a meta layer its weights; of `linears` each becomes what `linear(name, weight, bias)` makes."""
    for name in linears:
        layer.set_submodule(name, linear(name, weights[f"{name}.weight"], weights.get(f"{name}.bias")))
    for key, tensor in weights.items():
        owner, _, attribute = key.rpartition(".")
        if owner not in linears:
            put(layer.get_submodule(owner), attribute, tensor)


def put(module: nn.Module, key: str, tensor: Tensor) -> None:
    """A parameter or buffer of a module, by its name there."""
    if key in module._buffers:
        module._buffers[key] = tensor
    else:
        setattr(module, key, nn.Parameter(tensor, requires_grad=False))


def empty(module: nn.Module, nothing: Tensor) -> None:
    """Let the parameters of a module and those below it go: zeros in their places that take no memory."""
    for part in module.modules():
        for key, parameter in list(part.named_parameters(recurse=False)):
            put(part, key, nothing.expand(parameter.shape))


def matrix_shape(module: nn.Module) -> tuple[int, int]:
    """(out, in) of a linear module."""
    first, second = module.get_parameter("weight").shape
    return (second, first) if isinstance(module, Conv1D) else (first, second)


@dataclass
class Empty:
    """What an empty embedding gives: zeros [..., width] for the first ids that it is given, or noise."""

    width: int
    dtype: torch.dtype
    device: torch.device
    noise: bool = False

    def __call__(self, *args: Any, **kwargs: Any) -> Tensor:
        given = [value for value in (*args, *kwargs.values()) if isinstance(value, Tensor) and value.ndim]
        make = torch.randn if self.noise else torch.zeros
        return make(*given[0].shape, self.width, dtype=self.dtype, device=self.device)


def no_logits(states: Tensor) -> Tensor:
    """What an empty head gives: [..., 1]."""
    return states.new_zeros(*states.shape[:-1], 1)


def name_of(model: nn.Module, wanted: nn.Module) -> str:
    """A module's name in the model."""
    names = (name for name, module in model.named_modules() if module is wanted)
    return str(next(names))


def joined(name: str, key: str) -> str:
    """A parameter's name in the model, by its module's; the model's own has none."""
    return f"{name}.{key}" if name else key
