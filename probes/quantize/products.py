"""Products of narrow numbers, on a processor that may have no instructions for them.

Where oneDNN has no kernels for a type, torch multiplies it element by element: on such a processor bfloat16
takes ten times as long as float32, int8 thirty times. There it is done in float32: with the same result for
int8, and for 16 bits rounded once from a float32 sum, as the instructions do, up to the order of the sum.
"""

from functools import cache

import torch
from torch import Tensor
from torch.nn import functional

_PIECE = 2**21
"""Elements of a weight that are widened at once."""
_EXACT = 1024
"""Products of two int8 that float32 adds without an error: each is at most 2^14, and 2^24 is exact."""


@cache
def native(dtype: torch.dtype) -> bool:
    """Whether this processor multiplies this narrow type itself; int8 is taken to go with bfloat16."""
    if dtype is torch.float16:
        return bool(torch.ops.mkldnn._is_mkldnn_fp16_supported())
    return bool(torch.ops.mkldnn._is_mkldnn_bf16_supported())


def linear(states: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
    """states [..., in], weight [out, in], bias [out] or None, all of one dtype -> [..., out] in it."""
    narrow = states.dtype in (torch.bfloat16, torch.float16)
    if states.device.type != "cpu" or not narrow or native(states.dtype):
        return functional.linear(states, weight, bias)
    return widened(states.float(), weight, bias).to(states.dtype)


def widened(states: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
    """The same for a weight narrower than the states: it is widened some rows at a time, which is exact."""
    rows = max(1, _PIECE // weight.shape[1])
    parts = [functional.linear(states, piece.to(states.dtype)) for piece in weight.split(rows)]
    out = parts[0] if len(parts) == 1 else torch.cat(parts, -1)
    return out if bias is None else out + bias.to(out.dtype)


def of_codes(left: Tensor, right: Tensor) -> Tensor:
    """int8 [m, k] and [n, k] -> their products, int32 [m, n], exact: left times right transposed."""
    if left.device.type != "cpu" or native(torch.int8):
        return torch._int_mm(left, right.t())
    out = torch.zeros(len(left), len(right), dtype=torch.int32)
    for some, other in zip(left.split(_EXACT, 1), right.split(_EXACT, 1), strict=True):
        for begin in range(0, len(right), rows := max(1, _PIECE // other.shape[1])):
            piece = other[begin : begin + rows].float()
            out[:, begin : begin + rows] += functional.linear(some.float(), piece).to(torch.int32)
    return out
