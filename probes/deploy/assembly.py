"""A whole model put together layer by layer at a level: each matrix is quantized as it comes.

The module tree is what transformers and bitsandbytes build themselves when they load a checkpoint; only
the weights come from elsewhere, so that the peak stays one matrix above what the model takes in the end.
"""

from collections.abc import Callable
from typing import Any

import bitsandbytes
import torch
from torch import Tensor, nn
from transformers import PretrainedConfig, PreTrainedModel
from transformers.initialization import no_init_weights
from transformers.integrations import replace_with_bnb_linear
from transformers.modeling_utils import local_torch_dtype

from probes.checkpoint.buffers import fill_buffers, kept_buffers
from probes.checkpoint.classes import auto_class
from probes.checkpoint.configuration import making
from probes.quantize import Level
from probes.quantize.transformers_levels import build
from probes.shapes.loading import Loading

Source = Callable[[str, torch.Size], Tensor]
"""(parameter's name, shape) -> its values, on any device."""
Make = Callable[[PretrainedConfig, torch.dtype], PreTrainedModel]
"""Builds a module tree; the caller sees to it that no memory is taken."""


def random_source(device: torch.device, dtype: torch.dtype, seed: int = 0) -> Source:
    """Normal matrices of deviation .02, norms of one, biases of zero, made where they will live."""
    generator = torch.Generator(device).manual_seed(seed)

    def give(name: str, shape: torch.Size) -> Tensor:
        if len(shape) < 2:
            value = 0.0 if name.endswith("bias") else 1.0
            return torch.full(shape, value, dtype=dtype, device=device)
        values = torch.empty(shape, dtype=dtype, device=device)
        return values.normal_(0, 0.02, generator=generator)

    return give


def made_by_transformers(config: PretrainedConfig, dtype: torch.dtype) -> PreTrainedModel:
    """The module tree of transformers' own class for a configuration."""
    auto: Any = auto_class(config, str(config.name_or_path))
    with making(config):
        model: PreTrainedModel = auto.from_config(config, dtype=dtype)
    return model


def assemble(
    config: PretrainedConfig,
    source: Source,
    make: Make = made_by_transformers,
    *,
    level: Level,
    device: torch.device,
    tell: Callable[[int, int], None] = lambda done, total: None,
) -> PreTrainedModel:
    """The model of `config` with the weights of `source`, for inference; `tell` counts tensors."""
    dtype, settings = level.dtype, level.settings
    with torch.device("meta"), no_init_weights(), local_torch_dtype(dtype):
        model = make(config, dtype)
        model.tie_weights()
        loading = Loading(model, dtype)
        if settings is not None:
            model = replace_with_bnb_linear(
                model, modules_to_not_convert=loading.kept, quantization_config=settings
            )
    if settings is not None:
        # PEFT and its k-bit preparation ask for these, which transformers sets when it loads.
        model.is_loaded_in_4bit, model.is_loaded_in_8bit = settings.load_in_4bit, settings.load_in_8bit
    _fill(model, loading, device, source, tell)
    build(model, level)
    fill_buffers(model, device)
    for path, module in model.named_modules():
        for key, buffer in kept_buffers(module).items():
            setattr(module, key, buffer.to(loading.dtype(f"{path}.{key}", buffer)))
    model.eval()
    return model


def _fill(
    model: PreTrainedModel,
    loading: Loading,
    device: torch.device,
    source: Source,
    tell: Callable[[int, int], None],
) -> None:
    """Replace every parameter on the meta device; one shared by two modules stays shared."""
    names = dict(model.named_parameters(remove_duplicate=False))
    made: dict[int, nn.Parameter] = {}
    for number, (name, empty) in enumerate(names.items()):
        tell(number, len(names))
        owner, _, leaf = name.rpartition(".")
        module = model.get_submodule(owner)
        if id(empty) not in made:
            values = source(name, empty.shape)
            made[id(empty)] = _parameter(module, leaf, empty, values.to(loading.dtype(name, empty)), device)
        setattr(module, leaf, made[id(empty)])
    tell(len(names), len(names))


def _parameter(
    module: nn.Module,
    leaf: str,
    empty: nn.Parameter,
    values: Tensor,
    device: torch.device,
) -> nn.Parameter:
    """As transformers' own loading makes it; the move to the device is what quantizes."""
    settings: dict[str, Any] = dict(vars(empty))
    if leaf == "weight" and isinstance(module, bitsandbytes.nn.Linear4bit):
        return bitsandbytes.nn.Params4bit(values, requires_grad=False, **settings).to(device)  # type: ignore[misc]
    if leaf == "weight" and isinstance(module, bitsandbytes.nn.Linear8bitLt):
        settings.pop("SCB", None)
        return bitsandbytes.nn.Int8Params(values.to("cpu"), requires_grad=False, **settings).to(device)  # type: ignore[misc]
    # Not frozen, as from_pretrained leaves it: on a CPU torch copies a frozen head before it multiplies.
    return nn.Parameter(values.to(device), requires_grad=True)
