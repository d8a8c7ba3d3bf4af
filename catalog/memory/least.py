"""What a model takes at least that is known by the headers of its files alone."""

from catalog.memory.footprint import Footprint, Term
from catalog.models.from_headers import HeaderShapes
from catalog.quantization.levels import QuantLevel

TYPICAL_WIDTH = 4096
"""Rows and columns of a linear layer, for its level's overheads."""
TRAINED = 12
"""Bytes an adapter's parameter takes at least: itself in float32 and AdamW's two moments."""


def at_least(
    shapes: HeaderShapes,
    level: QuantLevel,
    *,
    use: str = "infer",
    context: int = 2048,
    batch: int = 1,
    rank: int = 16,
    kv_bytes: float = 2,
    cards: int = 1,
) -> Footprint:
    """Weights, the cache as far as names tell of it, the adapter: no activations, so there is no upper end.

    Over several cards no card holds less than its share.
    """
    bits = level.bits_per_weight(TYPICAL_WIDTH, TYPICAL_WIDTH)
    stays = 8 * level.unquantized_width if level.leaves_stacked else bits
    terms = {
        "weights": shapes.linear * bits / 8 + (0 if level.leaves_stacked else shapes.stacked * stays / 8),
        "experts": shapes.stacked * stays / 8 if level.leaves_stacked else 0,
        "unquantized": shapes.other * level.unquantized_width,
        "kv-cache": shapes.cached * context * batch * kv_bytes if use == "infer" else 0,
        "adapter": 0 if use == "infer" else rank * shapes.widths * TRAINED,
    }
    found = {name: round(size / cards) for name, size in terms.items() if size}
    # Layers may keep a window of the tokens, or nothing, which no header says.
    return Footprint(
        tuple(Term(name, 0 if name == "kv-cache" else size, size, size) for name, size in found.items())
    )
