"""AWQ checkpoints (arXiv:2306.00978) in AutoAWQ's `gemm` layout, read to the bit.

A linear layer is `qweight` int32 [in, out / 8], packed along the outputs, `qzeros` int32 [groups, out / 8]
and `scales` float16 [groups, out]. The eight 4-bit fields of a word, lowest first, are its outputs 0, 2,
4, 6, 1, 3, 5, 7 (AutoAWQ's `order_map`).
"""

import torch
from torch import Tensor

from catalog.models.stored_settings import StoredAs
from probes.checkpoint.tensors import Tensors
from probes.quantize.gptq_files import unpack
from probes.quantize.grid import Quantized

_PLACES = [0, 4, 1, 5, 2, 6, 3, 7]
"""Which field of its word holds each of eight outputs."""


def awq_weight(tensors: Tensors, prefix: str, stored: StoredAs) -> Tensor:
    """The float32 weight [out, in]: scale times (code minus zero), exact."""
    words, zeros, scales = (tensors.load_stored(prefix + part) for part in ("qweight", "qzeros", "scales"))
    groups = torch.arange(len(words)) // (len(words) // len(scales))
    codes = _outputs(words).t().contiguous()
    return Quantized(codes, scales.t().float(), _outputs(zeros).t().float().contiguous(), groups).weight()


def _outputs(words: Tensor) -> Tensor:
    """int32 [rows, n] -> uint8 [rows, 8 n] in the order of the outputs."""
    fields = unpack(words, 4).unflatten(1, (-1, 8))
    ordered: Tensor = fields[..., _PLACES].flatten(1)
    return ordered
