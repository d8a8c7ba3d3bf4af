"""The holdout's bits per UTF-8 byte of target."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from peft import PeftModel
from torch import Tensor

from catalog.evidence.kinds import Span
from catalog.evidence.statistics import clustered_ratio
from probes.training.adapter import states_of
from probes.training.encode import Encoded
from probes.training.loss import nats_each, pad
from probes.training.model import Loaded

BATCH_TOKENS = 4096

States = Callable[[PeftModel, Tensor], Tensor]
Told = Callable[[int, int], None]
"""Called with how many rows of how many have been scored."""


@dataclass(frozen=True)
class Held:
    """One evaluation: `nats` per example, in the order of the holdout; the end mark counts as target."""

    nats: tuple[float, ...]
    bytes: tuple[int, ...]

    @property
    def bits_per_byte(self) -> float:
        """Σ nats / (Σ bytes · ln 2)."""
        return sum(self.nats) / sum(self.bytes) / math.log(2)

    @property
    def se(self) -> float:
        """Its standard error, clustered by example."""
        return clustered_ratio(self.nats, self.bytes).se / math.log(2)

    @property
    def freedom(self) -> int:
        """Degrees of freedom of that error."""
        return len(self.nats) - 1

    @property
    def finite(self) -> bool:
        """Whether the model gave numbers at all."""
        return math.isfinite(sum(self.nats))

    @property
    def spans(self) -> tuple[Span, ...]:
        """Per example, as catalog.evidence.paired compares them."""
        return tuple(Span(n, b) for n, b in zip(self.nats, self.bytes, strict=True))


def evaluate(
    loaded: Loaded,
    model: PeftModel,
    holdout: Sequence[Encoded],
    told: Told | None = None,
    states: States = states_of,
) -> Held:
    """Score every example of the holdout, the rows of one together; `states` says how ids pass the model.

    The same groups each time: differences are the training's.
    """
    model.eval()
    nats = [0.0] * len(holdout)
    done = 0
    for group in _groups(holdout, 1 if loaded.one_at_a_time else None):
        if told:
            told(done, len(holdout))
        done += len(group)
        each = _nats(loaded, model, [holdout[index] for index in group], states)
        counts = [len(holdout[index].targets) for index in group]
        for index, part in zip(group, each.split(counts), strict=True):
            nats[index] = float(part.sum())
    if told:
        told(done, len(holdout))
    found: dict[str, tuple[float, int]] = {}
    for row, part in zip(holdout, nats, strict=True):
        before = found.get(row.id, (0.0, 0))
        found[row.id] = (before[0] + part, before[1] + row.bytes)
    return Held(*zip(*found.values(), strict=True))


def _nats(loaded: Loaded, model: PeftModel, examples: Sequence[Encoded], states: States) -> Tensor:
    """−ln p of every target of a group, one example after the other, in float64."""
    ids, places, targets = pad(examples, loaded.device)
    with torch.no_grad(), loaded.autocast():
        scored = states(model, ids).flatten(0, 1)[places]
        return nats_each(scored, targets, loaded.head).double()


def _groups(examples: Sequence[Encoded], size: int | None) -> list[list[int]]:
    """Indices of examples of like length, at most BATCH_TOKENS padded tokens together."""
    order = sorted(range(len(examples)), key=lambda index: len(examples[index].ids))
    groups: list[list[int]] = []
    for index in order:
        longest = len(examples[index].ids)
        group = groups[-1] if groups else []
        full = len(group) == size or (len(group) + 1) * longest > BATCH_TOKENS
        if not group or full:
            groups.append([index])
        else:
            group.append(index)
    return groups
