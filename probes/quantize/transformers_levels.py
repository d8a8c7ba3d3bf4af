"""A whole model of transformers' at a level, to be run or trained on."""

from typing import Any

import bitsandbytes
import torch
from torch import nn
from transformers import BitsAndBytesConfig, PretrainedConfig, PreTrainedModel
from transformers.initialization import no_init_weights
from transformers.quantizers.base import get_keys_to_not_convert

from probes.checkpoint.classes import auto_class
from probes.checkpoint.configuration import making
from probes.quantize.levels import Level
from probes.shapes.loading import Loading


def settings_of(level: Level, config: PretrainedConfig, path: str) -> BitsAndBytesConfig | None:
    """By which transformers quantizes that model as it loads it: a wrapper's text part alone.

    Problem("architecture-unsupported") where no class loads it.
    """
    settings = level.settings
    if settings is not None and config.get_text_config(decoder=True) is not config:
        with torch.device("meta"), no_init_weights():
            auto: Any = auto_class(config, path)
            with making(config):
                empty = auto.from_config(config, dtype=level.dtype)
        settings.llm_int8_skip_modules = Loading(empty, level.dtype).kept
    return settings


def build(model: PreTrainedModel, level: Level) -> None:
    """Make the linear layers those of the level, where transformers has not as it loaded them.

    The output head stays, as it does where transformers quantizes.
    """
    if level.settings is not None:
        forbid_repacking(model)
    elif level.about.quantized:
        kept = set(get_keys_to_not_convert(model))
        for name, module in list(model.named_modules()):
            if isinstance(module, nn.Linear) and not kept & {name, name.rpartition(".")[2]}:
                bias = None if module.bias is None else module.bias.detach()
                model.set_submodule(name, level.linear(name, module.weight.detach(), bias))


def forbid_repacking(model: nn.Module) -> None:
    """Keep bitsandbytes' 4-bit layers as they are.

    Where the processor has AVX512-BF16 the first forward without gradients repacks them in place for
    a fused kernel, through which gradients vanish without a word, and which differs by some 3e-3.
    """
    for module in model.modules():
        if isinstance(module, bitsandbytes.nn.Linear4bit):
            module.support_avx512bf16_for_cpu = False
