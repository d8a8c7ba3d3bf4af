"""bitsandbytes' levels: LLM.int8 (arXiv:2208.07339), NF4 and FP4 (arXiv:2305.14314), to the bit."""

import logging
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import bitsandbytes
import numpy as np
import torch
from bitsandbytes import functional
from bitsandbytes.backends.default.ops import _get_4bit_quantize_bounds
from numpy.typing import NDArray
from torch import Tensor, nn

from catalog.quantization.level import NF4_BLOCK
from probes.quantize.dense import Dense, MakeLinear
from probes.quantize.llm_int8 import OUTLIER_THRESHOLD, Inputs, Int8Linear

_PIECE = 2**16
"""Weights quantized at once on a CPU: what fits its cache. A multiple of the block."""

# It says for every layer that inputs are cast to float16, which is how LLM.int8 is meant to work.
logging.getLogger("bitsandbytes.autograd._functions").setLevel(logging.ERROR)


def four_bit_maker(kind: str, double_quant: bool) -> MakeLinear:
    """What makes a linear layer at NF4 or FP4 (`kind`)."""

    def make(name: str, weight: Tensor, bias: Tensor | None) -> nn.Module:
        return Dense(four_bit(weight, kind, double_quant), bias, narrows=True)

    return make


def four_bit(weight: Tensor, kind: str, double_quant: bool) -> Tensor:
    """The weight as NF4 or FP4 in blocks of 64 gives it back, in its own dtype.

    What transformers' Linear4bit multiplies with when bitsandbytes' fused AVX512 kernel is off; that
    kernel rounds the scales to bfloat16 and differs by some 3e-3 of a layer's output.
    """
    packed, state = quantize_four_bit(weight.contiguous(), kind, double_quant)
    return functional.dequantize_4bit(packed, state)


def quantize_four_bit(weight: Tensor, kind: str, double_quant: bool) -> tuple[Tensor, Any]:
    """Packed codes and QuantState of `functional.quantize_4bit`, in less than half its time on a CPU."""
    if weight.device.type != "cpu" or weight.numel() % NF4_BLOCK:
        found: tuple[Tensor, Any] = functional.quantize_4bit(
            weight, blocksize=NF4_BLOCK, compress_statistics=double_quant, quant_type=kind
        )
        return found
    packed, most = _codes(weight.view(-1), kind)
    state = functional.QuantState(
        absmax=most,
        shape=weight.shape,
        dtype=weight.dtype,
        blocksize=NF4_BLOCK,
        code=functional.get_4bit_type(kind, device=weight.device),
        quant_type=kind,
    )
    if double_quant:
        state.offset = most.mean()
        state.absmax, state.state2 = functional.quantize_blockwise(most - state.offset, blocksize=256)
        state.nested = True
    return packed, state


STATE = ("absmax", "quant_map", "nested_absmax", "nested_quant_map")
"""The ends of the names under which a file keeps a 4-bit weight's scales and values."""


def stored_four_bit(packed: Tensor, parts: dict[str, Tensor]) -> Tensor:
    """The weight of a file's 4-bit codes, in the dtype it was quantized from; `parts` by STATE's ends
    and `quant_state.bitsandbytes__…`, a JSON text.
    """
    state = functional.QuantState.from_dict(dict(parts), packed.device)
    weight: Tensor = functional.dequantize_4bit(packed, state)
    return weight


def stored_int8(codes: Tensor, scales: Tensor) -> Tensor:
    """The float32 weight of a file's int8 codes [out, in] and row scales `SCB` [out]."""
    weight: Tensor = functional.int8_vectorwise_dequant(codes, scales)
    return weight


def _codes(flat: Tensor, kind: str) -> tuple[Tensor, Tensor]:
    """Two codes a byte, and each block's largest magnitude.

    A code is how many bounds its weight exceeds: counting that is faster than bitsandbytes' search.
    numpy counts, several times faster than torch on a CPU; values beyond 1 by a rounding count the same.
    """
    bounds, order = _get_4bit_quantize_bounds(kind, flat.device)
    names = order.tolist() if kind == "fp4" else list(range(16))
    steps = [
        (np.float32(bound), np.uint8((after - before) % 256))
        for bound, before, after in zip(bounds.tolist(), names, names[1:], strict=False)
    ]
    packed = np.empty(len(flat) // 2, np.uint8)
    most = np.empty(len(flat) // NF4_BLOCK, np.float32)

    def share(begin: int, end: int) -> None:
        exceeds, codes = np.empty(_PIECE, bool), np.empty(_PIECE, np.uint8)
        for first in range(begin, end, _PIECE):
            last = min(first + _PIECE, end)
            scaled, largest = _scaled(flat[first:last])
            most[first // NF4_BLOCK : last // NF4_BLOCK] = largest
            above, counts = exceeds[: last - first], codes[: last - first]
            counts.fill(names[0])
            for bound, step in steps:
                np.greater(scaled, bound, out=above)
                counts += above.view(np.uint8) if step == 1 else above.view(np.uint8) * step
            pairs = counts.view("<u2")  # the first of two in the low byte; it goes to the high four bits
            packed[first // 2 : last // 2] = (pairs << 4) | (pairs >> 8)

    threads = torch.get_num_threads()
    each = -(-len(flat) // (threads * NF4_BLOCK)) * NF4_BLOCK
    with ThreadPoolExecutor(threads) as pool:
        begins = range(0, len(flat), each)
        list(pool.map(share, begins, [min(begin + each, len(flat)) for begin in begins]))
    return torch.from_numpy(packed).unsqueeze(1), torch.from_numpy(most)


def _scaled(weights: Tensor) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """float32 weights over their block's largest magnitude, and that of each block."""
    blocks = weights.float().view(-1, NF4_BLOCK)
    largest = blocks.abs().amax(-1)
    scaled = blocks * (1.0 / largest.clamp(min=1e-38))[:, None]
    return scaled.view(-1).numpy(), largest.numpy()


def int8_maker() -> MakeLinear:
    """What makes linear layers at int8; they quantize inputs that they share once."""
    inputs = Inputs()

    def make(name: str, weight: Tensor, bias: Tensor | None) -> nn.Module:
        return Int8Linear(weight, bias, inputs) if weight.device.type == "cpu" else int8(weight, bias)

    return make


def int8(weight: Tensor, bias: Tensor | None) -> nn.Module:
    """bitsandbytes' own module, as transformers deploys it: codes by row, activations quantized too.

    Its outlier columns are found over everything in one forward pass: give it one window at a time.
    """
    rows, columns = weight.shape
    module = bitsandbytes.nn.Linear8bitLt(
        columns, rows, bias is not None, has_fp16_weights=False, threshold=OUTLIER_THRESHOLD, device="meta"
    )
    half = bitsandbytes.nn.Int8Params(weight.to("cpu"), requires_grad=False, has_fp16_weights=False)
    module.weight = half.to(weight.device)  # type: ignore[misc]  # bitsandbytes types `to` by another self
    if bias is not None:
        module.bias = nn.Parameter(bias, requires_grad=False)
    return module.eval()
