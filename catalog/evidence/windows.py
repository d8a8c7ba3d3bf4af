"""Which parts of a text a level was hurt on most: two measured levels of one model, window by window."""

import math
from dataclasses import dataclass

from catalog.evidence.kinds import Perplexity, Window


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


def hurt_windows(level: Perplexity, reference: Perplexity | None) -> list[Hurt]:
    """The windows of a level, those that suffered most first.

    Against the reference, paired by place; without them (the level is the reference) the
    hardest windows come first. Windows without finite numbers, or measured without a place, are left out.
    """
    base = {(w.start, w.end): w for w in reference.windows} if reference is not None else {}
    found = []
    for window in level.windows:
        per_byte, other = _per_byte(window), base.get((window.start, window.end))
        before = _per_byte(other) if other is not None else None
        if window.start is None or window.end is None or per_byte is None:
            continue
        if reference is not None and before is None:
            continue
        delta = None if before is None else per_byte - before
        kl, tokens = window.kl, window.tokens
        mean = None
        if reference is not None and kl is not None and math.isfinite(kl) and tokens:
            mean = kl / tokens
        found.append(Hurt(window.start, window.end, per_byte, delta, mean))
    return sorted(found, key=lambda hurt: -(hurt.nats_per_byte if hurt.delta is None else hurt.delta))


def _per_byte(window: Window) -> float | None:
    """Nats per byte; None where they are not finite, or there are no bytes."""
    if window.nats is None or not math.isfinite(window.nats) or not window.bytes:
        return None
    return window.nats / window.bytes
