"""Quantization levels: the bits a weight really takes, with its scales, zeros and padding."""

from dataclasses import dataclass, replace
from difflib import get_close_matches
from functools import lru_cache
from math import ceil
from pathlib import Path

from catalog.models.spec import ModelSpec
from catalog.problem import Problem
from catalog.quantization import gguf

NF4_BLOCK = 64
"""Weights sharing one float32 scale in bitsandbytes' 4-bit types (QLoRA, arXiv:2305.14314, section 3)."""
SCALE_BLOCK = 256
"""8-bit scales sharing one float32 scale under double quantization (the same)."""


@dataclass(frozen=True)
class QuantLevel:
    """One way of storing the linear layers. `group` is None where one scale serves a whole column.

    `loads_with` and `trains_with` name the libraries that run it and that train adapters on it;
    `measured_by_basefit` is true where the perplexity probe builds the level itself.
    """

    name: str
    method: str
    bits: int
    group: int | None = None
    double_quant: bool = False
    act_order: bool = False
    loads_with: tuple[str, ...] = ()
    trains_with: tuple[str, ...] = ()
    measured_by_basefit: bool = False
    unquantized: tuple[str, ...] = ("embedding", "head", "norms", "biases")

    def __hash__(self) -> int:
        return hash(self.name)

    @property
    def quantized(self) -> bool:
        return self.method != "none"


def _build() -> dict[str, QuantLevel]:
    everything = ("embedding", "head", "norms", "biases", "linears")
    bnb, gptq = ("transformers", "bitsandbytes"), ("transformers", "gptqmodel")
    levels = [
        QuantLevel(name, "none", bits, None, False, False, ("transformers",), ("peft",), True, everything)
        for name, bits in (("fp32", 32), ("bf16", 16), ("fp16", 16))
    ]
    levels += [
        QuantLevel("int8", "llm-int8", 8, None, False, False, bnb, ("peft", "bitsandbytes"), True),
        QuantLevel("nf4", "nf4", 4, NF4_BLOCK, False, False, bnb, ("peft", "bitsandbytes"), True),
        QuantLevel("nf4-dq", "nf4", 4, NF4_BLOCK, True, False, bnb, ("peft", "bitsandbytes"), True),
        QuantLevel("fp4", "fp4", 4, NF4_BLOCK, False, False, bnb, ("peft", "bitsandbytes"), True),
    ]
    for bits in (8, 4, 3, 2):
        for group, suffix in ((128, "g128"), (None, "col")):
            # Round-to-nearest is a yardstick that basefit measures; nothing else loads it.
            levels.append(QuantLevel(f"rtn-{bits}-{suffix}", "rtn", bits, group, measured_by_basefit=True))
            plain = QuantLevel(
                f"gptq-{bits}-{suffix}",
                "gptq",
                bits,
                group,
                False,
                False,
                gptq,
                ("peft", "gptqmodel"),
                True,
            )
            levels += [plain, replace(plain, name=plain.name + "-act", act_order=True)]
    levels.append(
        QuantLevel(
            "awq-4-g128", "awq", 4, 128, False, False, ("transformers", "gptqmodel"), ("peft", "gptqmodel")
        )
    )
    for bits in (4, 3, 2):
        levels.append(
            QuantLevel(
                f"hqq-{bits}-g64", "hqq", bits, 64, False, False, ("transformers", "hqq"), ("peft", "hqq")
            )
        )
    for name, mixture in gguf.MIXTURES.items():
        levels.append(
            QuantLevel(
                f"gguf-{name}",
                "gguf",
                int(gguf.BLOCK_BITS[mixture.base]),
                32 if name.endswith(("_0", "_1")) else 256,
                loads_with=("llama.cpp", "ollama"),
                unquantized=("norms", "biases"),
            )
        )
    return {level.name: level for level in levels}


LEVELS: dict[str, QuantLevel] = _build()


def find_level(name: str) -> QuantLevel:
    """The level of that name, in any case; raises Problem("level-unknown") naming the nearest."""
    key = name.strip().lower()
    if key in LEVELS:
        return LEVELS[key]
    raise Problem("level-unknown", name=name, nearest=", ".join(get_close_matches(key, LEVELS, 3, 0.0)))


def bits_per_weight(level: QuantLevel, inputs: int, outputs: int) -> float:
    """Bits per weight of one `outputs` × `inputs` matrix, everything stored with it included."""
    return matrix_bytes(level, inputs, outputs) * 8 / (inputs * outputs)


def matrix_bytes(level: QuantLevel, inputs: int, outputs: int) -> int:
    """Bytes of one quantized `outputs` × `inputs` matrix with scales, zeros, indices and padding."""
    weights = inputs * outputs
    if level.method == "none":
        return weights * level.bits // 8
    if level.method == "llm-int8":  # int8 rows and one float32 scale per row (arXiv:2208.07339)
        return weights + 4 * outputs
    if level.method in ("nf4", "fp4"):
        return _blockwise_bytes(weights, level.double_quant)
    if level.method == "gguf":
        return gguf.matrix_bytes(gguf.MIXTURES[level.name.removeprefix("gguf-")].base, inputs, outputs)
    return _grouped_bytes(level, inputs, outputs)


def _blockwise_bytes(weights: int, double_quant: bool) -> int:
    """bitsandbytes 4-bit: the flattened matrix in blocks of 64, two codes a byte, 16 float32 levels."""
    blocks = ceil(weights / NF4_BLOCK)
    codes = ceil(weights / 2) + 16 * 4
    if not double_quant:
        return codes + 4 * blocks
    # int8 scales, their own float32 scales, a 256-entry map and an offset.
    return codes + blocks + 4 * ceil(blocks / SCALE_BLOCK) + 256 * 4 + 4


def _grouped_bytes(level: QuantLevel, inputs: int, outputs: int) -> int:
    """GPTQ, AWQ, HQQ and round-to-nearest: groups along the inputs, a float16 scale in each.

    GPTQ, AWQ and round-to-nearest pack zeros at the width of the codes into int32 words; GPTQ adds an
    int32 group index per input. HQQ keeps float16 zeros and puts ten 3-bit codes into an int32.
    """
    groups = ceil(inputs / level.group) if level.group else 1
    scales = 2 * groups * outputs
    if level.method == "hqq":
        code_bits = 3.2 if level.bits == 3 else float(level.bits)
        return ceil(inputs * outputs * code_bits / 8) + 2 * scales
    codes = 4 * ceil(inputs * level.bits / 32) * outputs
    zeros = 4 * ceil(outputs * level.bits / 32) * groups
    index = 4 * inputs if level.method == "gptq" else 0
    return codes + scales + zeros + index


def weight_bytes(spec: ModelSpec, level: QuantLevel) -> int:
    """Bytes of all weights at rest: quantized matrices, and the rest at two bytes (four in fp32)."""
    if level.method == "gguf":
        return linear_bytes(spec, level) + 4 * gguf.float_parameters(spec)
    return linear_bytes(spec, level) + spec.unquantized_parameters * unquantized_width(level)


@lru_cache(maxsize=4096)
def linear_bytes(spec: ModelSpec, level: QuantLevel) -> int:
    """Bytes of the linear layers alone, biases excluded."""
    if level.method == "gguf":
        return gguf.file_bytes(spec, level.name.removeprefix("gguf-")) - 4 * gguf.float_parameters(spec)
    return sum(
        matrix_bytes(level, linear.inputs, linear.outputs) * linear.count for linear in spec.all_linears()
    )


def unquantized_width(level: QuantLevel) -> int:
    """Bytes per unquantized parameter in inference."""
    return 4 if level.name == "fp32" else 2


EXISTING = "gptq:"
"""What a level's name begins with where it is a checkpoint on disk."""


def canonical(name: str) -> str:
    """The name a level is kept under: a checkpoint's with its whole path. Problem("level-unknown")."""
    if name.startswith(EXISTING):
        return EXISTING + str(Path(name.removeprefix(EXISTING)).expanduser().absolute())
    return find_level(name).name
