"""Whole layers dealt out over several cards."""

from functools import lru_cache
from math import ceil
from typing import NamedTuple

from catalog.memory.activations import REMEMBERED
from catalog.models.spec import ModelSpec


class Share(NamedTuple):
    """The part of a model that one card holds when whole layers are dealt out."""

    layers: int
    embedding: bool
    head: bool


def shares(spec: ModelSpec, cards: int) -> tuple[Share, ...]:
    """Layers in order over the cards, the embedding on the first, the head on the last.

    Cards that no layer is left for stay empty, as the last of eight with seven times four layers.
    """
    return _shares(spec.layers, cards)


@lru_cache(maxsize=REMEMBERED)
def _shares(layers: int, cards: int) -> tuple[Share, ...]:
    size = ceil(layers / max(1, min(cards, layers)))
    used = ceil(layers / size)
    return tuple(
        Share(min(size, layers - size * index), index == 0, index == used - 1) for index in range(used)
    )


@lru_cache(maxsize=REMEMBERED)
def largest_shares(layers: int, cards: int) -> tuple[Share, ...]:
    """Those of the first card and the last: one between them holds no more than the first."""
    dealt = _shares(layers, cards)
    return dealt[:1] if len(dealt) == 1 else (dealt[0], dealt[-1])
