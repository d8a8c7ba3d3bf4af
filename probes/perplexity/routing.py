"""Which experts a router chose, and how often a level's choice is the reference's."""

from collections.abc import Callable
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn

from probes.perplexity.frames import Window

Routes = dict[int, Tensor]
"""By window: int16 [T, k], the experts chosen for each token, in order of their number."""


def in_order(chosen: Tensor) -> Tensor:
    """Chosen experts [T, k] in whatever order -> Routes' form."""
    return chosen.sort(-1).values.to(torch.int16)


def listen(layer: nn.Module, hear: Callable[[Tensor], None]) -> None:
    """Tell what the router of a layer chooses whose experts are read all at once, where it has one.

    A router gives its logits [T, experts] last, and the `top_k` largest are chosen (Llama 4).
    """
    routers = [module for module in layer.modules() if type(module).__name__.endswith("Router")]
    if len(routers) == 1 and isinstance(getattr(routers[0], "top_k", None), int):
        routers[0].register_forward_hook(partial(_told, hear))


def _told(hear: Callable[[Tensor], None], router: Any, asked: object, said: Any) -> None:
    logits = said[-1]
    if logits.is_floating_point() and logits.shape[-1] == router.num_experts:
        hear(in_order(logits.topk(router.top_k, -1).indices))


def agreement(routes: Tensor, reference: Tensor, window: Window) -> tuple[int, int]:
    """How many of the scored targets were predicted through the reference's experts, and of how many."""
    scored = slice(window.first - 1, len(window.ids) - 1)
    same = (routes[scored] == reference[scored]).all(-1)
    return int(same.sum()), len(same)
