"""LLM.int8 (arXiv:2208.07339) on the CPU, bit for bit what bitsandbytes' Linear8bitLt gives.

bitsandbytes goes through memory a dozen times for each multiplication, and quantizes the same inputs
again for each of the layers that share them. Here rows are worked on in pieces that stay in the cache,
and inputs are quantized once.
"""

import threading

import torch
from torch import Tensor, nn

from probes.quantize.products import of_codes

OUTLIER_THRESHOLD = 6.0
"""Inputs at or beyond this stay in 16 bits: transformers' default `llm_int8_threshold`."""
_PIECE = 2**17
"""Elements worked on at once."""
_DEQUANTIZE = 6.200124e-05
"""1 / 127², as bitsandbytes writes it."""
_PER_CODE = 0.007874015718698502
"""1 / 127, as bitsandbytes writes it."""


Quantized = tuple[Tensor, Tensor, Tensor | None]
"""What quantize_rows gives."""


def quantize_rows(values: Tensor, threshold: float = 0.0) -> Quantized:
    """float16 [n, k] -> codes int8 [n, k], largest magnitudes float32 [n], columns with outliers.

    With a `threshold`, outliers count for nothing and their columns get codes of zero.
    """
    columns = None
    if threshold > 0:
        columns = (values.abs().amax(0) >= threshold).nonzero().view(-1)
        columns = columns if len(columns) else None
    codes = torch.empty(values.shape, dtype=torch.int8, device=values.device)
    most = torch.empty(len(values), device=values.device)
    rows = max(1, _PIECE // values.shape[1])
    for begin in range(0, len(values), rows):
        piece = values[begin : begin + rows].float()
        sizes = piece.abs()
        largest = sizes.amax(1)
        if columns is not None:
            hit = (largest >= threshold).nonzero().view(-1)
            within = piece[hit].masked_fill_(sizes[hit] >= threshold, 0)
            piece[hit] = within
            largest[hit] = within.abs().amax(1)
        most[begin : begin + rows] = largest
        codes[begin : begin + rows] = piece.mul_((127.0 / largest)[:, None]).round_()
    if columns is not None and len(values) > 1:
        codes[:, columns] = 0
    return codes, most, columns


class Inputs:
    """Quantizes what comes in; once, where several layers are given one and the same tensor.

    Each thread has a last tensor of its own.
    """

    def __init__(self) -> None:
        self._own = threading.local()

    def quantized(self, states: Tensor) -> Quantized:
        """See quantize_rows, for states [..., k]."""
        last: tuple[Tensor, Quantized] | None = getattr(self._own, "last", None)
        if last is None or last[0] is not states:
            flat = states.reshape(-1, states.shape[-1]).half()
            last = self._own.last = (states, quantize_rows(flat, OUTLIER_THRESHOLD))
        return last[1]


class Int8Linear(nn.Module):
    """A linear layer of int8 codes, its inputs quantized too, their outlier columns in 16 bits."""

    def __init__(self, weight: Tensor, bias: Tensor | None, inputs: Inputs) -> None:
        super().__init__()
        self.codes, self.most, _ = quantize_rows(weight.half())
        self.bias, self._inputs = bias, inputs

    def forward(self, states: Tensor) -> Tensor:
        """[..., in] -> [..., out], in the dtype of `states`."""
        codes, most, columns = self._inputs.quantized(states)
        products = of_codes(codes, self.codes)
        out = torch.empty(products.shape, dtype=states.dtype, device=states.device)
        rows = max(1, _PIECE // products.shape[1])
        for begin in range(0, len(products), rows):
            scale = most[begin : begin + rows, None] * self.most
            piece = (products[begin : begin + rows] * scale).mul_(_DEQUANTIZE)
            if self.bias is not None:
                piece += self.bias
            out[begin : begin + rows] = piece
        if columns is not None:
            flat = states.reshape(-1, states.shape[-1])[:, columns].contiguous()
            dequantized = self.codes[:, columns] * self.most[:, None] * _PER_CODE
            out = out.addmm(flat, dequantized.to(states.dtype).t())
        return out.view(*states.shape[:-1], -1)
