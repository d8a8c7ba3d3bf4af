"""One race from its start to its ending, outside any screen; it can be paused and goes on later."""

import asyncio
import sqlite3
import traceback
from collections.abc import Callable, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any

from catalog.evidence.paired import Difference, compare
from catalog.evidence.store import RunState, Store
from catalog.problem import Problem
from probes.jobs.cancelling import CancellingExecutor
from probes.jobs.queue import Queued, Step
from probes.jobs.runner import Executor, LocalProcesses, Runner
from probes.measurement.measurement import fault
from probes.race.entry import Entry, Prepared
from probes.race.halving import Racer, RungBegun, RungDone, Standing, race
from probes.race.keeping import Replay, lanes_record, put_back
from probes.race.standings import CANCELLED as LANE_CANCELLED
from probes.race.standings import Lane, Track

QUEUED, RUNNING, PAUSED, DONE, FAILED, CANCELLED = (
    "queued",
    "running",
    "paused",
    "done",
    "failed",
    "cancelled",
)


@dataclass(frozen=True)
class Leaving:
    """A racer that went no further than `examples`: by how much the best was ahead, or why its run failed.

    `difference` is None for a failed run.
    """

    racer: Racer
    examples: int
    best: Racer | None = None
    difference: Difference | None = None


class Race:
    """`track` is how far it is, `leavings` who was dropped and why; `version` grows with every change.

    `cut` is a race of an earlier start of the app that was not over when that ended.
    """

    def __init__(
        self,
        entry: Entry,
        prepared: Prepared,
        store: Store,
        executor: Executor | None,
        clock: Callable[[], float],
    ) -> None:
        self.entry, self.course, self.predicted = entry, prepared.course, prepared.predicted
        self.track = Track(prepared.racers)
        self.leavings: list[Leaving] = []
        self.state, self.version, self.cut = QUEUED, 0, False
        self.problem: Problem | None = None
        self._store, self._inner, self._clock = store, executor or LocalProcesses(), clock
        self._executor = CancellingExecutor(self._inner)
        self._spent, self._meant = 0.0, PAUSED
        self._began: float | None = None

    async def run(self) -> None:
        """Race, or go on with it; cancelling this task keeps what is measured."""
        self.state, self._began, self._meant = RUNNING, self._clock(), PAUSED
        self.problem, self.cut = None, False
        self.version += 1
        self._executor = CancellingExecutor(self._inner)
        run = self._store.begin("basefit", {"race": self.entry.plain()})
        runner = Runner(self._store, run, self._executor)
        told: dict[str, Any] = {}
        try:
            async with aclosing(race(self._going(), self.course, runner)) as steps:
                async for step in steps:
                    self._fold(step)
            self._end(self._outcome())
        except asyncio.CancelledError:
            self._end(self._meant)
            raise
        except (OSError, sqlite3.Error) as error:  # the disk is full, or the store's folder is gone
            self.problem = Problem("store-unwritable", path=str(self._store.path), detail=str(error))
            self._end(FAILED)
        except Exception as error:  # a fault of ours is told: no clock may run on for nothing
            self.problem, told = fault(error), {"fault": traceback.format_exc()}
            self._end(FAILED)
        finally:
            status = RunState.CANCELLED if self.state == PAUSED else RunState(self.state)
            kept = {"evidence": runner.kept, "seconds": self.seconds, "lanes": lanes_record(self.track)}
            self._store.end(run, status, kept | told)

    async def replay(self, kept: Mapping[str, Any]) -> None:
        """Stand where a race of an earlier start stood, by the store and the record `kept`; run nothing."""
        rows = kept.get("lanes") or []
        known = Replay(self._store, rows)
        async with aclosing(race(self._going(), self.course, known)) as steps:
            async for step in steps:
                if isinstance(step, tuple) and isinstance(step[1], Queued) and not known.knows(step[0]):
                    break
                self._fold(step)
        put_back(self.track, rows)
        self._spent = float(kept.get("seconds") or 0.0)
        self.cut = not self.track.over
        self._end(PAUSED if self.cut else self._outcome())

    def _going(self) -> list[Racer]:
        return [lane.racer for lane in self.track.lanes if lane.state != LANE_CANCELLED]

    def _fold(self, step: Step | RungBegun | RungDone) -> None:
        if isinstance(step, RungBegun):
            self._leave(step)
        self.track.fold(step)
        if isinstance(step, RungDone):
            self._fail(step)
        self.version += 1

    def _outcome(self) -> str:
        return DONE if any(place.standing.evidence for place in self.track.places) else FAILED

    def _end(self, state: str) -> None:
        self._spent, self._began, self.state = self.seconds, None, state
        self.version += 1

    def meant_to_end(self) -> None:
        """What ends the task next is no pause but the person's last word."""
        self._meant = CANCELLED

    def cancel(self, lane: Lane) -> None:
        """End one racer's run; the others go on."""
        if lane.job is not None:
            self._executor.cancel(lane.job)

    @property
    def seconds(self) -> float:
        """How long it has run, pauses left out."""
        return self._spent + (0.0 if self._began is None else self._clock() - self._began)

    def _leave(self, rung: RungBegun) -> None:
        """Who ran the last rung and is not in this one."""
        before = self.track.rung
        if before is None or rung.number <= before.number:
            return
        standings = [place.standing for place in self.track.places]
        best = next((standing for standing in standings if standing.racer in rung.racers), None)
        told = {leaving.racer for leaving in self.leavings}
        for racer in before.racers:
            standing = self.track.lane(racer).standing
            if (
                racer not in (*rung.racers, *told)
                and standing is not None
                and standing.evidence is not None
            ):
                self.leavings.append(_leaving(standing, best))

    def _fail(self, rung: RungDone) -> None:
        """Runs that failed in this rung."""
        told = {leaving.racer for leaving in self.leavings}
        for standing in rung.order:
            if standing.evidence is None and standing.racer not in told:
                self.leavings.append(Leaving(standing.racer, standing.examples))


def _leaving(standing: Standing, best: Standing | None) -> Leaving:
    if best is None or best.trial is None or standing.trial is None:
        return Leaving(standing.racer, standing.examples)
    return Leaving(standing.racer, standing.examples, best.racer, compare(standing.trial, best.trial))
