"""A level on its way through the layers, a layer built for it, and its states advanced."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import torch
from torch import Tensor, nn

from catalog.problem import Problem
from probes.checkpoint.stored_names import StoredNames
from probes.open_checkpoint import Weights
from probes.perplexity.around import Row
from probes.perplexity.experts import Experts, Halting, Visit, at_level, finish
from probes.perplexity.modules import fill
from probes.perplexity.routing import Routes, in_order, listen
from probes.perplexity.scores import Score
from probes.perplexity.skeleton import Skeleton
from probes.perplexity.threads import Crew
from probes.quantize import Level


@dataclass(frozen=True)
class Track:
    """One level, and the indices of the windows it is scored on."""

    level: Level
    windows: tuple[int, ...]


@dataclass
class Lane:
    """A track on its way, as rows by window; it has `arrived` where their states are last.

    `source` holds a level's own weights, where it is a checkpoint on disk. `chosen` are the experts of the
    layer it is in, `same_experts` and `routed` sums by window.
    """

    track: Track
    skeleton: Skeleton
    source: StoredNames | None = None
    rows: dict[int, Row] = field(default_factory=dict)
    chosen: Routes = field(default_factory=dict)
    same_experts: dict[int, int] = field(default_factory=dict)
    routed: dict[int, int] = field(default_factory=dict)
    failed_at: int | None = None
    arrived: bool = False

    @property
    def walks(self) -> bool:
        """Whether it still goes through layers."""
        return self.failed_at is None and not self.arrived

    def with_routing(self, score: Score, window: int) -> Score:
        """The score of a window with how often its tokens went to the reference's experts."""
        return replace(
            score, same_experts=self.same_experts.get(window, 0), routed=self.routed.get(window, 0)
        )

    def build(self, index: int, weights: Weights, crew: Crew) -> nn.Module:
        """Layer `index` of the level, of weights that `Skeleton.ready` gave."""
        skeleton, level = self.skeleton, self.track.level
        if self.source is not None:
            weights = weights | skeleton.ready(index, skeleton.read_layer(index, self.source))
        layer, linears = skeleton.layer(index), skeleton.layer_linears(index)

        def make(name: str) -> nn.Module:
            weight, bias = weights[f"{name}.weight"], weights.get(f"{name}.bias")
            if level.about.quantized:  # a layer that is float32 in a narrower model is no longer
                weight = weight.to(skeleton.dtype)
            return level.linear(skeleton.full_name(index, name), weight, bias)

        # The largest first: the threads end together.
        order = sorted(linears, key=lambda name: -weights[f"{name}.weight"].numel())
        built = dict(zip(order, crew.map(make, order), strict=True))
        fill(layer, weights, linears, lambda name, weight, bias: built[name])
        return layer

    def advance(self, index: int, layer: nn.Module, crew: Crew) -> None:
        """The states through a layer that holds all its weights."""
        own = threading.local()
        listen(layer, lambda chosen: self.chosen.update({own.window: chosen}))

        def step(window: int) -> bool:
            own.window = window
            return self.moved(window, self.rows[window].through(index, layer))

        self.after(index, list(crew.map(step, list(self.rows))))

    def approach(self, index: int, layer: nn.Module, experts: Experts, crew: Crew) -> "Approach":
        """The states through a layer up to its experts."""
        halting = Halting(layer, experts)
        visits = {window: Visit() for window in self.rows}

        def step(window: int) -> None:
            halting.run(self.rows[window], index, visits[window])

        list(crew.map(step, list(visits)))
        for window, visit in visits.items():
            assert visit.chosen is not None
            self.chosen[window] = in_order(visit.chosen)
        chosen = frozenset(int(one) for all_of in self.chosen.values() for one in all_of.unique())
        return Approach(self, index, halting, experts, visits, chosen)

    def moved(self, window: int, out: Tensor) -> bool:
        """Take over the states after a layer; whether they are numbers."""
        # In place: long-lived tensors among short-lived ones would leave the heap full of holes.
        return _finite(self.rows[window].states.copy_(out))

    def after(self, index: int, finite: Sequence[bool]) -> None:
        """Layer `index` is done; the lane has failed where some of its rows are not finite."""
        if not all(finite):
            self.failed_at = index
            self.rows.clear()


@dataclass(frozen=True)
class Approach:
    """A lane that waits before the experts of layer `index`.

    `chosen` are the experts that any row goes to, `whole` all experts of a level on disk whose files give
    none by itself.
    """

    lane: Lane
    index: int
    halting: Halting
    experts: Experts
    visits: dict[int, Visit]
    chosen: frozenset[int]
    whole: Weights = field(default_factory=dict)

    def own(self, weights: Weights, expert: int) -> Weights:
        """One expert's weights [1, ...] at the lane's level, of those that the reference has."""
        lane, skeleton = self.lane, self.lane.skeleton
        if lane.source is None:
            name = skeleton.full_name(self.index, self.experts.path)
            return at_level(lane.track.level, self.experts, name, weights)
        wanted = [one for one in skeleton.wanted_experts(self.index) if one[1] in lane.source]
        if all(lane.source.apart(name, self.experts.count) for _, name, _ in wanted):
            found = lane.source.one_expert(wanted, expert)
        else:
            if not self.whole:
                self.whole.update(lane.source.weights(wanted))
            found = {key: tensor[expert : expert + 1] for key, tensor in self.whole.items()}
        return weights | skeleton.ready_experts(self.index, found)

    def go_on(self, crew: Crew) -> None:
        """All experts have answered: through the rest of the layer."""

        def step(window: int) -> bool:
            lane, visit = self.lane, self.visits[window]
            finish(visit)
            out = self.halting.run(lane.rows[window], self.index, visit)
            assert out is not None
            return lane.moved(window, out)

        self.lane.after(self.index, list(crew.map(step, list(self.visits))))


def not_finite(lane: Lane, layer: int) -> Problem:
    """The reference has no numbers after a layer (their count: in its logits): for want of range, maybe."""
    code = "states-overflow" if lane.track.level.dtype == torch.float16 else "states-not-finite"
    return Problem(code, level=lane.track.level.name, layer=layer)


def _finite(states: Tensor) -> bool:
    """Both ends of the range tell: NaN is passed on as an end."""
    return all(bool(end.isfinite()) for end in states.aminmax())
