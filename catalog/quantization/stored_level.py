"""The level that a checkpoint's files are at, for its bytes."""

from dataclasses import dataclass, replace
from math import ceil

from catalog.models.spec import ModelSpec
from catalog.models.stored_settings import BLOCK, StoredAs
from catalog.quantization.level import Awq, QuantLevel
from catalog.quantization.levels import LEVELS, gptq

_ALL = 2**40
"""More outputs or inputs than any matrix has: all of them share a scale."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Codes(QuantLevel):
    """Codes of `bits`, and for `block` [out, in] of them `scale_bits` of scales and zeros."""

    block: tuple[int, int]
    scale_bits: int
    stacked_only: bool = False
    """Whether experts alone are codes, and every other linear layer is at 16 bits."""

    def matrix_bytes(self, inputs: int, outputs: int) -> int:
        """See QuantLevel."""
        scales = ceil(outputs / self.block[0]) * ceil(inputs / self.block[1])
        return ceil(inputs * outputs * self.bits / 8) + ceil(scales * self.scale_bits / 8)

    def _linears(self, spec: ModelSpec) -> int:
        if not self.stacked_only:
            return super()._linears(spec)
        return sum(
            self.matrix_bytes(x.inputs, x.outputs) * x.count
            if x.stacked
            else x.weights * self.unquantized_width
            for x in spec.all_linears()
        )


_SHARES = {"tensor": (_ALL, _ALL), "channel": (1, _ALL), "block": BLOCK}
_SCALE_BITS = {"mxfp4": 8, "nvfp4": 8, "mlx": 32, "scaled": 32}
"""An exponent, an FP8 number, a float16 scale and bias, a float32 scale; else a float16 scale."""
_LOADED_BY = {
    "scaled": ("transformers", "vllm"),
    "mxfp4": ("transformers", "vllm"),
    "compressed-tensors": ("transformers", "vllm"),
    "nvfp4": ("vllm",),
}
_KNOWN = {"bnb-int8": "int8", "bnb-nf4": "nf4", "bnb-fp4": "fp4"}


def stored_level(stored: StoredAs, name: str | None = None) -> QuantLevel | None:
    """The level of that name (what it is stored as, unless given); None where its bits are not known."""
    name = name or stored.word
    if not stored.quantized:
        return LEVELS.get(stored.word)
    if stored.layout in _KNOWN:
        double = stored.layout == "bnb-nf4" and stored.form == "double"
        return replace(LEVELS["nf4-dq" if double else _KNOWN[stored.layout]], name=name)
    if stored.layout == "gptq" and stored.bits:
        return gptq(name, stored.bits, stored.group, stored.act_order)
    if stored.layout == "awq":
        return Awq(name=name, bits=stored.bits, group=stored.group, builder="none")
    if not 0 < stored.bits < 16:
        return None
    return Codes(
        name=name,
        bits=stored.bits,
        group=stored.group,
        builder="none",
        block=stored.block or _SHARES.get(stored.word.rpartition("-")[2]) or (1, stored.group or _ALL),
        loads_with=_LOADED_BY.get(stored.layout, ()),
        scale_bits=_SCALE_BITS.get(stored.layout, 16),
        stacked_only=stored.layout == "mxfp4",  # gpt-oss, the one family that comes in it
    )
