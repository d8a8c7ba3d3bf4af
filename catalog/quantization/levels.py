"""The quantization levels by name, and what is asked of all of them."""

from collections.abc import Iterable
from difflib import get_close_matches
from itertools import product
from pathlib import Path
from typing import Any

from catalog.problem import Problem
from catalog.quantization import gguf
from catalog.quantization.damage import damage
from catalog.quantization.level import NF4_BLOCK, Awq, Blockwise, Gptq, Hqq, LlmInt8, Packed, Plain
from catalog.quantization.level import QuantLevel as QuantLevel

EXISTING = ("gptq:", "awq:", "fp8:")
"""What a level's name begins with where it is a checkpoint on disk."""


_PLAIN: dict[str, Any] = {
    "loads_with": ("transformers", "vllm"),
    "trains_with": ("peft",),
    "deployed_by_basefit": True,
}
_BNB: dict[str, Any] = {
    "loads_with": ("transformers", "bitsandbytes"),
    "trains_with": ("peft", "bitsandbytes"),
    "deployed_by_basefit": True,
}
_GPTQMODEL: dict[str, Any] = {
    "loads_with": ("transformers", "gptqmodel", "vllm"),
    "trains_with": ("peft", "gptqmodel"),
}
_FOR_EXLLAMA: dict[str, Any] = {"loads_with": (*_GPTQMODEL["loads_with"], "exllama")}
_HQQ: dict[str, Any] = {"loads_with": ("transformers", "hqq"), "trains_with": ("peft", "hqq")}


def gptq(name: str, bits: int, group: int | None, act_order: bool, **more: Any) -> Gptq:
    """A level of GPTQ's format: one of the table's, or a checkpoint on disk."""
    known = _GPTQMODEL | {"name": name, "bits": bits, "group": group, "act_order": act_order}
    known |= _FOR_EXLLAMA if bits == 4 else {}
    return Gptq(builder="gptq", **known, **more)


def _plain(name: str, bits: int, dtype: str, **more: Any) -> Plain:
    return Plain(name=name, bits=bits, dtype=dtype, builder="none", **_PLAIN, **more)


def _four_bit(name: str, kind: str, **more: Any) -> Blockwise:
    known = _BNB | {"loads_with": (*_BNB["loads_with"], "vllm")}
    return Blockwise(name=name, bits=4, group=NF4_BLOCK, builder=kind, **known, **more)


def _build() -> dict[str, QuantLevel]:
    trained: dict[str, Any] = {"trained_by_basefit": True}
    usual: dict[str, Any] = {"by_default": True}
    levels: list[QuantLevel] = [
        _plain("fp32", 32, "float32"),
        _plain("bf16", 16, "bfloat16", **usual, **trained),
        _plain("fp16", 16, "float16", **trained),
        LlmInt8(name="int8", bits=8, builder="llm-int8", **_BNB, **usual, **trained),
        _four_bit("nf4", "nf4", **usual, **trained),
        _four_bit("nf4-dq", "nf4", double_quant=True, **trained),
        _four_bit("fp4", "fp4", **usual),
    ]
    for bits, (group, suffix) in product((8, 4, 3, 2), ((128, "g128"), (None, "col"))):
        name = f"{bits}-{suffix}"
        levels += [
            # Round-to-nearest is a yardstick that basefit measures; nothing else loads it.
            Packed(name=f"rtn-{name}", bits=bits, group=group, builder="rtn"),
            gptq(f"gptq-{name}", bits, group, False, calibrated=True),
            gptq(f"gptq-{name}-act", bits, group, True, calibrated=True),
        ]
    levels.append(Awq(name="awq-4-g128", bits=4, group=128, **_GPTQMODEL))
    levels += [Hqq(name=f"hqq-{bits}-g64", bits=bits, group=64, **_HQQ) for bits in (4, 3, 2)]
    levels += [gguf.level(name) for name in gguf.MIXTURES]
    return {level.name: level for level in levels}


LEVELS: dict[str, QuantLevel] = _build()
"""Every level there is. A new one is an entry here and, to be measured, a builder in probes.quantize."""


def find_level(name: str) -> QuantLevel:
    """The level of that name, in any case; raises Problem("level-unknown") naming the nearest."""
    key = name.strip().lower()
    if key in LEVELS:
        return LEVELS[key]
    raise Problem("level-unknown", name=name, nearest=", ".join(get_close_matches(key, LEVELS, 3, 0.0)))


def usual_levels() -> tuple[str, ...]:
    """The levels asked about where none are named, best quality first."""
    return _best_first(level for level in LEVELS.values() if level.by_default)


def deployed_levels() -> tuple[str, ...]:
    """Those that basefit itself loads and runs."""
    return tuple(level.name for level in LEVELS.values() if level.deployed_by_basefit)


def trained_levels() -> tuple[str, ...]:
    """Those that basefit itself trains adapters on."""
    return tuple(level.name for level in LEVELS.values() if level.trained_by_basefit)


def tuning_level(use: str) -> str:
    """The level that adapters are trained on where none is named: 16 bits for LoRA alone, else 4."""
    bits = 16 if use == "lora" else 4
    return next(name for name in usual_levels() if LEVELS[name].bits == bits)


def canonical(name: str) -> str:
    """The name a level is kept under: a checkpoint's with its whole path. Problem("level-unknown")."""
    if name.startswith(EXISTING):
        kind, _, place = name.partition(":")
        return f"{kind}:{Path(place).expanduser().absolute()}"
    return find_level(name).name


def _best_first(levels: Iterable[QuantLevel]) -> tuple[str, ...]:
    """By what they are expected to cost, then the more bits first."""
    typical, parameters = 4096, 7 * 10**9
    ordered = sorted(
        levels, key=lambda x: (damage(x, parameters).nats, -x.bits_per_weight(typical, typical))
    )
    return tuple(level.name for level in ordered)
