"""Weights of files that hold codes, written out as the numbers they stand for, one at a time.

Only weights are: what a file says of its activations and caches (`input_scale`, `k_scale`) is left alone.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from catalog.models.stored_as import scale_of
from catalog.models.stored_settings import BLOCK, StoredAs
from catalog.models.stored_tensors import Shape
from catalog.problem import Problem
from probes.checkpoint.stored import refuse_codes
from probes.checkpoint.tensors import Tensors, check_shape, times
from probes.quantize.awq_files import awq_weight
from probes.quantize.gptq_files import gptq_form, gptq_weight


@dataclass(frozen=True)
class Layout:
    """How codes lie: a weight is codes where its name less `strips` plus one of `ends` is stored.

    `weight(tensors, its name less strips, stored)` gives what the codes stand for; `reads` whether it can.
    `rows` gives some rows of it, where the codes of each row of a weight lie by themselves.
    """

    ends: tuple[str, ...]
    weight: Callable[[Tensors, str, StoredAs], Tensor]
    strips: str = ""
    reads: Callable[[StoredAs], bool] = lambda stored: True
    rows: Callable[[Tensors, str, StoredAs, slice], Tensor] | None = None


class StoredWeights:
    """The weights of a directory by their plain names (a TensorSource): codes as the numbers they are."""

    def __init__(self, tensors: Tensors, stored: StoredAs) -> None:
        self.directory = tensors.directory
        self.stored = stored
        self._tensors, self._layout = tensors, LAYOUTS[stored.layout]

    def coded(self, name: str) -> bool:
        """Whether the weight of that name is stored as codes."""
        base = name.removesuffix(self._layout.strips)
        if base == name and self._layout.strips:
            return False
        return any(base + end in self._tensors for end in self._layout.ends)

    def names(self) -> tuple[str, ...]:
        """The plain name of every weight, and of all else that is stored its own."""
        return tuple(dict.fromkeys(map(self._plain, self._tensors.names())))

    def reads_rows(self, name: str) -> bool:
        """Whether some rows are read without the others: codes are written out whole, mostly."""
        return self._layout.rows is not None or not self.coded(name)

    def _plain(self, stored: str) -> str:
        for end in self._layout.ends:
            if stored.endswith(end) and self.coded(stored.removesuffix(end) + self._layout.strips):
                return stored.removesuffix(end) + self._layout.strips
        return stored

    def load(self, name: str, rows: slice | None = None, shape: Shape | None = None) -> Tensor:
        """As Tensors.load: codes in the dtype of their arithmetic, all else as it is stored."""
        if not self.coded(name):
            return self._tensors.load(name, rows, shape)
        base = name.removesuffix(self._layout.strips)
        if rows is not None and self._layout.rows is not None:
            return self._layout.rows(self._tensors, base, self.stored, rows)
        weight = self._layout.weight(self._tensors, base, self.stored)
        check_shape(name, self.directory, tuple(weight.shape), shape)
        return weight if rows is None else weight[rows]

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and (self.coded(name) or name in self._tensors)


def open_weights(directory: Path) -> Tensors | StoredWeights:
    """The weights of a directory as plain numbers. Problems: those of Tensors and refuse_codes."""
    tensors = Tensors(directory)
    stored = tensors.stored()
    layout = LAYOUTS.get(stored.layout)
    if layout is None or stored.absent or stored.unclaimed or not layout.reads(stored):
        refuse_codes(directory, stored, tensors.header())
        return tensors
    return StoredWeights(tensors, stored)


def spread(scale: Tensor, shape: Shape, block: tuple[int, int]) -> Tensor:
    """A scale of a tensor, its rows, or blocks [out, in] of it, as float32 that multiplies that shape.

    Problem("scale-shape") where it has as many numbers as none of these.
    """
    wide = scale.float()
    if wide.numel() == 1:
        return wide.reshape(())
    wide = wide.reshape(*wide.shape, *(1,) * (len(shape) - wide.ndim))
    for dim, size in enumerate(shape):
        found = wide.shape[dim]
        if found in (1, size):
            continue
        side = block[dim - len(shape)] if dim >= len(shape) - 2 else 0
        if not side or -(-size // side) != found:
            raise Problem("scale-shape", expected=times(shape), found=times(tuple(scale.shape)))
        wide = wide.repeat_interleave(side, dim).narrow(dim, 0, size)
    return wide


def _scaled(tensors: Tensors, name: str, stored: StoredAs) -> Tensor:
    """float32 codes times their scale: DeepSeek-V3's `weight_scale_inv` is multiplied with as well."""
    codes, scale = tensors.load_stored(name), scale_of(tensors, name)
    assert scale is not None
    return codes.float() * spread(tensors.load_stored(scale), tuple(codes.shape), stored.block or BLOCK)


FP4 = (0.0, 0.5, 1.0, 1.5, 2.0, 3.0, 4.0, 6.0)
"""FP4's magnitudes, E2M1 (OCP Microscaling Formats 1.0, section 5.3.3); the fourth bit is the sign."""


def mxfp4(blocks: Tensor, exponents: Tensor) -> Tensor:
    """uint8 [..., out, groups, 16] and exponents [..., out, groups] -> bfloat16 [..., groups * 32, out].

    The lower half of a byte comes first; a scale is 2 to its byte less 127 (the same standard, 5.4).
    gpt-oss keeps its experts' matrices the other way round from a linear layer's: [in, out].
    """
    values = torch.tensor([*FP4, *(-value for value in FP4)])
    codes = torch.stack([blocks & 15, blocks >> 4], -1).flatten(-2).long()
    scaled = torch.ldexp(values[codes], exponents.int()[..., None] - 127)
    return scaled.flatten(-2).transpose(-1, -2).to(torch.bfloat16)


def _mxfp4(tensors: Tensors, name: str, stored: StoredAs, rows: slice | None = None) -> Tensor:
    return mxfp4(tensors.load_stored(f"{name}_blocks", rows), tensors.load_stored(f"{name}_scales", rows))


# bitsandbytes takes a second to import: not before it is needed.
def _four_bit(tensors: Tensors, name: str, stored: StoredAs) -> Tensor:
    from probes.quantize import bitsandbytes

    ends = (*bitsandbytes.STATE, f"quant_state.bitsandbytes__{stored.word.removeprefix('bnb-')}")
    parts = {end: tensors.load_stored(f"{name}.{end}") for end in ends if f"{name}.{end}" in tensors}
    return bitsandbytes.stored_four_bit(tensors.load_stored(name), parts)


def _eight_bit(tensors: Tensors, name: str, stored: StoredAs) -> Tensor:
    from probes.quantize import bitsandbytes

    codes, scales = tensors.load_stored(f"{name}weight"), tensors.load_stored(f"{name}SCB")
    return bitsandbytes.stored_int8(codes, scales)


LAYOUTS: dict[str, Layout] = {
    "scaled": Layout(("_scale_inv", "_scale"), _scaled),
    "bnb-nf4": Layout((".quant_state.bitsandbytes__nf4",), _four_bit),
    "bnb-fp4": Layout((".quant_state.bitsandbytes__fp4",), _four_bit),
    "bnb-int8": Layout(("SCB",), _eight_bit, strips="weight"),
    "gptq": Layout(("qweight",), gptq_weight, "weight", gptq_form),
    "awq": Layout(
        ("qweight",), awq_weight, "weight", lambda stored: (stored.bits, stored.form) == (4, "gemm")
    ),
    "mxfp4": Layout(("_blocks",), _mxfp4, rows=_mxfp4),
}
"""What is read, by StoredAs.layout."""
