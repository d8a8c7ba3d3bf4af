"""From logits to sums per window: float32 throughout, a chunk of tokens at a time."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from probes.perplexity.frames import Window
from probes.perplexity.scores import Score

CHUNK_ELEMENTS = 2**24
"""Logits of one level held at once, in the level's dtype: 110 tokens of a vocabulary of 150,000."""
CACHED_ELEMENTS = 2**18
"""Logits reduced in float32 at once on a CPU: 1 MiB stays in its cache, three times faster than 10 MiB."""

Leave = Callable[[Tensor], Tensor]
"""Positions [n] -> logits [n, V] that predict the tokens after them."""


@dataclass
class _Sums:
    nats: float = 0.0
    kl: float = 0.0
    same_top: int = 0


def score_window(
    window: Window, reference: str, leaves: Mapping[str, Leave], vocabulary: int, device: torch.device
) -> dict[str, Score]:
    """The scores of every level on one window, the reference's own among them.

    `leaves` gives each level's logits; the reference's are computed once for all.
    """
    sums = {level: _Sums() for level in leaves}
    ids = torch.tensor(window.ids, device=device)
    positions = torch.arange(window.first - 1, len(window.ids) - 1, device=device)
    rows = max(1, (CACHED_ELEMENTS if device.type == "cpu" else CHUNK_ELEMENTS) // vocabulary)
    for chunk in positions.split(max(1, CHUNK_ELEMENTS // vocabulary)):
        targets = ids[chunk + 1].split(rows)
        base = leaves[reference](chunk).split(rows)
        for level, leave in leaves.items():
            logits = base if level == reference else leave(chunk).split(rows)
            for part in zip(base, logits, targets, strict=True):
                _add(sums[level], *part, is_reference=level == reference)
    return {level: _score(window, total) for level, total in sums.items()}


def _add(sums: _Sums, base: Tensor, logits: Tensor, targets: Tensor, is_reference: bool) -> None:
    """Add some rows of logits [n, V] with their targets [n]."""
    base = base.float()
    base_most, base_top = base.max(-1)
    weights = (base - base_most[:, None]).exp_()
    total = weights.sum(-1)
    if is_reference:
        nats = base_most + total.log() - base.gather(-1, targets[:, None])[:, 0]
        sums.same_top += len(targets)
    else:
        logits = logits.float()
        most, top = logits.max(-1)
        lse = most + (logits - most[:, None]).exp_().sum(-1).log()
        nats = lse - logits.gather(-1, targets[:, None])[:, 0]
        # Σ p (ln p - ln q), the logits subtracted from one another first: less cancellation.
        gap = torch.linalg.vecdot(weights, base - logits) / total
        sums.kl += float((gap - (base_most + total.log() - lse)).double().sum())
        sums.same_top += int((top == base_top).sum())
    sums.nats += float(nats.double().sum())


def _score(window: Window, sums: _Sums) -> Score:
    return Score(window.tokens, window.bytes, window.chars, sums.nats, sums.kl, sums.same_top)


def lost(windows: Sequence[Window]) -> list[Score]:
    """Scores of a level that gave no numbers."""
    return [Score(w.tokens, w.bytes, w.chars, math.nan, math.nan, 0) for w in windows]
