"""Which experts a router chose, and how often a level's choice is the reference's."""

import torch
from torch import Tensor

from probes.perplexity.frames import Window

Routes = dict[int, Tensor]
"""By window: int16 [T, k], the experts chosen for each token, in order of their number."""


def in_order(chosen: Tensor) -> Tensor:
    """Chosen experts [T, k] in whatever order -> Routes' form."""
    return chosen.sort(-1).values.to(torch.int16)


def agreement(routes: Tensor, reference: Tensor, window: Window) -> tuple[int, int]:
    """How many of the scored targets were predicted through the reference's experts, and of how many."""
    scored = slice(window.first - 1, len(window.ids) - 1)
    same = (routes[scored] == reference[scored]).all(-1)
    return int(same.sum()), len(same)
