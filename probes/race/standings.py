"""A race as it goes: its journal folded into one lane a racer, for whoever shows it. No torch."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from catalog.evidence.kinds import Trial
from catalog.evidence.paired import Difference, compare
from catalog.evidence.statistics import margin, or_nan
from catalog.memory.footprint import Footprint
from probes.jobs.events import Failed, FailureKind, Finished, Metric, Progress, Started
from probes.jobs.journal import KINDS as ANY_RUN
from probes.jobs.journal import Begun, Ended, Entry, Journal, Reading
from probes.jobs.queue import Queued
from probes.jobs.runner import Job
from probes.race.halving import Course, Place, Racer, RungBegun, RungDone, Standing, ranking


class LaneState(StrEnum):
    """Where a racer stands."""

    WAITING = "waiting"
    """In the queue of this rung."""
    RUNNING = "running"
    MEASURED = "measured"
    """Done with this rung."""
    LEFT = "left"
    """Out of the race since an earlier rung."""
    FAILED = "failed"
    CANCELLED = "cancelled"
    """Ended by the person."""


class RaceState(StrEnum):
    """How a race stands: as its run, or PAUSED, to go on later."""

    RUNNING = "running"
    PAUSED = "paused"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


@dataclass(frozen=True)
class Entered:
    """Who races, and how far; `predicted` is the memory that each racer is expected to take."""

    racers: tuple[Racer, ...]
    course: Course
    predicted: tuple[Footprint, ...]


@dataclass(frozen=True)
class Restored:
    """A race of an earlier start stands where the entries before this have brought it.

    `lanes` are the rows of its record (see probes.race.keeping), `seconds` what it had taken.
    """

    lanes: tuple[Mapping[str, Any], ...]
    seconds: float


KINDS = (*ANY_RUN, Entered, Restored, RungBegun, RungDone)
"""What a race's journal tells."""


@dataclass(frozen=True)
class HeldOut:
    """One evaluation: bits per byte of the held-out targets after `examples`, with its standard error and
    the error's degrees of freedom, None where they are not known.
    """

    examples: float
    bits_per_byte: float
    se: float | None
    freedom: int | None = None

    @property
    def margin(self) -> float:
        """Half of its 95 % interval."""
        return margin(or_nan(self.se), self.freedom)


@dataclass
class Lane:
    """One racer. `losses` are (examples, nats per trained token), `held_out` the other curve.

    `job` is the number of the job that runs for it now.
    """

    racer: Racer
    state: LaneState = LaneState.WAITING
    job: int | None = None
    progress: Progress | None = None
    losses: list[tuple[float, float]] = field(default_factory=list)
    held_out: list[HeldOut] = field(default_factory=list)
    tokens_per_second: float | None = None
    memory_bytes: float | None = None
    standing: Standing | None = None
    failed: Failed | None = None

    def progressed(self, progress: Progress) -> None:
        """How far its training is."""
        self.progress = progress
        values = progress.values
        if "loss" in values:
            self.losses.append((values["examples"], values["loss"]))
            self.tokens_per_second = values["tokens_per_second"]
            self.memory_bytes = values["memory_bytes"]
            freedom = values.get("held_out_freedom")
            latest = HeldOut(
                values["held_out_examples"],
                values["held_out"],
                values["held_out_se"],
                None if freedom is None else round(freedom),
            )
            if latest not in self.held_out[-1:]:
                self.held_out.append(latest)

    def stand(self, standing: Standing) -> None:
        """What is measured of it: its whole curve, also where it was measured before."""
        self.standing = standing
        if standing.trial is None:
            cancelled = standing.reason == FailureKind.CANCELLED
            self.state = LaneState.CANCELLED if cancelled else LaneState.FAILED
            return
        self.measured(standing.trial)

    def measured(self, trial: Trial) -> None:
        """Its whole curve, and its rate and memory."""
        self.held_out = [HeldOut(p.examples, p.bits_per_byte, p.se, p.freedom) for p in trial.points]
        self.tokens_per_second = trial.tokens_per_second
        self.memory_bytes = trial.peak_memory_bytes

    def put_back(self, row: Mapping[str, Any]) -> None:
        """What the record of an earlier race knows of it beyond the store."""
        self.losses = [(seen, loss) for seen, loss in row["losses"]]
        if len(row["held_out"]) > len(self.held_out):
            self.held_out = [HeldOut(*point) for point in row["held_out"]]
        self.tokens_per_second = self.tokens_per_second or row["rate"]
        self.memory_bytes = self.memory_bytes or row["memory_bytes"]
        if row["state"] == LaneState.RUNNING and self.state is LaneState.WAITING:
            self.state = LaneState.RUNNING


@dataclass(frozen=True)
class Leaving:
    """A racer that went no further than `examples`: by how much the best was ahead, or why its run failed.

    `difference` is None for a failed run.
    """

    racer: Racer
    examples: int
    best: Racer | None = None
    difference: Difference | None = None


class Track(Reading):
    """Where a race stands; `lanes` stand as the racers were given, `leavings` say who left and why.

    `cut` is a race of an earlier start of the app that was not over when that ended.
    """

    def __init__(self, journal: Journal) -> None:
        super().__init__(journal)
        self.lanes: list[Lane] = []
        self.course: Course | None = None
        self.predicted: Mapping[Racer, Footprint] = {}
        self.rung: RungBegun | None = None
        self.places: list[Place] = []
        self.leavings: list[Leaving] = []
        self.over = self.cut = False
        self.state = RaceState.RUNNING
        self.failed: Failed | None = None
        self._run: list[Lane] = []
        """The lane of each job, by its number."""
        self._spent, self._began = 0.0, self.now

    def fold(self, entry: Entry) -> None:
        """Take in one entry."""
        event = entry.event
        if isinstance(event, Entered):
            self.lanes, self.course = [Lane(racer) for racer in event.racers], event.course
            self.predicted = dict(zip(event.racers, event.predicted, strict=True))
        elif isinstance(event, Begun):
            self.state, self._began, self.failed, self.cut = RaceState.RUNNING, entry.at, None, False
        elif isinstance(event, Ended):
            self._spent += entry.at - self._began
            self.state = RaceState.PAUSED if event.paused else RaceState(event.state)
            self.failed = event.failed
        elif isinstance(event, Restored):
            self._restore(event)
        elif isinstance(event, RungBegun):
            self._begin(event)
        elif isinstance(event, RungDone):
            self._done(event)
        elif isinstance(event, Queued):
            lane = self._lane_for(event.job)
            lane.job = entry.job
            self._run.append(lane)
        elif entry.job is not None:
            self._event(self._run[entry.job], event)

    def lane(self, racer: Racer) -> Lane:
        """The lane of a racer."""
        return next(lane for lane in self.lanes if lane.racer == racer)

    def lane_of(self, job: int) -> Lane:
        """The lane that a job is run for."""
        return self._run[job]

    def _lane_for(self, job: Job) -> Lane:
        wanted = (job.arguments["target"], job.arguments["level"])
        return next(lane for lane in self.lanes if (lane.racer.path, lane.racer.level) == wanted)

    @property
    def seconds(self) -> float:
        """How long it has run, pauses left out."""
        running = self.state is RaceState.RUNNING
        return self._spent + (self.now - self._began if running else 0.0)

    @property
    def seconds_left(self) -> float | None:
        """Of this rung: of the lane that runs, and of those that wait as if they took as long as it."""
        if self.rung is None:
            return None
        running = [lane for lane in self.lanes if lane.state is LaneState.RUNNING and lane.progress]
        waiting = sum(lane.state is LaneState.WAITING for lane in self.lanes)
        known = [
            (lane.progress.eta, lane.progress.total / lane.progress.rate)
            for lane in running
            if lane.progress and lane.progress.phase == "train" and lane.progress.eta is not None
        ]
        if not known:
            return None
        whole = sum(total for _, total in known) / len(known)
        return max(eta or 0.0 for eta, _ in known) + waiting * whole / len(known)

    def _begin(self, rung: RungBegun) -> None:
        self._leave(rung)
        self.rung = rung
        going = set(rung.racers)
        for lane in self.lanes:
            if lane.racer in going:
                lane.state, lane.progress = LaneState.WAITING, None
            elif lane.state is LaneState.MEASURED:
                lane.state = LaneState.LEFT
        for standing in rung.known:
            lane = self.lane(standing.racer)
            lane.state = LaneState.MEASURED
            lane.stand(standing)

    def _leave(self, rung: RungBegun) -> None:
        """Who ran the last rung and is not in this one."""
        before = self.rung
        if before is None or rung.number <= before.number:
            return
        standings = [place.standing for place in self.places]
        best = next((standing for standing in standings if standing.racer in rung.racers), None)
        told = {leaving.racer for leaving in self.leavings}
        for racer in before.racers:
            standing = self.lane(racer).standing
            if (
                racer not in (*rung.racers, *told)
                and standing is not None
                and standing.evidence is not None
            ):
                self.leavings.append(_leaving(standing, best))

    def _done(self, rung: RungDone) -> None:
        told = {leaving.racer for leaving in self.leavings}
        for standing in rung.order:
            lane = self.lane(standing.racer)
            if lane.standing != standing:
                lane.stand(standing)
            if standing.evidence is None and standing.racer not in told:  # its run failed in this rung
                self.leavings.append(Leaving(standing.racer, standing.examples))
        self.places = ranking(rung.order)
        self.over = rung.kept == 0

    def _event(self, lane: Lane, event: object) -> None:
        if isinstance(event, Started):
            lane.state = LaneState.RUNNING
        elif isinstance(event, Progress):
            lane.progressed(event)
        elif isinstance(event, Failed):
            lane.failed = event
            cancelled = event.kind is FailureKind.CANCELLED
            lane.state = LaneState.CANCELLED if cancelled else LaneState.FAILED
        elif isinstance(event, Metric | Finished):
            lane.state = LaneState.MEASURED
            if isinstance(event, Metric) and event.kind == "trial":
                lane.measured(Trial.of(event))

    def _restore(self, earlier: Restored) -> None:
        """The curves of the record, where they go further than what the store told of a racer."""
        kept = {tuple(row["racer"]): row for row in earlier.lanes}
        for lane in self.lanes:
            if row := kept.get(lane.racer.identity):
                lane.put_back(row)
        self.cut, self._spent = not self.over, earlier.seconds
        measured = any(place.standing.evidence for place in self.places)
        over = RaceState.DONE if measured else RaceState.FAILED
        self.state = RaceState.PAUSED if self.cut else over


def _leaving(standing: Standing, best: Standing | None) -> Leaving:
    if best is None or best.trial is None or standing.trial is None:
        return Leaving(standing.racer, standing.examples)
    return Leaving(standing.racer, standing.examples, best.racer, compare(standing.trial, best.trial))
