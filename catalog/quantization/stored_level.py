"""The level that a checkpoint's files are at, for its bytes."""

from dataclasses import dataclass, replace
from math import ceil

from catalog.models.spec import ModelSpec
from catalog.models.stored_settings import BLOCK, StoredAs
from catalog.quantization.level import Awq, QuantLevel
from catalog.quantization.levels import LEVELS, gptq

MIB = 2**20
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


class Scaled(Codes):
    """Numbers of 8 bits that kernels multiply as they lie: FP8 and int8 with a scale for some of them."""

    multiplies = "as-stored"

    def loose_bytes(self, spec: ModelSpec) -> int:
        """See QuantLevel. One byte a weight makes matrices of odd sizes, which two rarely do; experts are
        taken as the files have them, each by itself, its gate beside its up.
        """
        found = 0
        for one in spec.all_linears():
            apart = 2 if one.stacked and one.part == "gate" else 1
            found += unsplit(self.matrix_bytes(one.inputs, one.outputs // apart)) * apart * one.count
        return found

    def doubled_bytes(self, spec: ModelSpec) -> int:
        """See QuantLevel. The memory reported for Qwen3's FP8 files up to 4B holds the table twice."""
        return spec.embedding_parameters * self.unquantized_width if spec.tied else 0


def unsplit(size: int) -> int:
    """Bytes beside one of many tensors of `size` that torch's CUDA allocator does not split off.

    Up to 10 MiB come from blocks of 20 MiB, larger ones from a block rounded up to 2 MiB, and a rest of up
    to 1 MiB stays with the tensor (c10/cuda/CUDACachingAllocator.cpp, `should_split`).
    """
    if size <= MIB:
        return 0
    if size >= 10 * MIB:
        rest = -size % (2 * MIB)
        return rest if rest <= MIB else 0
    together = 20 * MIB // size
    rest = 20 * MIB - together * size
    return rest // together if rest <= MIB else 0


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
    layout = Scaled if stored.layout == "scaled" else Codes
    return layout(
        name=name,
        bits=stored.bits,
        group=stored.group,
        builder="none",
        block=stored.block or _SHARES.get(stored.word.rpartition("-")[2]) or (1, stored.group or _ALL),
        loads_with=_LOADED_BY.get(stored.layout, ()),
        scale_bits=_SCALE_BITS.get(stored.layout, 16),
        stacked_only=stored.layout == "mxfp4",  # gpt-oss, the one family that comes in it
    )
