"""A measurement as it goes: its journal folded into rows. No Textual here, so it is tested by itself."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from catalog.evidence.store import RunState
from catalog.verdict.request import Reason
from probes.jobs.clock import Clock, Foreseen, Reckoned
from probes.jobs.events import Failed, FailureKind, Finished, Metric, Progress, Started, Told
from probes.jobs.journal import KINDS as ANY_RUN
from probes.jobs.journal import Begun, Ended, Entry, Journal, Reading
from probes.jobs.queue import JobState, Queued
from probes.jobs.runner import Job
from probes.measurement.plan import Chosen

LOG_LINES = 500


@dataclass(frozen=True)
class Known:
    """What was measured before of what is asked now."""

    metrics: tuple[Metric, ...]


@dataclass(frozen=True)
class Meant:
    """`minutes` a measurement by the plan may take, or about how many `seconds` everything takes."""

    minutes: float | None
    seconds: float | None


@dataclass(frozen=True)
class Stopped:
    """Why the plan measures nothing more."""

    reason: Reason


@dataclass(frozen=True)
class Earlier:
    """Nothing is measured: what an earlier run has measured follows."""


KINDS = (*ANY_RUN, Foreseen, Chosen, Known, Meant, Stopped, Earlier)
"""What a measurement's journal tells."""


@dataclass
class JobRow:
    """One job of the queue, by its number. Times in seconds of the journal's clock."""

    number: int
    job: Job
    state: JobState = JobState.QUEUED
    progress: Progress | None = None
    began: float | None = None
    ended: float | None = None
    failed: Failed | None = None

    def seconds(self, now: float) -> float | None:
        """How long it has run, or ran; None before it began."""
        return None if self.began is None else (self.ended or now) - self.began


@dataclass(frozen=True)
class LogLine:
    """Something that happened, `at` seconds after the start, worded as `app.log.KEY` when shown.

    A `reason` is worded by itself.
    """

    at: float
    key: str
    params: Mapping[str, Any] = field(default_factory=dict)
    failed: Failed | Told | None = None
    reason: Reason | None = None


class Board(Reading):
    """The state of one measurement.

    `minutes` is what a measurement by the plan may take; `reason` why its present job was chosen, then why
    there is none after it. `cost` is what measuring everything would take, in seconds. `earlier` is a
    board that shows what an earlier start of the app has measured.
    """

    def __init__(self, journal: Journal) -> None:
        super().__init__(journal)
        self.jobs: list[JobRow] = []
        self.metrics: list[Metric] = []
        self.log: list[LogLine] = []
        self.state, self.earlier = RunState.RUNNING, False
        self.began = self.now
        self.ended: float | None = None
        self.minutes: float | None = None
        self.cost: float | None = None
        self.reason: Reason | None = None
        self._clock = Clock()

    def fold(self, entry: Entry) -> None:
        """Take in one entry."""
        event = entry.event
        self._clock.fold(entry)
        if isinstance(event, Begun):
            self.state, self.began = RunState.RUNNING, entry.at
        elif isinstance(event, Known):
            self.metrics += event.metrics
        elif isinstance(event, Meant):
            self.minutes, self.cost = event.minutes, event.seconds
        elif isinstance(event, Stopped):
            self._explain(entry.at, event.reason)
        elif isinstance(event, Earlier):
            self.state, self.earlier, self.ended = RunState.DONE, True, self.began
        elif isinstance(event, Ended):
            self._end(entry.at, event)
        elif isinstance(event, Queued):
            self.jobs.append(JobRow(len(self.jobs), event.job))
            if isinstance(event, Chosen):
                self._explain(entry.at, event.reason)
        elif isinstance(event, Told) and entry.job is None:  # what the store has to say
            self._tell(entry.at, "told-run", event)
        elif entry.job is not None:
            self._fold_event(self.jobs[entry.job], entry.at, event)

    def _fold_event(self, row: JobRow, at: float, event: object) -> None:
        names: dict[str, Any] = {"probe": row.job.probe, "subject": row.job.subject}
        if isinstance(event, Started):
            row.state, row.began = JobState.RUNNING, at
            self._tell(at, "started", **names)
        elif isinstance(event, Progress):
            row.progress = event
        elif isinstance(event, Metric):
            self.metrics.append(event)
            self._tell(at, "measured", model=event.model, level=event.level, kind=event.kind)
        elif isinstance(event, Told):
            self._tell(at, "told", event, **names)
        elif isinstance(event, Finished):
            row.state, row.ended = JobState.DONE, at
            self._tell(at, "finished", **names)
        elif isinstance(event, Failed):
            cancelled = event.kind is FailureKind.CANCELLED
            row.state, row.ended, row.failed = failed_state(event), at, event
            self._tell(at, row.state, failed=None if cancelled else event, **names)

    def _end(self, at: float, over: Ended) -> None:
        """The measurement is over; jobs that never ended were cancelled with it."""
        self.state, self.ended = over.state, at
        for row in self.jobs:
            if row.state in (JobState.QUEUED, JobState.RUNNING):
                row.state, row.ended = JobState.CANCELLED, at
        self._tell(at, f"ended-{over.state}", failed=over.failed)

    def _explain(self, at: float, reason: Reason) -> None:
        """Why this is measured now, or why nothing more is."""
        self.reason = reason
        self._write(LogLine(at - self.began, "reason", reason=reason))

    def _tell(self, at: float, key: str, failed: Failed | Told | None = None, **params: Any) -> None:
        self._write(LogLine(at - self.began, key, params, failed))

    def _write(self, line: LogLine) -> None:
        self.log.append(line)
        del self.log[:-LOG_LINES]

    def reckoned(self, row: JobRow | None = None) -> Reckoned | None:
        """How far a job is, or the whole run, and how long it still takes; None where it does not run."""
        if row is None:
            return self._clock.run(self.now) if self.running else None
        return self._clock.job(row.number, self.now) if row.state is JobState.RUNNING else None

    @property
    def running(self) -> bool:
        return self.state is RunState.RUNNING

    @property
    def seconds(self) -> float:
        return (self.now if self.ended is None else self.ended) - self.began

    def count(self, *states: JobState) -> int:
        """How many jobs are in one of these states."""
        return sum(row.state in states for row in self.jobs)

    @property
    def over(self) -> int:
        """How many jobs have ended, one way or another."""
        return self.count(JobState.DONE, JobState.FAILED, JobState.CANCELLED)


def failed_state(failed: Failed) -> JobState:
    """FAILED, or CANCELLED where the person ended the job."""
    return JobState.CANCELLED if failed.kind is FailureKind.CANCELLED else JobState.FAILED
