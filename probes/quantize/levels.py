"""A level by its name: the dtype its states are computed in, and what becomes of a linear layer."""

from collections.abc import Callable
from dataclasses import dataclass
from difflib import get_close_matches

import torch
from torch import Tensor, nn
from transformers import BitsAndBytesConfig

from catalog.problem import Problem
from catalog.quantization.levels import EXISTING, LEVELS, QuantLevel, find_level
from probes.checkpoint.stored import directory_of, level_on_disk
from probes.checkpoint.tensors import TensorSource
from probes.quantize.dense import Dense, MakeLinear
from probes.quantize.grid import Spec, round_to_nearest, spec_of
from probes.quantize.stored_weights import open_weights


@dataclass(frozen=True)
class Builder:
    """What builds a level: `maker` gives what makes one linear layer of it after another.

    `settings` (level, dtype to compute in) are those by which transformers quantizes a whole model as
    it loads it. Without them each linear layer is replaced by what `maker` makes of it: to be trained,
    that has to be a torch.nn.Linear, which is what PEFT knows.
    """

    maker: Callable[[QuantLevel], MakeLinear]
    settings: Callable[[QuantLevel, torch.dtype], BitsAndBytesConfig] | None = None


@dataclass(frozen=True)
class Level:
    """One level, ready to build: `about` is its record in the catalog.

    Where `calibrated` is given, the weight must be solved by GPTQ on that grid before `linear` takes it.
    `source` is the level's own checkpoint where it is one on disk, codes written out: all that the layers
    hold is taken from it, since AWQ and SmoothQuant scale norms and biases along with the weights.
    """

    name: str
    dtype: torch.dtype
    about: QuantLevel
    linear: MakeLinear
    calibrated: Spec | None = None
    source: TensorSource | None = None

    @property
    def widens(self) -> bool:
        """Whether `linear` takes a weight as it is stored: float32 holds every narrower number."""
        return self.dtype == torch.float32 and not self.about.quantized

    @property
    def settings(self) -> BitsAndBytesConfig | None:
        """By which transformers quantizes as it loads; None where it does not."""
        settings = BUILDERS[self.about.builder].settings
        return settings(self.about, self.dtype) if settings else None


def find(name: str, dtype: torch.dtype = torch.bfloat16) -> Level:
    """The level called `name`; quantized ones compute in `dtype`.

    Problems: level-unknown, level-unmeasured, and for `gptq:DIR` those of level_on_disk.
    """
    if name.startswith(EXISTING):
        return _existing(name, dtype)
    about = find_level(name)
    if about.builder not in BUILDERS:
        built = [other.name for other in LEVELS.values() if other.builder in BUILDERS]
        nearest = ", ".join(get_close_matches(about.name, built, 3, 0.0))
        raise Problem("level-unmeasured", level=about.name, nearest=nearest)
    own = dtype if about.quantized else getattr(torch, about.dtype)
    grid = spec_of(about) if about.calibrated else None
    return Level(about.name, own, about, BUILDERS[about.builder].maker(about), grid)


def _make_dense(name: str, weight: Tensor, bias: Tensor | None) -> nn.Module:
    return Dense(weight, bias)


def _dense(_: QuantLevel) -> MakeLinear:
    return _make_dense


def _rounding(level: QuantLevel) -> MakeLinear:
    spec = spec_of(level)

    def make(name: str, weight: Tensor, bias: Tensor | None) -> nn.Module:
        return Dense(round_to_nearest(weight, spec).weight().to(weight.dtype), bias)

    return make


# bitsandbytes takes a second to import: not before it is needed.
def _int8(_: QuantLevel) -> MakeLinear:
    from probes.quantize import bitsandbytes

    return bitsandbytes.int8_maker()


def _four_bit(level: QuantLevel) -> MakeLinear:
    from probes.quantize import bitsandbytes

    return bitsandbytes.four_bit_maker(level.builder, level.double_quant)


def _load_in_8bit(_level: QuantLevel, _compute: torch.dtype) -> BitsAndBytesConfig:
    return BitsAndBytesConfig(load_in_8bit=True)


def _load_in_4bit(level: QuantLevel, compute: torch.dtype) -> BitsAndBytesConfig:
    return BitsAndBytesConfig(
        load_in_4bit=True,
        bnb_4bit_quant_type=level.builder,
        bnb_4bit_use_double_quant=level.double_quant,
        bnb_4bit_compute_dtype=compute,
    )


BUILDERS: dict[str, Builder] = {
    "none": Builder(_dense),
    "llm-int8": Builder(_int8, _load_in_8bit),
    "nf4": Builder(_four_bit, _load_in_4bit),
    "fp4": Builder(_four_bit, _load_in_4bit),
    "rtn": Builder(_rounding),
    "gptq": Builder(_dense),  # its weights come solved
}
"""What builds the levels whose record in the catalog names it."""


def _existing(name: str, dtype: torch.dtype) -> Level:
    about = level_on_disk(name)
    return Level(name, dtype, about, _make_dense, source=open_weights(directory_of(name)))
