"""A level by its name: the dtype its states are computed in, and what becomes of a linear layer."""

from dataclasses import dataclass, replace
from pathlib import Path

import torch
from torch import Tensor, nn

from catalog.problem import Problem
from catalog.quantization.levels import EXISTING, QuantLevel, find_level
from probes.quantize.dense import Dense, MakeLinear
from probes.quantize.gptq_files import GptqCheckpoint
from probes.quantize.grid import Spec, round_to_nearest, spec_of

DTYPES = {"fp32": torch.float32, "bf16": torch.bfloat16, "fp16": torch.float16}


@dataclass(frozen=True)
class Level:
    """One level, ready to build: `about` is its record in the catalog.

    Where `calibrated` is given, the weight must be solved by GPTQ on that grid before `linear` takes it.
    """

    name: str
    dtype: torch.dtype
    about: QuantLevel
    linear: MakeLinear
    calibrated: Spec | None = None

    @property
    def widens(self) -> bool:
        """Whether `linear` takes a weight as it is stored: float32 holds every narrower number."""
        return self.name == "fp32"


def find(name: str, dtype: torch.dtype = torch.bfloat16) -> Level:
    """The level called `name`; quantized ones compute in `dtype`.

    Problems: level-unknown, level-unmeasured, and for `gptq:DIR` those of GptqCheckpoint.
    """
    if name.startswith(EXISTING):
        return _existing(name, dtype)
    about = find_level(name)
    if about.name in DTYPES:
        return Level(about.name, DTYPES[about.name], about, _dense)
    if about.method in ("llm-int8", "nf4", "fp4"):
        # bitsandbytes takes a second to import: not before it is needed.
        from probes.quantize import bitsandbytes

        return Level(about.name, dtype, about, bitsandbytes.maker(about))
    if about.method == "rtn":
        return Level(about.name, dtype, about, _rounding(spec_of(about)))
    if about.method == "gptq":
        return Level(about.name, dtype, about, _dense, spec_of(about))
    raise Problem("level-unmeasured", level=about.name)


def _dense(name: str, weight: Tensor, bias: Tensor | None) -> nn.Module:
    return Dense(weight, bias)


def _rounding(spec: Spec) -> MakeLinear:
    def make(name: str, weight: Tensor, bias: Tensor | None) -> nn.Module:
        return Dense(round_to_nearest(weight, spec).weight().to(weight.dtype), bias)

    return make


def _existing(name: str, dtype: torch.dtype) -> Level:
    checkpoint = GptqCheckpoint(Path(name.removeprefix(EXISTING)))
    settings = checkpoint.settings
    about = replace(
        find_level("gptq-4-g128"),
        name=name,
        bits=settings.bits,
        group=settings.group,
        act_order=settings.act_order,
    )

    def make(linear: str, weight: Tensor, bias: Tensor | None) -> nn.Module:
        if linear not in checkpoint:
            return Dense(weight, bias)
        ready = checkpoint.weight(linear)
        if ready.shape != weight.shape:
            expected, found = (" x ".join(map(str, t.shape)) for t in (weight, ready))
            path = str(checkpoint.directory)
            raise Problem("tensor-shape", tensor=linear, path=path, expected=expected, found=found)
        return Dense(ready.to(weight.device, weight.dtype), bias)

    return Level(name, dtype, about, make)
