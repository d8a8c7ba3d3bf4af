"""What a race leaves in the record of its run, and how it stands where it stood at the next start.

The store holds every measured rung. What it does not hold is kept with the run's ending: the training
losses, how far a racer had come that was cut off, and which runs failed and why.
"""

from collections.abc import AsyncGenerator, Mapping, Sequence
from typing import Any

from catalog.evidence.store import Store
from probes.jobs.events import Event, Failed, FailureKind, Finished
from probes.jobs.runner import Job, Runner
from probes.race.standings import RUNNING, WAITING, HeldOut, Lane, Track

LOSSES = 200
"""Points of a training curve that are kept: more than a screen has columns."""
Name = tuple[str, str, str]
"""(name, revision, level) of a racer: the same wherever its folder lies."""


def lanes_record(track: Track) -> list[dict[str, Any]]:
    """A row a racer, as JSON."""
    return [
        {
            "racer": list(_name(lane)),
            "state": lane.state,
            "losses": _thinned(lane.losses),
            "rate": lane.tokens_per_second,
            "memory_bytes": lane.memory_bytes,
            "held_out": [[h.examples, h.bits_per_byte, h.se] for h in lane.held_out],
            "ending": _ending(lane),
        }
        for lane in track.lanes
    ]


def put_back(track: Track, rows: Sequence[Mapping[str, Any]]) -> None:
    """The curves of the record, where they go further than what the store told of a racer."""
    kept = {tuple(row["racer"]): row for row in rows}
    for lane in track.lanes:
        row = kept.get(_name(lane))
        if row is None:
            continue
        lane.losses = [(seen, loss) for seen, loss in row["losses"]]
        if len(row["held_out"]) > len(lane.held_out):
            lane.held_out = [HeldOut(*point) for point in row["held_out"]]
        lane.tokens_per_second = lane.tokens_per_second or row["rate"]
        lane.memory_bytes = lane.memory_bytes or row["memory_bytes"]
        if row["state"] == RUNNING and lane.state == WAITING:
            lane.state = RUNNING


class Replay(Runner):
    """Runs nothing: jobs that failed, or that the person ended, end so again."""

    def __init__(self, store: Store, rows: Sequence[Mapping[str, Any]]) -> None:
        super().__init__(store)
        self._endings = {tuple(row["racer"]): row["ending"] for row in rows if row["ending"]}

    def knows(self, job: Job) -> bool:
        """Whether the record says how this very job ended."""
        ending = self._endings.get(_asked(job))
        return ending is not None and ending["examples"] == job.arguments["examples"]

    async def events(self, job: Job) -> AsyncGenerator[Event, None]:
        """The last event of a job that `knows`."""
        ending = self._endings[_asked(job)]
        if failed := ending["failed"]:
            yield Failed(FailureKind(failed["kind"]), failed["code"], failed["params"], failed["detail"])
        else:
            yield Finished({"trials": [{"reason": ending["reason"]}]})


def _name(lane: Lane) -> Name:
    return lane.racer.name, lane.racer.revision, lane.racer.level


def _asked(job: Job) -> Name:
    about = job.arguments
    return str(about["name"]), str(about["revision"]), str(about["level"])


def _ending(lane: Lane) -> dict[str, Any] | None:
    """How a run failed and at which rung; None for one that did not."""
    standing, failed = lane.standing, lane.failed
    if standing is not None and standing.evidence is None:
        examples, reason = standing.examples, standing.reason
    elif failed is not None and lane.job is not None:
        examples, reason = lane.job.arguments["examples"], None
    else:
        return None
    told = None
    if failed is not None:
        told = {"kind": failed.kind, "code": failed.code, "params": dict(failed.params)}
        told |= {"detail": failed.detail}
    return {"examples": examples, "reason": reason, "failed": told}


def _thinned(points: Sequence[tuple[float, float]]) -> list[list[float]]:
    step = max(1, -(-len(points) // LOSSES))
    return [list(point) for point in points[::step]]
