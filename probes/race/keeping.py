"""What a race leaves in the record of its run, and how it stands where it stood at the next start.

The store holds every measured rung. What it does not hold is kept with the run's ending: the training
losses, how far a racer had come that was cut off, and which runs failed and why.
"""

from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from typing import Any

from catalog.evidence.store import Store
from probes.jobs.events import Event, Failed, FailureKind, Finished
from probes.jobs.queue import Queued, Step
from probes.jobs.runner import Job, Runner
from probes.race.halving import Place, RungBegun, RungDone
from probes.race.standings import Lane, Track

Told = Step | RungBegun | RungDone
LOSSES = 200
"""Points of a training curve that are kept: more than a screen has columns."""


def ranked(place: Place) -> dict[str, Any]:
    """A line of the ranking, as the contract of `basefit trial` names it."""
    standing = place.standing
    return {
        "model": standing.racer.name,
        "level": standing.racer.level,
        "examples": standing.examples,
        "bits_per_byte": standing.bits_per_byte,
        "tied": place.tied,
    }


def lanes_record(track: Track) -> list[dict[str, Any]]:
    """A row a racer, as JSON; `Lane.put_back` reads it."""
    return [
        {
            "racer": list(lane.racer.identity),
            "state": lane.state,
            "losses": _thinned(lane.losses),
            "rate": lane.tokens_per_second,
            "memory_bytes": lane.memory_bytes,
            "held_out": [[h.examples, h.bits_per_byte, h.se, h.freedom] for h in lane.held_out],
            "ending": _ending(track, lane),
        }
        for lane in track.lanes
    ]


class Replay(Runner):
    """Runs nothing: jobs that failed, or that the person ended, end so again."""

    def __init__(self, store: Store, rows: Sequence[Mapping[str, Any]]) -> None:
        super().__init__(store)
        self._endings = {tuple(row["racer"]): row["ending"] for row in rows if row["ending"]}

    async def told(self, steps: AsyncGenerator[Told, None]) -> AsyncGenerator[Told, None]:
        """The steps of a race up to the first job whose ending the record does not say."""
        async with aclosing(steps):
            async for step in steps:
                if isinstance(step, tuple) and isinstance(step[1], Queued) and not self._knows(step[0]):
                    return
                yield step

    def _knows(self, job: Job) -> bool:
        ending = self._endings.get(_asked(job))
        return ending is not None and ending["examples"] == job.arguments["examples"]

    async def events(self, job: Job) -> AsyncGenerator[Event, None]:
        """The last event of a job whose ending is known."""
        ending = self._endings[_asked(job)]
        if failed := ending["failed"]:
            yield Failed(FailureKind(failed["kind"]), failed["code"], failed["params"], failed["detail"])
        else:
            yield Finished({"trials": [{"reason": ending["reason"]}]})


def _asked(job: Job) -> tuple[str, str, str]:
    """The identity of the racer that a job is run for."""
    about = job.arguments
    return str(about["name"]), str(about["revision"]), str(about["level"])


def _ending(track: Track, lane: Lane) -> dict[str, Any] | None:
    """How a run failed and at which rung; None for one that did not."""
    standing, failed = lane.standing, lane.failed
    if standing is not None and standing.evidence is None:
        examples, reason = standing.examples, standing.reason
    elif failed is not None and lane.job is not None:
        examples, reason = track.journal.jobs[lane.job].arguments["examples"], None
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
