"""Sizes of llama.cpp's GGUF types: blocks, and which tensor of a model gets which type.

Read off llama.cpp's `ggml-common.h` (block layouts) and `llama-quant.cpp` (`llama_tensor_get_type`),
without an importance matrix. Checked against the file sizes of published tables.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from catalog.models.spec import ModelSpec
from catalog.quantization.level import QuantLevel

BLOCK_BITS: Mapping[str, float] = {
    "f16": 16.0,
    "q8_0": 8.5,
    "q6_k": 6.5625,
    "q5_k": 5.5,
    "q5_1": 6.0,
    "q5_0": 5.5,
    "q4_k": 4.5,
    "q4_1": 5.0,
    "q4_0": 4.5,
    "q3_k": 3.4375,
    "q2_k": 2.625,
}
"""Bits per weight of a block with its scales and minima; K types have 256 weights a block, others 32."""

FALLBACK = {"q2_k": "q4_0", "q3_k": "q4_0", "q4_k": "q5_0", "q5_k": "q5_1", "q6_k": "q8_0"}
"""What a K type becomes where the row is no multiple of 256."""

Place = Callable[[int, int], bool]
"""(layer, layers) -> whether that layer gets the better type."""


def _always(_layer: int, _layers: int) -> bool:
    return True


def _more_bits(layer: int, layers: int) -> bool:
    """`use_more_bits`: the first and last eighth, and every third in between."""
    eighth = layers // 8
    return layer < eighth or layer >= 7 * layers // 8 or (layer - eighth) % 3 == 2


@dataclass(frozen=True)
class Mixture:
    """A file type: its base block type, the head's, and the exceptions as (tensor, place, type)."""

    base: str
    head: str = "q6_k"
    better: tuple[tuple[str, Place, str], ...] = field(default=())


MIXTURES: Mapping[str, Mixture] = {
    "q8_0": Mixture("q8_0", head="q8_0"),
    "q6_k": Mixture("q6_k"),
    "q5_k_m": Mixture(
        "q5_k", better=(("v", _more_bits, "q6_k"), ("down", _more_bits, "q6_k"), ("qkv", _always, "q6_k"))
    ),
    "q5_k_s": Mixture("q5_k"),
    "q5_1": Mixture("q5_1"),
    "q5_0": Mixture("q5_0"),
    "q4_k_m": Mixture(
        "q4_k", better=(("v", _more_bits, "q6_k"), ("down", _more_bits, "q6_k"), ("qkv", _always, "q5_k"))
    ),
    "q4_k_s": Mixture(
        "q4_k",
        better=(("v", lambda i, _n: i < 4, "q5_k"), ("down", lambda i, n: i < n // 8, "q5_k")),
    ),
    "q4_1": Mixture("q4_1"),
    "q4_0": Mixture("q4_0"),
    "q3_k_m": Mixture(
        "q3_k",
        better=(
            ("v", lambda i, _n: i < 2, "q5_k"),
            ("v", _always, "q4_k"),
            ("down", lambda i, n: i < n // 16, "q5_k"),
            ("down", _always, "q4_k"),
            ("output", _always, "q4_k"),
            ("qkv", _always, "q4_k"),
        ),
    ),
    "q3_k_s": Mixture("q3_k"),
    "q2_k": Mixture(
        "q2_k",
        better=(("v", _always, "q3_k"), ("down", _always, "q3_k"), ("output", _always, "q3_k")),
    ),
}

_ROLE = {
    "self_attn.v_proj": "v",
    "self_attn.o_proj": "output",
    "self_attn.dense": "output",
    "attention.dense": "output",
    "self_attn.qkv_proj": "qkv",
    "attention.query_key_value": "qkv",
    "mlp.down_proj": "down",
    "mlp.fc2": "down",
    "mlp.dense_4h_to_h": "down",
    "mlp.experts.down_proj": "down",
    "mlp.shared_experts.down_proj": "down",
}


@dataclass(frozen=True, kw_only=True, eq=False)
class Gguf(QuantLevel):
    """A file of llama.cpp's, `mixture` by its name in MIXTURES; norms, biases and routers are float32."""

    multiplies = "as-stored"
    ends_quantized = True
    mixture: str

    def matrix_bytes(self, inputs: int, outputs: int) -> int:
        """See QuantLevel: of the mixture's base type."""
        return matrix_bytes(MIXTURES[self.mixture].base, inputs, outputs)

    def weight_bytes(self, spec: ModelSpec) -> int:
        """Bytes of all tensors of the file (metadata and tokenizer, a few MB, excluded)."""
        return self.linear_bytes(spec) + 4 * float_parameters(spec)

    def _linears(self, spec: ModelSpec) -> int:
        return tensor_bytes(spec, self.mixture)

    def _routed(self, spec: ModelSpec) -> int:
        return sum(_layer_bytes(spec, self.mixture, routed=True))


def level(mixture: str) -> Gguf:
    """The level of a mixture."""
    return Gguf(
        name=f"gguf-{mixture}",
        mixture=mixture,
        bits=int(BLOCK_BITS[MIXTURES[mixture].base]),
        group=32 if mixture.endswith(("_0", "_1")) else 256,
        loads_with=("llama.cpp", "ollama"),
    )


def matrix_bytes(block: str, inputs: int, outputs: int) -> int:
    """Bytes of a matrix whose rows of `inputs` weights are cut into blocks."""
    if block.endswith("_k") and inputs % 256:
        block = FALLBACK[block]
    return int(inputs * outputs * BLOCK_BITS[block] / 8)


def float_parameters(spec: ModelSpec) -> int:
    """Parameters that stay float32: norms, biases and routers; other senses have a file of their own."""
    tables = spec.embedding_parameters * (1 if spec.tied else 2)
    return max(0, spec.unquantized_parameters - spec.parameters_vision - tables)


def tensor_bytes(spec: ModelSpec, mixture_name: str) -> int:
    """Bytes of the quantized tensors of a GGUF file of that type: embedding, head and linear layers."""
    mixture = MIXTURES[mixture_name]
    total = matrix_bytes(mixture.head, spec.hidden, spec.vocabulary)
    if not spec.tied:
        total += matrix_bytes(mixture.base, spec.hidden, spec.vocabulary)
    between = (matrix_bytes(mixture.base, x.inputs, x.outputs) * x.count for x in spec.linears_outside)
    return total + sum(_layer_bytes(spec, mixture_name)) + sum(between)


def _layer_bytes(spec: ModelSpec, mixture_name: str, routed: bool = False) -> Iterator[int]:
    """Of each kind of linear layer in each group, of the experts alone if `routed`."""
    for group in spec.groups:
        for linear in group.linears:
            if routed and not linear.routed:
                continue
            role = _ROLE.get(linear.name, "")
            blocks = _blocks(mixture_name, role, group.indices, spec.layers, spec.heads, spec.kv_heads)
            sizes = (
                count * matrix_bytes(block, linear.inputs, linear.outputs)
                for block, count in blocks.items()
            )
            yield sum(sizes) * linear.count


@lru_cache(maxsize=1024)
def _blocks(
    name: str, role: str, among: tuple[int, ...], layers: int, heads: int, kv_heads: int
) -> Counter[str]:
    """How many of a tensor get which type; most models share their depth and so the answer."""
    return Counter(_tensor_block(MIXTURES[name], role, layer, layers, heads, kv_heads) for layer in among)


def _tensor_block(mixture: Mixture, role: str, layer: int, layers: int, heads: int, kv_heads: int) -> str:
    block = _better(mixture, role, layer, layers) or mixture.base
    if role != "v":
        return block
    if mixture.base == "q2_k" and heads >= 4 * kv_heads:
        block = "q4_k"
    # Eight query heads share a value head in the 70B models, so better values are nearly free.
    if layers == 80 and heads != kv_heads and block in ("q3_k", "q4_k"):
        block = "q5_k"
    return block


def _better(mixture: Mixture, role: str, layer: int, layers: int) -> str | None:
    for wanted, place, block in mixture.better:
        if wanted == role and place(layer, layers):
            return block
    return None
