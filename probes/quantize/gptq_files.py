"""GPTQ checkpoints of AutoGPTQ and GPTQModel, read to the bit.

A linear layer is `qweight` int32 [in * bits / 32, out], packed along the inputs, `qzeros` int32
[groups, out * bits / 32], packed along the outputs, lowest bits first, `scales` float16 [groups, out]
and `g_idx` int32 [in]. Format 1 stores each zero minus one, format 2 (`gptq_v2`) the zero itself.
"""

from collections.abc import Iterator
from pathlib import Path

import torch
from torch import Tensor

from catalog.models.stored_settings import StoredAs
from catalog.problem import Problem
from probes.checkpoint.tensors import Tensors
from probes.quantize.grid import Quantized

BITS = (2, 3, 4, 8)
_ONES = {2: 0x55555555, 4: 0x11111111, 8: 0x01010101}


def gptq_form(stored: StoredAs) -> bool:
    """Whether it is one of the two formats, at a width that is read."""
    return stored.bits in BITS and stored.form in ("gptq", "gptq_v2")


def gptq_weight(tensors: Tensors, prefix: str, stored: StoredAs) -> Tensor:
    """The float32 weight [out, in] of the tensors that begin with `prefix`: scale times integer, exact."""
    bits, part = stored.bits, tensors.load_stored
    packed, scales = part(f"{prefix}qweight"), part(f"{prefix}scales")
    columns, outputs = len(packed) * 32 // bits, packed.shape[1]
    version = 2 if stored.form == "gptq_v2" else 1
    zeros = unpack_zeros(part(f"{prefix}qzeros"), bits, version)[:, :outputs]
    if f"{prefix}g_idx" in tensors:
        groups = part(f"{prefix}g_idx").long()
    else:
        groups = torch.arange(columns) // (stored.group or columns)
    codes = unpack(packed.t().contiguous(), bits)
    return Quantized(codes, scales.t().float(), zeros.t().float().contiguous(), groups).weight()


def read_gptq(directory: Path | str) -> Iterator[tuple[str, Tensor]]:
    """(linear name, float32 weight [out, in]) of every quantized layer of a GPTQ checkpoint.

    Problems: gptq-settings (no or strange settings), tensor-missing, and those of checkpoint.tensors.
    """
    tensors = Tensors(directory)
    stored = tensors.stored()
    if stored.layout != "gptq" or not gptq_form(stored):
        raise Problem(
            "gptq-settings", path=str(directory), method=stored.word, format=stored.form, bits=stored.bits
        )
    for name in tensors.names():
        if name.endswith(".qweight"):
            prefix = name.removesuffix("qweight")
            yield prefix.removesuffix("."), gptq_weight(tensors, prefix, stored)


def unpack(words: Tensor, bits: int) -> Tensor:
    """int32 [rows, n] -> uint8 [rows, n * 32 / bits], each row one little-endian bit stream.

    At 3 bits 32 values fill 3 words, and the values 10 and 21 straddle two.
    """
    if bits != 3:
        shifts = torch.arange(0, 32, bits, dtype=torch.int32, device=words.device)
        fields: Tensor = (words[..., None] >> shifts) & (2**bits - 1)
        return fields.flatten(1).to(torch.uint8)
    shifts = torch.arange(32, dtype=torch.int32, device=words.device)
    stream = ((words[..., None] >> shifts) & 1).flatten(1).unflatten(1, (-1, 3))
    places = torch.tensor([1, 2, 4], dtype=torch.int32, device=words.device)
    values: Tensor = (stream * places).sum(-1).to(torch.uint8)
    return values


def unpack_zeros(words: Tensor, bits: int, version: int) -> Tensor:
    """The zero points uint8 of packed `qzeros`.

    Format 1 subtracted one from the whole word at 2, 4 and 8 bits, where a zero point of 0 borrows from
    its neighbour: one is added to the word before it is unpacked. At 3 bits it is field by field.
    """
    if version == 2:
        return unpack(words, bits)
    if bits == 3:
        return (unpack(words, bits) + 1) & 7
    return unpack(((words.long() + _ONES[bits]) & 0xFFFFFFFF).to(torch.int32), bits)
