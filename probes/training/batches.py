"""Which examples make a batch: seeded, of like length, a function of (seed, epoch) alone."""

import random
from collections.abc import Iterator, Sequence

from probes.training.encode import Encoded

MEGABATCH = 8
"""Examples are sorted by length within this many batches: little padding, and the order stays random."""


def batches(examples: Sequence[Encoded], batch: int, seed: int) -> Iterator[list[Encoded]]:
    """Batches without end, epoch after epoch. The same seed gives the same batches.

    The first epoch takes `examples` in their order, megabatch by megabatch: what has been seen after n
    examples is the same however long the run is to be.
    """
    epoch = 0
    while True:
        draw = random.Random(f"{seed}:{epoch}")
        order = list(examples)
        if epoch:
            draw.shuffle(order)
        yield from _epoch(order, batch, draw)
        epoch += 1


def _epoch(order: list[Encoded], batch: int, draw: random.Random) -> Iterator[list[Encoded]]:
    for start in range(0, len(order), batch * MEGABATCH):
        mega = sorted(order[start : start + batch * MEGABATCH], key=lambda example: len(example.ids))
        groups = [mega[at : at + batch] for at in range(0, len(mega), batch)]
        draw.shuffle(groups)
        yield from groups


def longest(examples: Sequence[Encoded], batch: int) -> list[Encoded]:
    """The batch that needs most memory: run first, so that a lack of it shows at once."""
    return sorted(examples, key=lambda example: len(example.ids))[-batch:]
