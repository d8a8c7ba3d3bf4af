"""The model to start from before anything is measured: an estimate, and worded as one."""

import math
from collections.abc import Sequence

from catalog.quantization.levels import find_level
from catalog.verdict.fit import FitRow

UNKNOWN_TOKENS = 10**12
"""Training tokens assumed where none are published: less than most makers tell of."""


def expected_loss(row: FitRow) -> float:
    """Nats per token above the entropy of text, from size and training tokens, with the level's damage.

    A / N^0.34 + B / D^0.28 with A = 406.4, B = 410.7 (Hoffmann et al., arXiv:2203.15556, equation 10).
    """
    tokens = row.entry.training_tokens or UNKNOWN_TOKENS
    untrained = 406.4 * math.pow(row.parameters, -0.34) + 410.7 * math.pow(tokens, -0.28)
    return untrained + find_level(row.level).expected_damage


def starting_point(rows: Sequence[FitRow]) -> FitRow | None:
    """The row of least expected loss that surely fits, else the least that may; a base before its chat."""
    able = [row for row in rows if row.fits == "yes"] or [row for row in rows if row.fits == "tight"]
    return min(
        able, key=lambda row: (round(expected_loss(row), 4), row.entry.chat, row.model), default=None
    )
