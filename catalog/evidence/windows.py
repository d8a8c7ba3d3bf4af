"""Which parts of a text a level was hurt on most: two measured levels of one model, window by window."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Hurt:
    """One scored window: bytes `start` to `end` of the text.

    `nats_per_byte` is −Σ ln p over its bytes at the level, `delta` how much more that is than at the
    reference (None for the reference itself), `kl_nats` the mean divergence of its tokens.
    """

    start: int
    end: int
    nats_per_byte: float
    delta: float | None
    kl_nats: float | None


def hurt_windows(level: Mapping[str, Any], reference: Mapping[str, Any] | None) -> list[Hurt]:
    """The windows of a level's `perplexity` values, those that suffered most first.

    Against the reference's values, paired by place; without them (the level is the reference) the
    hardest windows come first. Windows without finite numbers, or measured without a place, are left out.
    """
    base = {_place(w): w for w in reference.get("windows", ())} if reference is not None else {}
    found = []
    for window in level.get("windows", ()):
        place, other = _place(window), base.get(_place(window))
        if place is None or not _finite(window.get("nats")) or not window.get("bytes"):
            continue
        if reference is not None and (other is None or not _finite(other.get("nats"))):
            continue
        per_byte = window["nats"] / window["bytes"]
        delta = None if other is None else per_byte - other["nats"] / other["bytes"]
        kl, tokens = window.get("kl"), window.get("tokens")
        mean = kl / tokens if reference is not None and _finite(kl) and tokens else None
        found.append(Hurt(*place, per_byte, delta, mean))
    return sorted(found, key=lambda hurt: -(hurt.nats_per_byte if hurt.delta is None else hurt.delta))


def _place(window: Mapping[str, Any]) -> tuple[int, int] | None:
    return (window["start"], window["end"]) if {"start", "end"} <= window.keys() else None


def _finite(value: object) -> bool:
    return isinstance(value, int | float) and math.isfinite(value)
