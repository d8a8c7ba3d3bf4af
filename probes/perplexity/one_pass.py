"""One pass over the weights: a layer is read once, built at every level, and advances every level's states.

Memory is one layer (and the next, being read), the states, and embedding or head at the ends. Experts
that a checkpoint gives one by one are read so: of a layer then all but its experts, and two of these.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import torch

from catalog.problem import Problem
from probes.open_checkpoint import Checkpoint
from probes.perplexity.around import Row
from probes.perplexity.calibration import Calibration
from probes.perplexity.frames import Window
from probes.perplexity.lanes import Lane, Track, not_finite
from probes.perplexity.routing import Routes
from probes.perplexity.scores import Score
from probes.perplexity.scoring import Leave, lost, score_window
from probes.perplexity.skeleton import Skeleton
from probes.perplexity.stand_ins import Call, alike
from probes.perplexity.standing import NOWHERE, Book, Standing
from probes.perplexity.threads import Crew, crew_for
from probes.perplexity.walk import Tell, Walk
from probes.perplexity.weight_bytes import bits_per_weight, weight_bytes

__all__ = ["Kept", "Passed", "Tell", "Track", "one_pass"]


@dataclass(frozen=True)
class Kept:
    """The reference's rows by window after the last layer, and the experts it chose by layer."""

    rows: dict[int, Row]
    routes: dict[int, Routes]


@dataclass(frozen=True)
class Passed:
    """What one pass gave: `scores[level]` in the order of the track's windows.

    `failed_at[level]` is the layer after which a level's states were no numbers any more (the number
    of layers: its logits). `kept` is of the reference, for further passes.
    """

    scores: dict[str, list[Score]]
    failed_at: dict[str, int]
    weight_bytes: dict[str, int]
    bits_per_weight: dict[str, float]
    bytes_read: int
    kept: Kept


def one_pass(
    checkpoint: Checkpoint,
    windows: Sequence[Window],
    tracks: Sequence[Track],
    reference: str,
    device: torch.device,
    tell: Tell,
    calibration: Sequence[Sequence[int]] = (),
    sequential: bool = False,
    kept: Kept | None = None,
    book: Book = NOWHERE,
    stood: Standing | None = None,
) -> Passed:
    """Score every track. The reference's windows must contain those of all others.

    `calibration` holds rows of token ids for the GPTQ levels: their Hessians come from the reference's
    own states, or, where `sequential`, each level's from its own states, as the GPTQ tools do it.
    With what the reference `kept` from an earlier pass it does not walk again. Where it stands is written
    in `book`, and it goes on where a killed one `stood`.

    Problems: architecture-unsupported, level-experts-unsolved, tokenizer-too-large, weights-not-finite,
    states-not-finite, and those of probes.checkpoint.tensors and stored_names.
    """
    with torch.inference_mode(), crew_for(windows, device) as crew:
        lanes = _lanes(checkpoint, tracks, device)
        base = next(lane for lane in lanes if lane.track.level.name == reference)
        if kept is not None:
            base.rows, base.arrived = dict(kept.rows), True
        _enter(lanes, windows, device, stood)
        calibrations = _calibrations(lanes, base, calibration, sequential, device)
        routes = dict(stood.routes) if stood else dict(kept.routes) if kept else {}
        if stood is not None:
            stood.put_back(lanes, calibrations)
        walk = Walk(lanes, base, windows, routes, crew, tell, book, stood)
        walk.go(calibrations)
        scores = _leave(lanes, base, windows, device, crew, tell, book, stood.scores if stood else {})
    return Passed(
        scores=scores,
        failed_at={lane.track.level.name: lane.failed_at for lane in lanes if lane.failed_at is not None},
        weight_bytes={lane.track.level.name: weight_bytes(lane) for lane in lanes},
        bits_per_weight={lane.track.level.name: bits_per_weight(lane) for lane in lanes},
        bytes_read=walk.bytes_read,
        kept=Kept(base.rows, walk.routes),
    )


def _lanes(checkpoint: Checkpoint, tracks: Sequence[Track], device: torch.device) -> list[Lane]:
    """One for each track; those of one dtype share a skeleton, unless a level is between the layers too."""
    shared: dict[torch.dtype, Skeleton] = {}
    lanes = []
    for track in tracks:
        level = track.level
        if level.dtype not in shared:
            shared[level.dtype] = Skeleton(checkpoint.config, checkpoint.tensors, level.dtype, device)
        skeleton = shared[level.dtype]
        if level.about.quantized and skeleton.quantizes_between:
            skeleton = Skeleton(checkpoint.config, checkpoint.tensors, level.dtype, device, level)
        source = None if level.source is None else skeleton.names_in(level.source)
        lanes.append(Lane(track, skeleton, source))
    return lanes


def _enter(
    lanes: Sequence[Lane], windows: Sequence[Window], device: torch.device, stood: Standing | None
) -> None:
    """The states that reach the first layer; windows that a layer is called alike for share the call."""
    wanted = {
        lane.track.level.name: {*lane.track.windows, *(stood.windows_of(lane) if stood else ())}
        for lane in lanes
    }
    for skeleton in dict.fromkeys(lane.skeleton for lane in lanes):
        here = [lane for lane in lanes if lane.skeleton is skeleton and not lane.arrived]
        skeleton.open_embedding()
        known: dict[int, list[Call]] = {}
        for index in sorted({index for lane in here for index in wanted[lane.track.level.name]}):
            ids = windows[index].ids
            if max(ids) >= skeleton.vocabulary:
                raise Problem("tokenizer-too-large", token=max(ids), rows=skeleton.vocabulary)
            row = skeleton.enter(torch.tensor([ids], device=device))
            calls = known.setdefault(len(ids), row.calls)
            calls = calls if alike(calls, row.calls) else row.calls
            for lane in here:
                if index in wanted[lane.track.level.name]:
                    lane.rows[index] = Row(row.states.clone(), calls)
        skeleton.close()


def _calibrations(
    lanes: Sequence[Lane],
    base: Lane,
    rows: Sequence[Sequence[int]],
    sequential: bool,
    device: torch.device,
) -> list[Calibration]:
    """One for all GPTQ levels, or one for each where they are solved in sequence."""
    levels = [lane.track.level for lane in lanes if lane.track.level.calibrated]
    if not levels:
        return []
    if base.skeleton.stacked:
        names = ", ".join(level.name for level in levels)
        raise Problem("level-experts-unsolved", levels=names, count=len(base.skeleton.stacked))
    if not rows:
        raise Problem("calibration-missing")
    groups = [[level] for level in levels] if sequential else [levels]
    return [Calibration(base.skeleton, rows, group, sequential, device) for group in groups]


def _leave(
    lanes: Sequence[Lane],
    base: Lane,
    windows: Sequence[Window],
    device: torch.device,
    crew: Crew,
    tell: Tell,
    book: Book,
    known: Mapping[int, dict[str, Score]],
) -> dict[str, list[Score]]:
    skeletons = list(dict.fromkeys(lane.skeleton for lane in lanes))
    head = base.skeleton.read_head()
    for skeleton in skeletons:
        skeleton.open_head(head)
    del head
    vocabulary, reference = base.skeleton.vocabulary, base.track.level.name

    def score(index: int) -> dict[str, Score]:
        ids = torch.tensor([windows[index].ids], device=device)
        leaves: dict[str, Leave] = {
            lane.track.level.name: partial(lane.skeleton.leave, ids, lane.rows[index])
            for lane in lanes
            if index in lane.rows
        }
        scores = score_window(windows[index], reference, leaves, vocabulary, device)
        if not scores[reference].finite:
            raise not_finite(base, len(base.skeleton.layers))
        return scores

    count, found = len(base.track.windows), dict(known)
    left = [index for index in base.track.windows if index not in found]
    tell("head", len(found), count, "")
    for index, scores in zip(left, crew.map(score, left), strict=True):
        found[index] = scores
        tell("head", len(found), count, "")
        book.window_scored(found)
    for skeleton in skeletons:
        skeleton.close()
    return {lane.track.level.name: _collect(lane, found, windows) for lane in lanes}


def _collect(
    lane: Lane, found: Mapping[int, Mapping[str, Score]], windows: Sequence[Window]
) -> list[Score]:
    if lane.failed_at is not None:
        return lost([windows[index] for index in lane.track.windows])
    scores = [lane.with_routing(found[index][lane.track.level.name], index) for index in lane.track.windows]
    if not all(score.finite for score in scores):
        lane.failed_at = len(lane.skeleton.layers)
        return lost([windows[index] for index in lane.track.windows])
    return scores
