"""A measurement as it goes: events folded into rows. No Textual here, so it is tested by itself."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from catalog.problem import Problem
from catalog.verdict.request import Reason
from probes.jobs.events import Event, Failed, FailureKind, Finished, Metric, Progress, Started
from probes.jobs.queue import Queued, Step
from probes.jobs.runner import Job
from probes.measurement.plan import Chosen

QUEUED, RUNNING, DONE, FAILED, CANCELLED = "queued", "running", "done", "failed", "cancelled"
EARLIER = "earlier"
"""The state of a board that shows what an earlier start of the app has measured."""
LOG_LINES = 500


@dataclass
class JobRow:
    """One job of the queue. Times in seconds of the board's clock."""

    job: Job
    state: str = QUEUED
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
    failed: Failed | Problem | None = None
    reason: Reason | None = None


@dataclass
class Board:
    """The state of one measurement; `version` grows with every change.

    `minutes` is what a measurement by the plan may take; `reason` why its present job was chosen, then why
    there is none after it. `cost` is what measuring everything would take, in seconds.
    """

    clock: Callable[[], float]
    jobs: list[JobRow] = field(default_factory=list)
    metrics: list[Metric] = field(default_factory=list)
    log: list[LogLine] = field(default_factory=list)
    state: str = QUEUED
    began: float = 0.0
    ended: float | None = None
    version: int = 0
    minutes: float | None = None
    cost: float | None = None
    reason: Reason | None = None

    def start(self) -> None:
        self.state, self.began = RUNNING, self.clock()
        self.version += 1

    def end(self, state: str, failed: Problem | None = None) -> None:
        """The measurement is over; jobs that never ended were cancelled with it."""
        self.state, self.ended = state, self.clock()
        for row in self.jobs:
            if row.state in (QUEUED, RUNNING):
                row.state, row.ended = CANCELLED, self.ended
        self.tell(f"ended-{state}", failed=failed)

    def fold(self, step: Step) -> None:
        """Take in one step of the campaign."""
        job, event = step
        if isinstance(event, Queued):
            self.jobs.append(JobRow(job))
            if isinstance(event, Chosen):
                self.explain(event.reason)
            self.version += 1
            return
        self._fold_event(self.row(job), event)
        self.version += 1

    def _fold_event(self, row: JobRow, event: Event) -> None:
        names: dict[str, Any] = {"probe": row.job.probe, "subject": row.job.subject}
        if isinstance(event, Started):
            row.state, row.began = RUNNING, self.clock()
            self.tell("started", **names)
        elif isinstance(event, Progress):
            row.progress = event
        elif isinstance(event, Metric):
            self.metrics.append(event)
            self.tell("measured", model=event.model, level=event.level, kind=event.kind)
        elif isinstance(event, Finished):
            row.state, row.ended = DONE, self.clock()
            self.tell("finished", **names)
        elif isinstance(event, Failed):
            cancelled = event.kind is FailureKind.CANCELLED
            row.state, row.ended, row.failed = CANCELLED if cancelled else FAILED, self.clock(), event
            self.tell("cancelled" if cancelled else "failed", failed=None if cancelled else event, **names)

    def explain(self, reason: Reason) -> None:
        """Why this is measured now, or why nothing more is."""
        self.reason = reason
        self._write(LogLine(self.clock() - self.began, "reason", reason=reason))

    def tell(self, key: str, failed: Failed | Problem | None = None, **params: Any) -> None:
        """Add a line to the log."""
        self._write(LogLine(self.clock() - self.began, key, params, failed))

    def _write(self, line: LogLine) -> None:
        self.log.append(line)
        del self.log[:-LOG_LINES]
        self.version += 1

    def row(self, job: Job) -> JobRow:
        """The row of a job, added if the campaign never queued it."""
        for row in self.jobs:
            if row.job is job:
                return row
        self.jobs.append(JobRow(job))
        return self.jobs[-1]

    @property
    def running(self) -> bool:
        return self.state == RUNNING

    @property
    def seconds(self) -> float:
        return (self.clock() if self.ended is None else self.ended) - self.began

    def count(self, *states: str) -> int:
        """How many jobs are in one of these states."""
        return sum(row.state in states for row in self.jobs)
