"""What stands in a decoder layer's place while transformers' own code runs around the layers."""

import copy
import threading
from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn


class _Second:
    """In the place of what a layer gives beside the states: some hand it to the next layer."""


_SECOND = _Second()
_NONE: Mapping[int, Any] = {}


@dataclass(frozen=True)
class Call:
    """What a decoder layer is called with beside the states: mask, rotary angles, positions."""

    args: tuple[Any, ...] = ()
    kwargs: Mapping[str, Any] = field(default_factory=dict)

    def on(self, layer: nn.Module, states: Tensor, own: dict[int, Any]) -> Tensor:
        """The states [1, T, H] after the layer.

        What layers write into for later ones (keys that several share), and what one hands to the next
        beside the states, is a row's own: `own` holds it, by the identity of what was noted.
        """
        args = [_mine(value, own) for value in self.args]
        kwargs = {name: _mine(value, own) for name, value in self.kwargs.items()}
        out = layer(states, *args, **kwargs)
        if isinstance(out, Tensor):
            return out
        own[id(_SECOND)] = out[1] if len(out) > 1 else None
        first: Tensor = out[0]
        return first

    def written(self, own: Mapping[int, Any]) -> bool:
        """Whether a row's `own` holds anything that the call was not noted with."""
        if own.get(id(_SECOND)) is not None:
            return True
        noted = (*self.args, *self.kwargs.values())
        return any(id(value) in own and not alike(own[id(value)], value) for value in noted)

    def hand_over(self, given: "Call", own: Mapping[int, Any]) -> None:
        """Put what the layers have written for a row into the containers of another call alike."""
        named = ((noted, given.kwargs.get(name)) for name, noted in self.kwargs.items())
        for noted, there in (*zip(self.args, given.args, strict=True), *named):
            if isinstance(there, list) and id(noted) in own:
                there[:] = own[id(noted)]
            elif isinstance(there, MutableMapping) and id(noted) in own:
                there.clear()
                there.update(own[id(noted)])


def _mine(value: Any, own: dict[int, Any]) -> Any:
    if isinstance(value, _Second):
        return own[id(value)]
    if not isinstance(value, MutableMapping | list):
        return value
    if id(value) not in own:
        own[id(value)] = copy.copy(value)
    return own[id(value)]


def alike(a: Any, b: Any) -> bool:
    """Whether two calls are with equal values, tensors by what is in them."""
    if isinstance(a, Call) and isinstance(b, Call):
        return alike(a.args, b.args) and alike(dict(a.kwargs), dict(b.kwargs))
    if isinstance(a, Tensor) and isinstance(b, Tensor):
        return a.shape == b.shape and a.dtype == b.dtype and torch.equal(a, b)
    if isinstance(a, list | tuple) and isinstance(b, list | tuple):
        return len(a) == len(b) and all(map(alike, a, b))
    if isinstance(a, Mapping) and isinstance(b, Mapping):
        return a.keys() == b.keys() and all(alike(a[key], b[key]) for key in a)
    return a is b or (type(a) is type(b) and bool(a == b))


FORMS: tuple[tuple[object, ...] | None, ...] = (None, (), (_SECOND,))
"""What layers give: the states, or a tuple with as many things after them. Which, their caller knows."""


class StandIn(nn.Module):
    """In a layer's place: notes the call and passes the states on, or passes on given ones.

    What models ask their layers beside that (which kind of mask they want) the layer itself answers.
    """

    def __init__(self, layer: nn.Module) -> None:
        super().__init__()
        self.__dict__["_layer"] = layer
        self.notes: list[tuple[Tensor, Call]] | None = None
        self.gives: tuple[object, ...] | None = None
        self._own = threading.local()

    def passes(
        self, states: Tensor | None, call: Call | None = None, own: Mapping[int, Any] = _NONE
    ) -> None:
        """From now on, in this thread, pass on these states, or None: what comes.

        With what the layers have written for the row, `own`, whose last layer is called by `call`.
        """
        self._own.passes, self._own.call, self._own.written = states, call, own

    def __getattr__(self, name: str) -> Any:
        try:
            return super().__getattr__(name)
        except AttributeError:
            return getattr(self.__dict__["_layer"], name)

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        if args:
            states, args = args[0], args[1:]
        else:
            states = kwargs.pop("hidden_states")
        if self.notes is not None:
            self.notes.append((states, Call(args, kwargs)))
        passes = getattr(self._own, "passes", None)
        if passes is not None:
            if self._own.call is not None:
                self._own.call.hand_over(Call(args, kwargs), self._own.written)
            states = passes
        return states if self.gives is None else (states, *self.gives)
