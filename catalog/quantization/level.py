"""What a quantization level is: what it makes of a matrix's bytes, who builds, loads and trains it.

A subclass is a layout of bytes and brings its own arithmetic; a level is one entry of the table in
`catalog.quantization.levels`.
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from functools import lru_cache
from math import ceil
from typing import ClassVar, Literal

from catalog.models.spec import Linear, ModelSpec

NF4_BLOCK = 64
"""Weights sharing one float32 scale in bitsandbytes' 4-bit types (QLoRA, arXiv:2305.14314, section 3)."""
SCALE_BLOCK = 256
"""8-bit scales sharing one float32 scale under double quantization (the same)."""

Multiplies = Literal["as-stored", "dequantized", "int8"]
"""How a linear layer is multiplied: by a kernel that takes the weights as they lie, by the matrix written
out in full first, or in integers with its inputs quantized too."""


@dataclass(frozen=True, kw_only=True, eq=False)
class QuantLevel(ABC):
    """One way of storing the linear layers. `group` is None where one scale serves a whole column.

    `builder` is what `probes.quantize` builds it with, "" where nothing here does; `calibrated` whether
    that needs a text. `loads_with` and `trains_with` name the libraries that run it and that train
    adapters on it, `deployed_by_basefit` and `trained_by_basefit` whether basefit does so itself.
    `by_default` is whether it is asked about where nobody names levels.
    `dtype` is torch's name of what is left unquantized. `damage` is what it is expected to cost
    in nats per token, where `catalog.quantization.damage` does not know its method.
    """

    quantized: ClassVar[bool] = True
    multiplies: ClassVar[Multiplies] = "dequantized"
    ends_quantized: ClassVar[bool] = False
    """Whether embedding and head are quantized like the linear layers."""
    leaves_stacked: ClassVar[bool] = False
    """Whether matrices held as one three-dimensional parameter stay at 16 bits: who loads it replaces
    linear layers only."""
    leaves_kept: ClassVar[bool] = False
    """Whether linear layers of a class of their own stay at 16 bits too."""
    kernels_differ: ClassVar[bool] = False
    """Whether the kernels that run it differ in what they keep beside the codes."""

    name: str
    bits: int
    group: int | None = None
    double_quant: bool = False
    act_order: bool = False
    dtype: str = "bfloat16"
    builder: str = ""
    calibrated: bool = False
    loads_with: tuple[str, ...] = ()
    trains_with: tuple[str, ...] = ()
    deployed_by_basefit: bool = False
    trained_by_basefit: bool = False
    by_default: bool = False
    damage: float | None = None

    @abstractmethod
    def matrix_bytes(self, inputs: int, outputs: int) -> int:
        """Bytes of one quantized `outputs` × `inputs` matrix with scales, zeros, indices and padding."""

    def bits_per_weight(self, inputs: int, outputs: int) -> float:
        """Bits per weight of one `outputs` × `inputs` matrix, everything stored with it included."""
        return self.matrix_bytes(inputs, outputs) * 8 / (inputs * outputs)

    def linear_bytes(self, spec: ModelSpec) -> int:
        """Bytes of the linear layers alone, biases excluded; the ends too where those are quantized."""
        return _remembered(self, spec)

    def stacked_bytes(self, spec: ModelSpec) -> int:
        """Bytes of the experts that stay at 16 bits, part of `linear_bytes`."""
        if not self.leaves_stacked:
            return 0
        return sum(self._bytes_of(linear) for linear in spec.all_linears() if linear.stacked)

    def expert_bytes(self, spec: ModelSpec) -> int:
        """Bytes of the experts that a router chooses among, part of `linear_bytes`."""
        return _experts(self, spec) if spec.routed_parameters else 0

    def loose_bytes(self, spec: ModelSpec) -> int:
        """Bytes at most that an allocator holds beside the matrices because it does not split them off."""
        return 0

    def doubled_bytes(self, spec: ModelSpec) -> int:
        """Bytes of a tied head that files of this level may hold a second time."""
        return 0

    def weight_bytes(self, spec: ModelSpec) -> int:
        """Bytes of all weights at rest: quantized matrices, and the rest unquantized."""
        unquantized = spec.unquantized_parameters * self.unquantized_width
        return self.linear_bytes(spec) + unquantized + self.further_bytes(spec, self.unquantized_width)

    def further_bytes(self, spec: ModelSpec, width: int) -> int:
        """Bytes beside `width` for each unquantized parameter: some are float32 whatever the rest is, and
        a checkpoint holds buffers too.
        """
        return spec.wide_parameters * max(0, 4 - width) + spec.buffer_bytes

    def leaves(self, linear: Linear) -> bool:
        """Whether a matrix stays as wide as what is unquantized."""
        stacked, kept = linear.stacked and self.leaves_stacked, linear.kept and self.leaves_kept
        return not self.quantized or stacked or kept

    def dequantized_bytes(self, weights: int, width: int) -> int:
        """One matrix written out in full at `width` bytes a weight."""
        return weights * width

    @property
    def unquantized_width(self) -> int:
        """Bytes per unquantized parameter in inference."""
        return 4 if self.dtype == "float32" else 2

    @property
    def measured_by_basefit(self) -> bool:
        """Whether the perplexity probe builds it itself."""
        return bool(self.builder)

    @property
    def adapter(self) -> str:
        """What training low-rank adapters on it is called: `qlora` over quantized weights, else `lora`."""
        return "qlora" if self.quantized else "lora"

    def _routed(self, spec: ModelSpec) -> int:
        return sum(self._bytes_of(linear) for linear in spec.all_linears() if linear.routed)

    def _linears(self, spec: ModelSpec) -> int:
        return sum(self._bytes_of(linear) for linear in spec.all_linears())

    def _bytes_of(self, linear: Linear) -> int:
        if self.leaves(linear):
            return linear.weights * (4 if linear.wide else self.unquantized_width)
        return self.matrix_bytes(linear.inputs, linear.outputs) * linear.count


@lru_cache(maxsize=4096)
def _remembered(level: QuantLevel, spec: ModelSpec) -> int:
    """A verdict asks for each model at each level many times."""
    return level._linears(spec)


@lru_cache(maxsize=4096)
def _experts(level: QuantLevel, spec: ModelSpec) -> int:
    return level._routed(spec)


class Plain(QuantLevel):
    """Nothing is quantized: `dtype` for all."""

    quantized = False
    multiplies = "as-stored"

    def matrix_bytes(self, inputs: int, outputs: int) -> int:
        """See QuantLevel."""
        return inputs * outputs * self.bits // 8


class LlmInt8(QuantLevel):
    """int8 rows and one float32 scale per row (arXiv:2208.07339).

    Its outlier columns are found over a whole batch: only single examples give fixed numbers.
    """

    multiplies = "int8"
    leaves_stacked = True
    leaves_kept = True

    def matrix_bytes(self, inputs: int, outputs: int) -> int:
        """See QuantLevel."""
        return inputs * outputs + 4 * outputs


class Blockwise(QuantLevel):
    """bitsandbytes 4-bit: the flattened matrix in blocks of 64, two codes a byte, 16 float32 levels."""

    leaves_stacked = True
    leaves_kept = True

    def matrix_bytes(self, inputs: int, outputs: int) -> int:
        """See QuantLevel."""
        weights = inputs * outputs
        blocks = ceil(weights / NF4_BLOCK)
        codes = ceil(weights / 2) + 16 * 4
        if not self.double_quant:
            return codes + 4 * blocks
        # int8 scales, their own float32 scales, a 256-entry map and an offset.
        return codes + blocks + 4 * ceil(blocks / SCALE_BLOCK) + 256 * 4 + 4

    def dequantized_bytes(self, weights: int, width: int) -> int:
        """Under double quantization its scales in float32 as well."""
        return weights * width + (4 * weights // NF4_BLOCK if self.double_quant else 0)


class Packed(QuantLevel):
    """Round-to-nearest: groups along the inputs, a float16 scale in each, codes and zeros of the same
    width in int32 words.
    """

    def matrix_bytes(self, inputs: int, outputs: int) -> int:
        """See QuantLevel."""
        groups = ceil(inputs / self.group) if self.group else 1
        codes = 4 * ceil(inputs * self.bits / 32) * outputs
        zeros = 4 * ceil(outputs * self.bits / 32) * groups
        return codes + zeros + 2 * groups * outputs


class Awq(Packed):
    """Packed like round-to-nearest (arXiv:2306.00978), for kernels of several makers."""

    kernels_differ = True


class Gptq(Awq):
    """Packed with an int32 group index per input besides (arXiv:2210.17323)."""

    def matrix_bytes(self, inputs: int, outputs: int) -> int:
        """See QuantLevel."""
        return super().matrix_bytes(inputs, outputs) + 4 * inputs


class Hqq(QuantLevel):
    """Groups along the inputs with a float16 scale and zero; ten 3-bit codes fill an int32."""

    leaves_stacked = True

    def matrix_bytes(self, inputs: int, outputs: int) -> int:
        """See QuantLevel."""
        groups = ceil(inputs / self.group) if self.group else 1
        code_bits = 3.2 if self.bits == 3 else float(self.bits)
        return ceil(inputs * outputs * code_bits / 8) + 4 * groups * outputs
