"""What 16-bit type a card computes in: chosen here for measuring, training, estimates and exports."""

from collections.abc import Iterable

BF16_CAPABILITY = 8.0
"""From here on a card multiplies in bfloat16 itself (CUDA C++ Programming Guide, Compute Capabilities): on
older ones it is emulated, at a fraction of float16's speed, or refused."""
BFLOAT16, FLOAT16 = "bfloat16", "float16"
BF16_LEVEL, FP16_LEVEL = "bf16", "fp16"


def half_for(capability: float | None) -> str:
    """torch's name of the type; of an unknown card, and of a processor (None), bfloat16."""
    return FLOAT16 if capability is not None and capability < BF16_CAPABILITY else BFLOAT16


def level_for(level: str, capability: float | None) -> str:
    """The level as such a card has it: its 16 bits are those of float16 where it has no bfloat16."""
    return FP16_LEVEL if level == BF16_LEVEL and half_for(capability) == FLOAT16 else level


def levels_for(levels: Iterable[str], capability: float | None) -> tuple[str, ...]:
    """Several likewise, each once, in their order."""
    return tuple(dict.fromkeys(level_for(level, capability) for level in levels))
