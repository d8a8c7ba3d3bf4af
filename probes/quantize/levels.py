"""A level by its name: the dtype its states are computed in, and what becomes of a linear layer."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional

from catalog.problem import Problem
from catalog.quantization import QuantLevel, find_level
from probes.perplexity_key import EXISTING
from probes.quantize.gptq_files import GptqCheckpoint
from probes.quantize.grid import Spec, round_to_nearest, spec_of

MakeLinear = Callable[[str, Tensor, Tensor | None], nn.Module]
"""(name in the model, weight [out, in], bias [out] or None), in the level's dtype -> the module there."""

DTYPES = {"fp32": torch.float32, "bf16": torch.bfloat16, "fp16": torch.float16}


_PIECE = 2**21
"""Elements of a weight that are widened at once."""


class Dense(nn.Module):  # type: ignore[misc]  # torch is not checked
    """A linear layer with a given weight [out, in]; no copy is made.

    A weight in a narrower dtype than the states is widened as it is used, some rows at a time: exact, and
    it saves the memory of the wide copy.
    """

    def __init__(self, weight: Tensor, bias: Tensor | None) -> None:
        super().__init__()
        self.weight, self.bias = weight, bias

    def forward(self, states: Tensor) -> Tensor:
        """[..., in] -> [..., out]."""
        if self.weight.dtype == states.dtype:
            return functional.linear(states, self.weight, self.bias)
        rows = max(1, _PIECE // self.weight.shape[1])
        parts = [functional.linear(states, piece.to(states.dtype)) for piece in self.weight.split(rows)]
        out = torch.cat(parts, -1)
        return out if self.bias is None else out + self.bias.to(out.dtype)


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
