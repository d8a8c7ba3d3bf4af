"""Estimates that never change, so that a picture of a screen shows a change of the screen alone."""

from typing import Any

from catalog.hardware.gpu import Budget
from catalog.memory.footprint import Footprint, Term
from catalog.models.registry import find_model
from catalog.verdict.fit import FitRow

GIB, MIB = 2**30, 2**20
ROWS = (
    ("qwen2.5-32b", "nf4", 19, 18.0),
    ("qwen2.5-14b", "int8", 15, 24.0),
    ("glm-4-9b-chat", "bf16", 17, 37.0),
    ("qwen2.5-7b", "bf16", 14, 46.0),
    ("llama-2-70b", "gptq-3-g128", 28, None),
    ("tinyllama-1.1b", "bf16", 2, 180.0),
)


def fixed_rows(
    budget: Budget, use: str = "infer", context: int = 2048, *_: Any, **more: Any
) -> list[FitRow]:
    """Six models whose memory depends on context and batch in a plain way."""
    wanted = more.get("models")
    extra = context * more.get("batch", 1) * (MIB // 4)
    return [
        _row(name, level, gib * GIB, extra, budget, speed)
        for name, level, gib, speed in ROWS
        if not wanted or name in wanted
    ]


def _row(name: str, level: str, weights: int, extra: int, budget: Budget, speed: float | None) -> FitRow:
    size = Footprint(
        (
            Term.known("weights", weights),
            Term.known("kv-cache", extra),
            Term("activations", extra // 2, extra, 2 * extra),
            Term("context", 150 * MIB, 350 * MIB, 600 * MIB),
        )
    )
    entry = find_model(name)
    fits = size.fits(budget.bytes)
    return FitRow(name, entry, entry.spec.parameters, level, size, fits, "", speed, ())


def fixed_footprint(spec: Any, level: Any, **_: Any) -> Footprint:
    """Megabytes in proportion to the width and the level's bits."""
    weights = spec.hidden * level.bits * MIB // 128
    return Footprint((Term.known("weights", weights), Term("activations", 5 * MIB, 6 * MIB, 8 * MIB)))
