"""The integer grid of GPTQ and round-to-nearest: one scale and zero for a row's group of inputs."""

from dataclasses import dataclass

import torch
from torch import Tensor

from catalog.quantization.levels import QuantLevel


@dataclass(frozen=True)
class Spec:
    """How a matrix is written as integers; `group` None is one scale for a whole row of [out, in]."""

    bits: int
    group: int | None
    act_order: bool = False
    symmetric: bool = True

    @property
    def most(self) -> int:
        """The largest code."""
        return (1 << self.bits) - 1


def spec_of(level: QuantLevel) -> Spec:
    """The grid of a `gptq-…` or `rtn-…` level; symmetric, as both GPTQ tools write it by default."""
    return Spec(level.bits, level.group, level.act_order)


@dataclass(frozen=True)
class Quantized:
    """A matrix [out, in] as integers: `codes` uint8 [out, in], `scales` and `zeros` float32 [out, groups].

    `groups` int64 [in] gives each input its group.
    """

    codes: Tensor
    scales: Tensor
    zeros: Tensor
    groups: Tensor

    def weight(self, stored_scales: bool = True) -> Tensor:
        """Scale times (code minus zero), float32 [out, in]; scales as float16, the way files keep them."""
        scales = self.scales.half().float() if stored_scales else self.scales
        shifted = self.codes.float() - self.zeros[:, self.groups]
        return shifted.mul_(scales[:, self.groups])


def find_grid(low: Tensor, high: Tensor, spec: Spec) -> tuple[Tensor, Tensor]:
    """Scale and zero for values between `low` and `high`, as AutoGPTQ's and GPTQModel's quantizer does."""
    low, high = low.clamp(max=0), high.clamp(min=0)
    if spec.symmetric:
        high = torch.maximum(-low, high)
        low = torch.where(low < 0, -high, low)
    empty = (low == 0) & (high == 0)
    low, high = torch.where(empty, -1.0, low), torch.where(empty, 1.0, high)
    scale = (high - low) / spec.most
    zero = torch.full_like(scale, (spec.most + 1) / 2) if spec.symmetric else (-low / scale).round()
    return scale, zero


def round_to_nearest(weight: Tensor, spec: Spec) -> Quantized:
    """Each weight [out, in] to the nearest point of its group's grid: the yardstick for GPTQ."""
    rows, columns = weight.shape
    width = spec.group or columns
    groups = torch.arange(columns, device=weight.device) // width
    padded = torch.nn.functional.pad(weight.float(), (0, -columns % width)).view(rows, -1, width)
    scales, zeros = find_grid(padded.amin(-1), padded.amax(-1), spec)
    codes = (padded / scales[..., None]).round_().add_(zeros[..., None]).clamp_(0, spec.most)
    return Quantized(codes.view(rows, -1)[:, :columns].to(torch.uint8), scales, zeros, groups)
