"""Nats at the scored positions only, the vocabulary never held for more than a chunk of them."""

from collections.abc import Sequence
from typing import Any, Protocol

import torch
from torch import Tensor
from torch.nn import functional

from catalog.memory.trainers import BASEFIT
from probes.training.encode import Encoded

CHUNK_ELEMENTS = BASEFIT.logits or 0
"""Logits held at once."""


class Head(Protocol):
    """The output layer, its own parameters frozen."""

    vocabulary: int

    def __call__(self, states: Tensor) -> Tensor:
        """Hidden states [n, width] -> logits [n, vocabulary]."""


class _SummedNats(torch.autograd.Function):
    """Σ −ln p of the targets. The gradient of each chunk is taken while its logits are there."""

    @staticmethod
    def forward(ctx: Any, hidden: Tensor, targets: Tensor, head: Head) -> Tensor:
        total = hidden.new_zeros((), dtype=torch.float64)
        gradient = torch.empty_like(hidden)
        at = 0
        for states, wanted in chunks(hidden, targets, head):
            with torch.enable_grad():
                leaf = states.detach().requires_grad_()
                nats = functional.cross_entropy(head(leaf).float(), wanted, reduction="sum")
                (slope,) = torch.autograd.grad(nats, leaf)
            gradient[at : at + len(wanted)] = slope
            total += nats.detach().double()
            at += len(wanted)
        ctx.save_for_backward(gradient)
        return total.float()

    @staticmethod
    def backward(ctx: Any, *outer: Tensor) -> tuple[Tensor | None, ...]:
        (gradient,) = ctx.saved_tensors
        return gradient * outer[0].to(gradient.dtype), None, None


def nats_sum(hidden: Tensor, targets: Tensor, head: Head) -> Tensor:
    """Σ −ln p over positions: hidden [n, width], targets [n] -> scalar, differentiable in `hidden`."""
    total: Tensor = _SummedNats.apply(hidden, targets, head)  # type: ignore[no-untyped-call]
    return total


def nats_each(hidden: Tensor, targets: Tensor, head: Head) -> Tensor:
    """−ln p of each position: hidden [n, width], targets [n] -> float32 [n]."""
    with torch.no_grad():
        return torch.cat(
            [
                functional.cross_entropy(head(states).float(), wanted, reduction="none")
                for states, wanted in chunks(hidden, targets, head)
            ]
        )


def chunks(hidden: Tensor, targets: Tensor, head: Head) -> list[tuple[Tensor, Tensor]]:
    """Both cut alike, so that a chunk's logits stay within CHUNK_ELEMENTS."""
    size = max(1, CHUNK_ELEMENTS // head.vocabulary)
    return list(zip(hidden.split(size), targets.split(size), strict=True))


def pad(examples: Sequence[Encoded], device: torch.device) -> tuple[Tensor, Tensor, Tensor]:
    """ids [batch, longest], and the places that predict: (row * longest + position - 1) [n], targets [n].

    Padding stands on the right, where a causal model never looks back from, and is never scored: no
    attention mask is needed.
    """
    longest = max(len(example.ids) for example in examples)
    ids = torch.zeros(len(examples), longest, dtype=torch.long)
    places: list[int] = []
    targets: list[int] = []
    for row, example in enumerate(examples):
        ids[row, : len(example.ids)] = torch.tensor(example.ids)
        places += [row * longest + position - 1 for position in example.targets]
        targets += [example.ids[position] for position in example.targets]
    return ids.to(device), torch.tensor(places, device=device), torch.tensor(targets, device=device)
