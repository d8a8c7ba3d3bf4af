"""What the names and shapes of a checkpoint's tensors say of a model that no configuration explains."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from math import prod
from pathlib import Path

from catalog.models.stored_settings import StoredAs
from catalog.models.stored_tensors import Header, Shape, read_safetensors_header

_TABLE = re.compile(r"embed|lm_head|output_layer|wte|wpe")
_BESIDE = re.compile(
    r"scales|qzeros|g_idx|absmax|quant_map|nested_\w+|bitsandbytes__\w+|SCB|weight_format|weight_shape"
    r"|\w*_scales?(_inv|_2)?|\w*zero_points?|\w*_scales"
)
"""The last word of what lies beside codes and is no weight."""
_CACHED = re.compile(r"\.(k_proj|v_proj|kv_a_proj_with_mqa)\.")
_WORDS = ("qweight", "weight_packed")
_TWO_A_BYTE = ("bnb-nf4", "bnb-fp4", "nvfp4", "mxfp4")


@dataclass(frozen=True)
class HeaderShapes:
    """Weights counted off a checkpoint's headers.

    `linear` are in matrices of their own, `stacked` in experts held as one three-dimensional tensor, the
    rest is `other`. `cached` is how many numbers of a token are kept, as far as names tell (0: they do
    not), `widths` the inputs and outputs of the matrices together. `unclear` are tensors that nothing
    explains: what they hold is not counted.
    """

    linear: int
    stacked: int
    other: int
    cached: int
    widths: int
    unclear: int = 0

    @property
    def parameters(self) -> int:
        return self.linear + self.stacked + self.other


def shapes_of(folder: Path, stored: StoredAs) -> HeaderShapes:
    """Of all safetensors files of a folder; Problems of `read_safetensors_header`."""
    header: Header = {}
    for file in sorted(folder.glob("*.safetensors")):
        header.update(read_safetensors_header(file))
    return counted_shapes(header, stored)


def counted_shapes(header: Mapping[str, tuple[str, Shape]], stored: StoredAs) -> HeaderShapes:
    """Packed words and bytes count as what they hold, scales and indices as nothing."""
    linear = stacked = other = cached = widths = unclear = 0
    for name, (dtype, shape) in header.items():
        last = name.rpartition(".")[2]
        if _BESIDE.fullmatch(last):
            continue
        weights = _weights(last, dtype, shape, stored)
        if name in stored.unclaimed or weights is None:
            unclear += 1
        elif len(shape) > 2 and "expert" in name.lower():
            stacked += weights
        elif len(shape) == 2 and last in ("weight", *_WORDS) and not _TABLE.search(name.lower()):
            linear += weights
            inputs, outputs = _sides(last, shape, weights, stored)
            widths += inputs + outputs
            cached += outputs if _CACHED.search(name) else 0
        else:
            other += weights
    return HeaderShapes(linear, stacked, other, cached, widths, unclear)


def _weights(last: str, dtype: str, shape: Shape, stored: StoredAs) -> int | None:
    """How many weights a tensor holds; None where that is not known."""
    if last in _WORDS and dtype == "I32":
        return prod(shape) * 32 // stored.bits if stored.bits else None
    if stored.layout == "mlx" and dtype == "U32":
        return prod(shape) * 32 // stored.bits if stored.bits else None
    if dtype == "U8" and stored.layout in _TWO_A_BYTE:
        return 2 * prod(shape)
    return prod(shape)


def _sides(last: str, shape: Shape, weights: int, stored: StoredAs) -> tuple[int, int]:
    """Inputs and outputs of a matrix; (0, 0) where it lies flattened."""
    if 1 in shape:
        return 0, 0
    if last == "qweight":
        return (
            (weights // shape[1], shape[1]) if stored.layout == "gptq" else (shape[0], weights // shape[0])
        )
    return weights // shape[0], shape[0]
