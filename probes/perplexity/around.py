"""What transformers' own forward pass does around the decoder's layers, with stand-ins in their places."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn
from transformers import PreTrainedModel

from probes.perplexity.modules import Empty
from probes.perplexity.stand_ins import FORMS, Call, StandIn, alike

_REFUSALS = (RuntimeError, TypeError, ValueError, LookupError, AttributeError)
"""What models raise that do not go from one layer to the next as they stand in the list."""


@dataclass
class Row:
    """A row on its way: its states, how each layer is called for it, what layers write for later ones."""

    states: Tensor
    calls: list[Call]
    own: dict[int, Any] = field(default_factory=dict)

    @property
    def wrote(self) -> bool:
        """Whether layers have left something for later ones beside the states."""
        return any(call.written(self.own) for call in self.calls) if self.own else False

    def through(self, index: int, layer: nn.Module) -> Tensor:
        """The states after layer `index`."""
        return self.calls[index].on(layer, self.states, self.own)


class NotStraight(Exception):
    """The states do not go straight from each layer to the next and from the last to the head."""


class Around:
    """A model whose layers, all of `held`, are stand-ins from now on.

    The first time it is made sure that nothing else depends on what a layer gives: every stand-in passes
    on noise of its own, which must come to the next one, and no call and no logit may change by it.
    """

    def __init__(self, model: PreTrainedModel, held: nn.ModuleList) -> None:
        self._model = model
        self._stand_ins = [StandIn(layer) for layer in held]
        for index, stand_in in enumerate(self._stand_ins):
            held[index] = stand_in
        self._enters = self._leaves = False

    def enter(self, ids: Tensor) -> Row:
        """[1, T] token ids -> the row before the first layer, its states [1, T, H].

        NotStraight where one layer does not follow the other.
        """
        refusal: Exception | None = None
        for form in (self._stand_ins[0].gives,) if self._enters else FORMS:
            for stand_in in self._stand_ins:
                stand_in.gives = form
            try:
                came, calls = self._noted(ids)
                if not all(same(states, came[0]) for states in came):
                    continue
                self._enters = self._enters or self._enters_straight(ids, came[0], calls)
            except (*_REFUSALS, NotStraight) as error:
                refusal = refusal or error
                continue
            if self._enters:
                return Row(came[0], calls)
        raise NotStraight from refusal

    def leave(self, ids: Tensor, row: Row, keep: Tensor, empty: Sequence[Empty]) -> Tensor:
        """The last layer's states of `ids` [1, T] -> logits [len(keep), V] at positions `keep`.

        `empty` are the model's embeddings. NotStraight where logits follow from other states as well.
        """
        logits = self._logits(ids, row, keep)
        if not self._leaves:
            for embedding in empty:
                embedding.noise = True
            if len(self._stand_ins) > 1:
                self._stand_ins[0].passes(torch.randn_like(row.states))
            others = self._logits(ids, row, keep)
            self._stand_ins[0].passes(None)
            for embedding in empty:
                embedding.noise = False
            if not torch.equal(logits.nan_to_num(), others.nan_to_num()):
                raise NotStraight
            self._leaves = True
        return logits

    def _logits(self, ids: Tensor, row: Row, keep: Tensor) -> Tensor:
        self._stand_ins[-1].passes(row.states, row.calls[-1], row.own)
        logits: Tensor = self._model(input_ids=ids, use_cache=False, logits_to_keep=keep).logits[0]
        self._stand_ins[-1].passes(None)
        return logits if len(logits) == len(keep) else logits[keep]  # some give all, whatever is asked

    def _noted(self, ids: Tensor, noise: Sequence[Tensor] = ()) -> tuple[list[Tensor], list[Call]]:
        """What came to each layer and how it was called, each passing on what came or its noise."""
        notes: list[list[tuple[Tensor, Call]]] = [[] for _ in self._stand_ins]
        for index, stand_in in enumerate(self._stand_ins):
            stand_in.notes = notes[index]
            stand_in.passes(noise[index] if noise else None)
        try:
            self._model(input_ids=ids, use_cache=False)
        finally:
            for stand_in in self._stand_ins:
                stand_in.notes = None
                stand_in.passes(None)
        if not all(len(note) == 1 for note in notes):
            raise NotStraight
        return [note[0][0] for note in notes], [note[0][1] for note in notes]

    def _enters_straight(self, ids: Tensor, first: Tensor, calls: Sequence[Call]) -> bool:
        noise = [torch.randn_like(first) for _ in self._stand_ins]
        came, others = self._noted(ids, noise)
        straight = all(same(found, given) for found, given in zip(came[1:], noise, strict=False))
        return straight and torch.equal(came[0], first) and alike(calls, others)


def same(a: object, b: object) -> bool:
    """Whether two tensors are one piece of memory, or views of it from end to end."""
    if not isinstance(a, Tensor) or not isinstance(b, Tensor):
        return False
    return a.data_ptr() == b.data_ptr() and a.shape == b.shape and a.stride() == b.stride()
