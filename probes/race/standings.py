"""A race as it goes: events folded into one lane a racer, for whoever shows it. No screen, no torch."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from catalog.evidence.kinds import Trial
from probes.jobs.events import Failed, FailureKind, Finished, Metric, Progress, Started
from probes.jobs.queue import Queued, Step
from probes.jobs.runner import Job
from probes.race.halving import Place, Racer, RungBegun, RungDone, Standing, ranking

WAITING, RUNNING, MEASURED, LEFT, FAILED, CANCELLED = (
    "waiting",
    "running",
    "measured",
    "left",
    "failed",
    "cancelled",
)
"""A lane's states: in the queue of this rung, training, done with this rung, out of the race since an
earlier rung, a failed run, ended by the person."""


@dataclass(frozen=True)
class HeldOut:
    """One evaluation: bits per byte of the held-out targets after `examples`, with its standard error."""

    examples: float
    bits_per_byte: float
    se: float | None


@dataclass
class Lane:
    """One racer. `losses` are (examples, nats per trained token), `held_out` the other curve."""

    racer: Racer
    state: str = WAITING
    job: Job | None = None
    progress: Progress | None = None
    losses: list[tuple[float, float]] = field(default_factory=list)
    held_out: list[HeldOut] = field(default_factory=list)
    tokens_per_second: float | None = None
    memory_bytes: float | None = None
    standing: Standing | None = None
    failed: Failed | None = None

    def _progress(self, progress: Progress) -> None:
        self.progress = progress
        values = progress.values
        if "loss" in values:
            self.losses.append((values["examples"], values["loss"]))
            self.tokens_per_second = values["tokens_per_second"]
            self.memory_bytes = values["memory_bytes"]
            latest = HeldOut(values["held_out_examples"], values["held_out"], values["held_out_se"])
            if latest not in self.held_out[-1:]:
                self.held_out.append(latest)

    def stand(self, standing: Standing) -> None:
        """What is measured of it: its whole curve, also where it was measured before."""
        self.standing = standing
        if standing.trial is None:
            cancelled = standing.reason == FailureKind.CANCELLED
            self.state = CANCELLED if cancelled else FAILED
            return
        self.measured(standing.trial)

    def measured(self, trial: Trial) -> None:
        """Its whole curve, and its rate and memory."""
        self.held_out = [HeldOut(p.examples, p.bits_per_byte, p.se) for p in trial.points]
        self.tokens_per_second = trial.tokens_per_second
        self.memory_bytes = trial.peak_memory_bytes


class Track:
    """Fold what `probes.race.halving.race` yields; `lanes` stand in the order the racers were given."""

    def __init__(self, racers: Sequence[Racer]) -> None:
        self.lanes = [Lane(racer) for racer in racers]
        self.rung: RungBegun | None = None
        self.places: list[Place] = []
        self.over = False

    def fold(self, step: Step | RungBegun | RungDone) -> None:
        """Take in one step of the race."""
        if isinstance(step, RungBegun):
            self._begin(step)
        elif isinstance(step, RungDone):
            self._end(step)
        else:
            self._event(*step)

    def lane(self, racer: Racer) -> Lane:
        """The lane of a racer."""
        return next(lane for lane in self.lanes if lane.racer == racer)

    def lane_of(self, job: Job) -> Lane:
        """The lane that a job is run for."""
        about = job.arguments
        wanted = (about["target"], about["level"])
        return next(lane for lane in self.lanes if (lane.racer.path, lane.racer.level) == wanted)

    @property
    def seconds_left(self) -> float | None:
        """Of this rung: of the lane that runs, and of those that wait as if they took as long as it."""
        if self.rung is None:
            return None
        running = [lane for lane in self.lanes if lane.state == RUNNING and lane.progress]
        waiting = sum(lane.state == WAITING for lane in self.lanes)
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
        self.rung = rung
        going = set(rung.racers)
        for lane in self.lanes:
            if lane.racer in going:
                lane.state, lane.progress = WAITING, None
            elif lane.state == MEASURED:
                lane.state = LEFT
        for standing in rung.known:
            lane = self.lane(standing.racer)
            lane.state = MEASURED
            lane.stand(standing)

    def _end(self, rung: RungDone) -> None:
        for standing in rung.order:
            lane = self.lane(standing.racer)
            if lane.standing != standing:
                lane.stand(standing)
        self.places = ranking(rung.order)
        self.over = rung.kept == 0

    def _event(self, job: Job, event: object) -> None:
        lane = self.lane_of(job)
        if isinstance(event, Queued):
            lane.job = job
        elif isinstance(event, Started):
            lane.state = RUNNING
        elif isinstance(event, Progress):
            lane._progress(event)
        elif isinstance(event, Failed):
            lane.failed = event
            lane.state = CANCELLED if event.kind is FailureKind.CANCELLED else FAILED
        elif isinstance(event, Metric | Finished):
            lane.state = MEASURED
            if isinstance(event, Metric) and event.kind == "trial":
                lane.measured(Trial.of(event))
