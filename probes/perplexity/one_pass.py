"""One pass over the weights: a layer is read once, built at every level, and advances every level's states.

Memory is one layer (and the next, being read), the states, and embedding or head at the ends.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial

import torch
from torch import Tensor, nn

from catalog.problem import Problem
from probes.machine.heap import give_back
from probes.open_checkpoint import Checkpoint, Weights, load, read_ahead
from probes.perplexity.calibration import Calibration, as_weights
from probes.perplexity.frames import Window
from probes.perplexity.scores import Score
from probes.perplexity.scoring import Leave, lost, score_window
from probes.perplexity.skeleton import Calls, Skeleton, fill
from probes.perplexity.threads import Crew, crew_for
from probes.quantize import Level
from probes.quantize.grid import Quantized

Tell = Callable[[str, int, int, str], None]
"""(phase, done, total, note): how far the pass is."""


@dataclass(frozen=True)
class Track:
    """One level, and the indices of the windows it is scored on."""

    level: Level
    windows: tuple[int, ...]


@dataclass
class _Lane:
    """A track on its way through the layers: states [1, T, H] by window; `arrived` where they are last."""

    track: Track
    skeleton: Skeleton
    states: dict[int, Tensor] = field(default_factory=dict)
    failed_at: int | None = None
    arrived: bool = False


@dataclass(frozen=True)
class Passed:
    """What one pass gave: `scores[level]` in the order of the track's windows.

    `failed_at[level]` is the layer after which a level's states were no numbers any more (the number
    of layers: its logits). `kept` are the reference's last states, for further passes.
    """

    scores: dict[str, list[Score]]
    failed_at: dict[str, int]
    weight_bytes: dict[str, int]
    bits_per_weight: dict[str, float]
    bytes_read: int
    kept: dict[int, Tensor]


def one_pass(
    checkpoint: Checkpoint,
    windows: Sequence[Window],
    tracks: Sequence[Track],
    reference: str,
    device: torch.device,
    tell: Tell,
    calibration: Sequence[Sequence[int]] = (),
    sequential: bool = False,
    kept: dict[int, Tensor] | None = None,
) -> Passed:
    """Score every track. The reference's windows must contain those of all others.

    `calibration` holds rows of token ids for the GPTQ levels: their Hessians come from the reference's
    own states, or, where `sequential`, each level's from its own states, as the GPTQ tools do it.
    With the reference's states `kept` from an earlier pass it does not walk again.

    Problems: architecture-unsupported, tokenizer-too-large, weights-not-finite, states-not-finite,
    and those of probes.checkpoint.tensors.
    """
    with torch.inference_mode(), crew_for(windows, device) as crew:
        skeletons = {
            dtype: Skeleton(checkpoint.config, checkpoint.tensors, dtype, device)
            for dtype in dict.fromkeys(track.level.dtype for track in tracks)
        }
        lanes = [_Lane(track, skeletons[track.level.dtype]) for track in tracks]
        base = next(lane for lane in lanes if lane.track.level.name == reference)
        if kept is not None:
            base.states, base.arrived = dict(kept), True
        calls = _enter(skeletons, lanes, windows, device)
        calibrations = _calibrations(lanes, calibration, calls, reference, sequential, device)
        bytes_read = _walk(checkpoint, lanes, calls, calibrations, reference, device, crew, tell)
        scores = _leave(skeletons, lanes, windows, reference, device, crew, tell)
    return Passed(
        scores=scores,
        failed_at={lane.track.level.name: lane.failed_at for lane in lanes if lane.failed_at is not None},
        weight_bytes={lane.track.level.name: _weight_bytes(lane) for lane in lanes},
        bits_per_weight={lane.track.level.name: _bits_per_weight(lane) for lane in lanes},
        bytes_read=bytes_read,
        kept=base.states,
    )


def _enter(
    skeletons: dict[torch.dtype, Skeleton],
    lanes: Sequence[_Lane],
    windows: Sequence[Window],
    device: torch.device,
) -> Calls:
    calls: Calls = {}
    for dtype, skeleton in skeletons.items():
        here = [lane for lane in lanes if lane.skeleton is skeleton and not lane.arrived]
        skeleton.open_embedding()
        for index in sorted({index for lane in here for index in lane.track.windows}):
            ids = windows[index].ids
            if max(ids) >= skeleton.vocabulary:
                raise Problem("tokenizer-too-large", token=max(ids), rows=skeleton.vocabulary)
            states, calls[dtype, len(ids)] = skeleton.enter(torch.tensor([ids], device=device))
            for lane in here:
                if index in lane.track.windows:
                    lane.states[index] = states.clone()
        skeleton.close()
    return calls


def _calibrations(
    lanes: Sequence[_Lane],
    rows: Sequence[Sequence[int]],
    calls: Calls,
    reference: str,
    sequential: bool,
    device: torch.device,
) -> list[Calibration]:
    """One for all GPTQ levels, or one for each where they are solved in sequence."""
    levels = [lane.track.level for lane in lanes if lane.track.level.calibrated]
    if not levels:
        return []
    if not rows:
        raise Problem("calibration-missing")
    base = next(lane.skeleton for lane in lanes if lane.track.level.name == reference)
    groups = [[level] for level in levels] if sequential else [levels]
    return [Calibration(base, rows, group, calls, sequential, device) for group in groups]


def _walk(
    checkpoint: Checkpoint,
    lanes: Sequence[_Lane],
    calls: Calls,
    calibrations: Sequence[Calibration],
    reference: str,
    device: torch.device,
    crew: Crew,
    tell: Tell,
) -> int:
    """Advance every lane through every layer; the bytes of weights that were read."""
    plan = lanes[0].skeleton
    count, bytes_read = len(plan.layers), 0
    jobs = [partial(load, checkpoint.tensors, plan.layer_names(index)) for index in range(count)]
    for index, weights in enumerate(read_ahead(jobs)):
        give_back()
        bytes_read += sum(tensor.numel() * tensor.element_size() for tensor in weights.values())
        cast: dict[torch.dtype, Weights] = {}
        solved: dict[str, dict[str, Quantized]] = {}
        for calibration in calibrations:
            tell("layers", index * len(lanes), count * len(lanes), "gptq")
            solved |= calibration.solve(index, weights)
        for number, lane in enumerate(lanes):
            tell("layers", index * len(lanes) + number, count * len(lanes), lane.track.level.name)
            if lane.failed_at is not None or lane.arrived:
                continue
            dtype = lane.skeleton.dtype
            if lane.track.level.widens:
                ready = {key: tensor.to(device) for key, tensor in weights.items()}
            else:
                if dtype not in cast:
                    cast[dtype] = {key: tensor.to(device, dtype) for key, tensor in weights.items()}
                ready = cast[dtype]
            if lane.track.level.name in solved:
                ready = ready | as_weights(solved[lane.track.level.name], dtype)
            _advance(lane, index, ready, calls, crew)
            if lane.failed_at is not None and lane.track.level.name == reference:
                _blame(weights, index, reference)
    tell("layers", count * len(lanes), count * len(lanes), "")
    return bytes_read


def _advance(lane: _Lane, index: int, weights: Weights, calls: Calls, crew: Crew) -> None:
    layer, level, dtype = lane.skeleton.layer(index), lane.track.level, lane.skeleton.dtype
    linears = lane.skeleton.layer_linears(index)
    if level.own is not None:
        weights = weights | _own(lane, index, weights, linears)

    def build(name: str) -> nn.Module:
        bias = weights.get(f"{name}.bias")
        return level.linear(lane.skeleton.full_name(index, name), weights[f"{name}.weight"], bias)

    # The largest first: the threads end together.
    order = sorted(linears, key=lambda name: -weights[f"{name}.weight"].numel())
    built = dict(zip(order, crew.map(build, order), strict=True))
    fill(layer, weights, dtype, lambda name, weight, bias: built[name])

    def step(window: int) -> bool:
        states = lane.states[window]
        out = layer(states, **calls[dtype, states.shape[1]][index])
        # In place: long-lived tensors among short-lived ones would leave the heap full of holes.
        states.copy_(out if isinstance(out, Tensor) else out[0])
        return _finite(states)

    if not all(list(crew.map(step, list(lane.states)))):
        lane.failed_at = index
        lane.states.clear()


def _own(lane: _Lane, index: int, weights: Weights, linears: Sequence[str]) -> Weights:
    """The parameters beside the linear layers' weights that the level has of its own."""
    own = lane.track.level.own
    assert own is not None
    theirs = {f"{name}.weight" for name in linears}
    found = {
        key: own(lane.skeleton.full_name(index, key), tuple(tensor.shape))
        for key, tensor in weights.items()
        if key not in theirs
    }
    device, dtype = lane.skeleton.device, lane.skeleton.dtype
    return {key: tensor.to(device, dtype) for key, tensor in found.items() if tensor is not None}


def _finite(states: Tensor) -> bool:
    """Both ends of the range tell: NaN is passed on as an end."""
    return all(bool(end.isfinite()) for end in states.aminmax())


def _blame(weights: Weights, layer: int, level: str) -> None:
    for name, tensor in weights.items():
        if not bool(tensor.isfinite().all()):
            raise Problem("weights-not-finite", tensor=name, layer=layer)
    raise Problem("states-not-finite", level=level, layer=layer)


def _leave(
    skeletons: dict[torch.dtype, Skeleton],
    lanes: Sequence[_Lane],
    windows: Sequence[Window],
    reference: str,
    device: torch.device,
    crew: Crew,
    tell: Tell,
) -> dict[str, list[Score]]:
    head = next(iter(skeletons.values())).read_head()
    for skeleton in skeletons.values():
        skeleton.open_head(head)
    del head
    vocabulary = lanes[0].skeleton.vocabulary
    base = next(lane for lane in lanes if lane.track.level.name == reference)

    def score(index: int) -> dict[str, Score]:
        leaves: dict[str, Leave] = {
            lane.track.level.name: partial(lane.skeleton.leave, lane.states[index])
            for lane in lanes
            if index in lane.states
        }
        scores = score_window(windows[index], reference, leaves, vocabulary, device)
        if not scores[reference].finite:
            raise Problem("states-not-finite", level=reference, layer=len(base.skeleton.layers))
        return scores

    scored = base.track.windows
    tell("head", 0, len(scored), "")
    found: dict[str, dict[int, Score]] = {lane.track.level.name: {} for lane in lanes}
    for done, (index, scores) in enumerate(zip(scored, crew.map(score, scored), strict=True), 1):
        tell("head", done, len(scored), "")
        for level, one in scores.items():
            found[level][index] = one
    for skeleton in skeletons.values():
        skeleton.close()
    return {lane.track.level.name: _collect(lane, found, windows) for lane in lanes}


def _collect(lane: _Lane, found: dict[str, dict[int, Score]], windows: Sequence[Window]) -> list[Score]:
    if lane.failed_at is not None:
        return lost([windows[index] for index in lane.track.windows])
    scores = [found[lane.track.level.name][index] for index in lane.track.windows]
    if not all(score.finite for score in scores):
        lane.failed_at = len(lane.skeleton.layers)
        return lost([windows[index] for index in lane.track.windows])
    return scores


def _linear_bytes(lane: _Lane) -> int:
    about = lane.track.level.about
    return sum(about.matrix_bytes(inputs, outputs) for _, (outputs, inputs) in lane.skeleton.linears)


def _weight_bytes(lane: _Lane) -> int:
    """Bytes of the whole model as it would be loaded: linears at the level, all else in its dtype."""
    linear = sum(math.prod(shape) for _, shape in lane.skeleton.linears)
    width: int = lane.skeleton.dtype.itemsize
    return _linear_bytes(lane) + (lane.skeleton.parameters - linear) * width


def _bits_per_weight(lane: _Lane) -> float:
    """Bits per weight of the linear layers, with their scales."""
    return _linear_bytes(lane) * 8 / sum(math.prod(shape) for _, shape in lane.skeleton.linears)
