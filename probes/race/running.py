"""One race from its entry to its ending, for app and commands alike; it can be paused, and goes on."""

import time
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import aclosing, closing
from typing import Any

from catalog.evidence.store import RunState, Store
from probes.jobs.runner import Executor
from probes.machine.record import machine_record
from probes.measurement.engine import APP, Ending, Engine, Recording
from probes.race.entry import Entry, Prepared
from probes.race.halving import Racer, RungBegun, race
from probes.race.keeping import Replay, Told, lanes_record, ranked
from probes.race.standings import Entered, LaneState, Restored, Track


class Race(Engine):
    """What `entry` asks, raced; `track` is how far it is. Run again, it goes on where it was stopped."""

    def __init__(
        self,
        entry: Entry,
        prepared: Prepared,
        opened: Callable[[], Store],
        executor: Executor | None = None,
        clock: Callable[[], float] = time.monotonic,
        command: str = APP,
    ) -> None:
        super().__init__(opened, executor, clock, command)
        self.entry, self.course = entry, prepared.course
        predicted = tuple(prepared.predicted[racer] for racer in prepared.racers)
        self.journal.tell(Entered(prepared.racers, prepared.course, predicted))
        self._own, self._shown = Track(self.journal), Track(self.journal)

    @property
    def track(self) -> Track:
        """What the journal says up to now."""
        return self._shown.read()

    def prepare(self) -> Mapping[str, Any]:
        """The request as recorded: the entry, by its name in the app and field by field."""
        asked = self.entry.plain()
        return {
            "race": asked,
            "targets": asked["targets"],
            "levels": asked["levels"],
            "data": asked["data"],
            "settings": dict(self.entry.settings),
            "machine": machine_record(),
        }

    async def work(self, recording: Recording) -> Ending:
        """Race to the end, whatever the store holds already counted as the answer's too."""

        async def steps() -> AsyncGenerator[Told, None]:
            async with aclosing(race(self._going(), self.course, recording.runner)) as found:
                async for step in found:
                    if isinstance(step, RungBegun):
                        recording.reuse(known.evidence for known in step.known if known.evidence)
                    yield step

        await self.journal.write(steps())
        winner = next((ranked(p) for p in self._own.read().places if p.standing.evidence), None)
        return Ending(RunState.DONE if winner else RunState.FAILED, {"winner": winner})

    def leave(self) -> Mapping[str, Any]:
        """What the store's evidence does not say: see probes.race.keeping."""
        track = self._own.read()
        return {"seconds": track.seconds, "lanes": lanes_record(track)}

    async def replay(self, kept: Mapping[str, Any]) -> None:
        """Stand where a race of an earlier start stood, by the store and the record `kept`; run nothing."""
        rows = kept.get("lanes") or []
        with closing(self._opened()) as store:
            known = Replay(store, rows)
            await self.journal.write(known.told(race(self._going(), self.course, known)))
        self.journal.tell(Restored(tuple(rows), float(kept.get("seconds") or 0.0)))

    def _going(self) -> list[Racer]:
        lanes = self._own.read().lanes
        return [lane.racer for lane in lanes if lane.state is not LaneState.CANCELLED]
