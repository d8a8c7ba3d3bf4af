"""Experts read one at a time: a layer stops where its experts are asked, and goes on with their answer.

Each row's way through the layer is halted with the states and the experts that the router chose. Then one
expert after another is read, and answers every row of every level; then each row goes on, with what the
attention gave the first time. The experts' module is transformers' own, holding a single expert.
"""

import copy
import inspect
import re
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn

from catalog.quantization.level import QuantLevel
from probes.open_checkpoint import Weights
from probes.perplexity.around import Row
from probes.quantize import Level

_EXPERTS = re.compile(r"experts?\.")
_SUMS_LAST = ("grouped_mm", "batched_mm")
"""transformers' ways to run experts that add up a token's in float32 and round once; the plain one rounds
after each."""


@dataclass(frozen=True)
class Experts:
    """Experts that a module at `path` in a layer holds as parameters [count, ...], by their names there.

    `turned`: their matrices are [in, out], not [out, in] as a linear layer's.
    """

    path: str
    count: int
    shapes: dict[str, tuple[int, ...]]
    turned: bool

    @property
    def names(self) -> frozenset[str]:
        """The parameters' names in the layer."""
        return frozenset(f"{self.path}.{key}" for key in self.shapes)

    @property
    def matrices(self) -> list[tuple[str, tuple[int, int]]]:
        """(name in the module, (out, in)) of each kind of matrix; there are `count` of each."""
        found = []
        for key, shape in self.shapes.items():
            if len(shape) == 3:
                rows, columns = shape[1:]
                found.append((key, (columns, rows) if self.turned else (rows, columns)))
        return found


def experts_of(layer: nn.Module) -> Experts | None:
    """The layer's experts, where it asks them by (states, chosen, weights) as transformers' modules do."""
    found = [(path, module) for path, module in layer.named_modules() if hasattr(module, "is_transposed")]
    if len(found) != 1:
        return None
    path, module = found[0]
    asked = inspect.signature(type(module).forward).parameters
    count = int(getattr(module, "num_experts", 0))
    shapes = {
        key: tuple(parameter.shape)
        for key, parameter in module.named_parameters(recurse=False)
        if len(parameter) == count
    }
    if len(asked) != 4 or not shapes:
        return None
    return Experts(path, count, shapes, bool(module.is_transposed))


def stacked_of(layer: nn.Module) -> list[tuple[int, tuple[int, int]]]:
    """(count, (out, in)) of a layer's matrices that are held in one parameter: its experts'."""
    own = experts_of(layer)
    names = own.names if own else frozenset()
    found = [(own.count, shape) for _, shape in own.matrices] if own else []
    for name, parameter in layer.named_parameters():
        if parameter.ndim == 3 and name not in names and _EXPERTS.search(name):
            count, rows, columns = parameter.shape
            found.append((count, (rows, columns)))
    return found


@dataclass
class Visit:
    """One row's way through a layer with experts: where it halted, and what the experts answer."""

    asked: Tensor | None = None
    chosen: Tensor | None = None
    weights: Tensor | None = None
    answer: Tensor | None = None
    done: bool = False
    outputs: dict[str, Any] = field(default_factory=dict)


class _Halted(Exception):
    """A row has come to the experts."""


class Halting:
    """A layer, built but for its experts, that halts where it asks them. Threads may share it."""

    def __init__(self, layer: nn.Module, experts: Experts) -> None:
        self._layer = layer
        self.experts = layer.get_submodule(experts.path)
        self._own = threading.local()
        self.experts.__dict__["forward"] = self._ask
        for name, child in layer.named_children():
            above = experts.path == name or experts.path.startswith(f"{name}.")
            if not above and next(child.children(), None) is not None:
                child.__dict__["forward"] = partial(self._once, name, child.forward)

    def run(self, row: Row, index: int, visit: Visit) -> Tensor | None:
        """The states after the layer; None where the row waits for the experts' answer."""
        self._own.visit = visit
        try:
            return row.through(index, self._layer)
        except _Halted:
            return None

    def _ask(self, *args: Any, **kwargs: Any) -> Tensor:
        visit: Visit = self._own.visit
        if visit.done:
            assert visit.answer is not None
            return visit.answer
        visit.asked, visit.chosen, visit.weights = (*args, *kwargs.values())
        assert visit.asked is not None
        wide = torch.float32 if self.sums_last else visit.asked.dtype
        visit.answer = torch.zeros_like(visit.asked, dtype=wide)
        raise _Halted

    def _once(self, name: str, forward: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """A part of the layer before the experts gives the second time what it gave the first."""
        visit: Visit = self._own.visit
        if visit.done and name in visit.outputs:
            return visit.outputs.pop(name)
        out = forward(*args, **kwargs)
        if not visit.done:
            visit.outputs[name] = out
        return out

    @property
    def sums_last(self) -> bool:
        """Whether what the experts say of a token is added up in float32."""
        return getattr(self.experts.config, "_experts_implementation", None) in _SUMS_LAST


def one_expert(experts: nn.Module, weights: Weights) -> nn.Module:
    """transformers' module with a single expert, of `weights` [1, ...]."""
    single = copy.copy(experts)
    single.__dict__ = dict(experts.__dict__)
    single.__dict__.pop("forward", None)
    single._parameters = dict(experts._parameters)
    for key, tensor in weights.items():
        single._parameters[key] = nn.Parameter(tensor, requires_grad=False)
    single.__dict__["num_experts"] = 1
    return single


def answer(single: nn.Module, expert: int, visit: Visit) -> None:
    """Add what that expert says to the answer for each token that chose it."""
    assert visit.asked is not None
    assert visit.chosen is not None
    assert visit.weights is not None
    assert visit.answer is not None
    place, token = torch.where(visit.chosen.t() == expert)
    if not len(token):
        return
    alone = torch.zeros(len(token), 1, dtype=visit.chosen.dtype, device=token.device)
    said = single(visit.asked[token], alone, torch.ones_like(visit.weights[:1, :1]).expand(len(token), 1))
    weighted = said * visit.weights[token, place, None]
    visit.answer.index_add_(0, token, weighted.to(visit.answer.dtype))


def finish(visit: Visit) -> None:
    """All experts have answered: the row goes on with what they said, in the states' dtype."""
    assert visit.asked is not None
    assert visit.answer is not None
    visit.answer = visit.answer.to(visit.asked.dtype)
    visit.done = True


def at_level(level: Level, experts: Experts, name: str, weights: Weights) -> Weights:
    """One expert's parameters [1, ...] as the level has them: rounded where it quantizes experts."""
    if not quantizes_experts(level.about):
        return weights
    found = dict(weights)
    for key, _ in experts.matrices:
        weight = weights[key][0]
        straight = weight.t().contiguous() if experts.turned else weight
        made = level.linear(f"{name}.{key}", straight, None).weight
        assert isinstance(made, Tensor)
        found[key] = (made.t() if experts.turned else made).unsqueeze(0)
    return found


def quantizes_experts(about: QuantLevel) -> bool:
    """Whether who loads the level has matrices in one parameter quantized too."""
    return about.quantized and not about.leaves_stacked
