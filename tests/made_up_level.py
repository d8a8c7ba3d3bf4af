"""A quantization level that only tests know: the two places that a new one touches, and nothing else.

RECORD belongs into `catalog.quantization.levels.LEVELS`, BUILDER into `probes.quantize.levels.BUILDERS`.
"""

from math import ceil

import torch
from torch import Tensor, nn
from torch.nn import functional

from catalog.quantization.level import QuantLevel
from probes.quantize.dense import MakeLinear
from probes.quantize.levels import Builder


class Nibbles(QuantLevel):
    """Two codes a byte, and one float16 scale for each row."""

    def matrix_bytes(self, inputs: int, outputs: int) -> int:
        """See QuantLevel."""
        return ceil(inputs * outputs / 2) + 2 * outputs


RECORD = Nibbles(
    name="made-up-4-row",
    bits=4,
    builder="made-up",
    loads_with=("tests",),
    trains_with=("peft",),
    deployed_by_basefit=True,
    trained_by_basefit=True,
    damage=0.0005,
)


class NibbleLinear(nn.Linear):
    """Holds codes from -7 to 7 in pairs, and multiplies by what they stand for."""

    def __init__(self, weight: Tensor, bias: Tensor | None) -> None:
        outputs, inputs = weight.shape
        super().__init__(inputs, outputs, bias is not None, device="meta", dtype=weight.dtype)
        scale = (weight.float().abs().amax(1).clamp(min=1e-6) / 7).half()
        codes = (weight.float() / scale.float()[:, None]).round().clamp(-7, 7).to(torch.int16) + 8
        packed = (codes[:, ::2] * 16 + codes[:, 1::2]).to(torch.uint8)
        self.weight = nn.Parameter(packed, requires_grad=False)
        self.scale = nn.Parameter(scale, requires_grad=False)
        self.bias = None if bias is None else nn.Parameter(bias)

    def forward(self, states: Tensor) -> Tensor:
        """[..., in] -> [..., out]."""
        codes = torch.stack([self.weight // 16, self.weight % 16], -1).flatten(1).to(states.dtype) - 8
        return functional.linear(states, codes * self.scale.to(states.dtype)[:, None], self.bias)


def _maker(_: QuantLevel) -> MakeLinear:
    return lambda name, weight, bias: NibbleLinear(weight, bias)


BUILDER = Builder(_maker)
