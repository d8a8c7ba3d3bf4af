"""Every lane through every layer: a layer is read once, and of its experts one after the other."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial

import torch

from catalog.problem import Problem
from probes.machine.heap import give_back
from probes.open_checkpoint import Weights, read_ahead
from probes.perplexity.calibration import Calibration, as_weights
from probes.perplexity.experts import Experts, answer, one_expert
from probes.perplexity.frames import Window
from probes.perplexity.lanes import Approach, Lane, not_finite
from probes.perplexity.routing import Routes, agreement
from probes.perplexity.skeleton import Skeleton
from probes.perplexity.standing import Book, Standing
from probes.perplexity.threads import Crew
from probes.quantize.grid import Quantized

Tell = Callable[[str, int, int, str], None]
"""(phase, done, total, note): how far the pass is."""


class Walk:
    """One way through all layers. `routes` are the reference's experts by layer, from an earlier way or
    as they are found; `bytes_read` counts weights as they were given out.
    """

    def __init__(
        self,
        lanes: Sequence[Lane],
        reference: Lane,
        windows: Sequence[Window],
        routes: dict[int, Routes],
        crew: Crew,
        tell: Tell,
        book: Book,
        stood: Standing | None = None,
    ) -> None:
        self._lanes, self._reference, self._windows = lanes, reference, windows
        self._crew, self._tell, self._book = crew, tell, book
        self._plan = reference.skeleton
        self.routes = routes
        self._begins = stood.layers if stood else 0
        self.bytes_read = stood.bytes_read if stood else 0

    def go(self, calibrations: Sequence[Calibration]) -> None:
        """All layers that are still to be gone through, the experts of each after the rest of it."""
        count, parts = len(self._plan.layers), read_ahead(jobs(self._plan, self._begins))
        for index in range(self._begins, count):
            give_back()
            weights = self._counted(next(parts))
            solved: dict[str, dict[str, Quantized]] = {}
            for calibration in calibrations:
                self._say(index, 0, "gptq")
                solved |= calibration.solve(index, weights)
            experts = self._plan.experts[index]
            if experts is None:
                self._through(index, weights, solved)
            else:
                self._past_experts(index, experts, weights, parts)
            self._compare(index)
            self._book.layer_done(index + 1, self.bytes_read, self._lanes, calibrations, self.routes)
        self._tell("layers", count * len(self._lanes), count * len(self._lanes), "")

    def _say(self, index: int, number: int, note: str) -> None:
        lanes = len(self._lanes)
        self._tell("layers", index * lanes + number, len(self._plan.layers) * lanes, note)

    def _counted(self, weights: Weights) -> Weights:
        self.bytes_read += sum(tensor.numel() * tensor.element_size() for tensor in weights.values())
        return weights

    def _walking(self, index: int) -> Iterator[Lane]:
        for number, lane in enumerate(self._lanes):
            self._say(index, number, lane.track.level.name)
            if lane.walks:
                yield lane

    def _through(self, index: int, weights: Weights, solved: dict[str, dict[str, Quantized]]) -> None:
        cast: dict[torch.dtype, Weights] = {}
        for lane in self._walking(index):
            ready = self._ready(lane, index, weights, cast)
            level = lane.track.level.name
            if level in solved:
                ready = ready | as_weights(solved[level], lane.skeleton.dtype)
            lane.advance(index, lane.build(index, ready, self._crew), self._crew)
            self._blame(lane, index, weights)

    def _past_experts(
        self, index: int, experts: Experts, weights: Weights, parts: Iterator[Weights]
    ) -> None:
        """Each lane up to the experts, one expert after another for all lanes, each lane on."""
        cast: dict[torch.dtype, Weights] = {}
        waiting: list[Approach] = []
        for lane in self._walking(index):
            layer = lane.build(index, self._ready(lane, index, weights, cast), self._crew)
            waiting.append(lane.approach(index, layer, experts, self._crew))
        cast.clear()
        expert = 0
        while expert < experts.count:
            part = self._counted(next(parts))
            for at in range(len(next(iter(part.values())))):
                self._ask(waiting, {key: tensor[at : at + 1] for key, tensor in part.items()}, expert)
                expert += 1
        for approach in waiting:
            approach.go_on(self._crew)
            self._blame(approach.lane, index, weights)

    def _ask(self, waiting: Sequence[Approach], weights: Weights, expert: int) -> None:
        """One expert answers every row of every lane that chose it."""
        cast: dict[torch.dtype, Weights] = {}
        asked = []
        for approach in waiting:
            if expert not in approach.chosen:
                continue
            skeleton = approach.lane.skeleton
            if skeleton.dtype not in cast:
                cast[skeleton.dtype] = skeleton.ready_experts(approach.index, weights)
            own = approach.own(cast[skeleton.dtype], expert)
            single = one_expert(approach.halting.experts, own)
            asked += [(single, visit) for visit in approach.visits.values()]
        list(self._crew.map(lambda pair: answer(pair[0], expert, pair[1]), asked))

    def _ready(self, lane: Lane, index: int, weights: Weights, cast: dict[torch.dtype, Weights]) -> Weights:
        """On the device in the lane's dtypes: lanes of one dtype share them."""
        if lane.track.level.widens:
            return lane.skeleton.ready(index, weights, widens=True)
        dtype = lane.skeleton.dtype
        if dtype not in cast:
            cast[dtype] = lane.skeleton.ready(index, weights)
        return cast[dtype]

    def _compare(self, index: int) -> None:
        """Whether tokens went to the experts that they go to at the reference."""
        if not self._reference.arrived and self._reference.chosen:
            self.routes[index] = self._reference.chosen
        known = self.routes.get(index, {})
        for lane in self._lanes:
            for window, chosen in lane.chosen.items():
                same, of = agreement(chosen, known[window], self._windows[window])
                lane.same_experts[window] = lane.same_experts.get(window, 0) + same
                lane.routed[window] = lane.routed.get(window, 0) + of
            lane.chosen = {}

    def _blame(self, lane: Lane, index: int, weights: Weights) -> None:
        """Say what is wrong where the reference itself has lost its numbers."""
        if lane is not self._reference or lane.failed_at is None:
            return
        for name, tensor in weights.items():
            if not bool(tensor.isfinite().all()):
                raise Problem("weights-not-finite", tensor=name, layer=index)
        raise not_finite(lane, index)


def jobs(plan: Skeleton, begins: int = 0) -> list[Callable[[], Weights]]:
    """What reads one part after another: a layer, then its experts, one by one where they lie so."""
    jobs: list[Callable[[], Weights]] = []
    for index, experts in enumerate(plan.experts[begins:], begins):
        jobs.append(partial(plan.read_layer, index))
        if experts is None:
            continue
        wanted = plan.wanted_experts(index)
        if all(plan.names.apart(name, experts.count) for _, name, _ in wanted):
            jobs += [partial(plan.names.one_expert, wanted, expert) for expert in range(experts.count)]
        else:
            jobs.append(partial(plan.names.weights, wanted))
    return jobs
