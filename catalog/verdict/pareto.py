"""The Pareto front: what nothing else is as good as in everything and better in something."""

from collections.abc import Callable, Sequence
from operator import le
from typing import TypeVar

T = TypeVar("T")


def front(items: Sequence[T], dominates: Callable[[T, T], bool]) -> list[bool]:
    """For each item whether no other dominates it; quickest where likely members come first."""
    kept: list[int] = []
    for place, item in enumerate(items):
        if not any(dominates(items[other], item) for other in kept):
            kept = [other for other in kept if not dominates(item, items[other])]
            kept.append(place)
    members = set(kept)
    return [place in members for place in range(len(items))]


def pareto(points: Sequence[tuple[float, ...]]) -> list[bool]:
    """The same for points: in every coordinate the smaller is the better; equal points stay together."""
    return front(points, lambda a, b: a != b and all(map(le, a, b)))
