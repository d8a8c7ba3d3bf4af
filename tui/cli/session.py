"""One command's work: jobs run one after another, progress on stderr, results kept in the store."""

import asyncio
import shlex
import shutil
import sys
from collections.abc import AsyncGenerator, Iterable, Mapping, Sequence
from contextlib import aclosing
from typing import Any

from rich.cells import cell_len, set_cell_size

from catalog.evidence.records import Evidence
from catalog.evidence.store import RunState, Store
from probes.checkpoint.missing import SILENT
from probes.home import open_store
from probes.jobs.events import Failed, Finished, Progress, Started
from probes.jobs.queue import Queued, Step, run_all
from probes.jobs.runner import Job, JobError, Runner
from probes.machine.record import machine_record
from probes.measurement.plan import Chosen
from tui.cli.output import tell, words
from tui.wording import duration_words, problem_words, reason_words


def told_store() -> Store:
    """The store; what it has to say of itself is said on stderr."""
    return open_store(lambda problem: tell(problem_words(problem)))


class Session:
    """Opens the store, records the run, follows its jobs. Use as a context manager."""

    def __init__(self, request: Mapping[str, Any]) -> None:
        self.store: Store = told_store()
        record = {"machine": machine_record()}
        self.run = self.store.begin(shlex.join(["basefit", *sys.argv[1:]]), dict(request) | record)
        self.runner = Runner(self.store, self.run)
        self.failed: list[tuple[Job, Failed]] = []
        self._status = RunState.FAILED
        self._result: dict[str, Any] = {}
        self._known: list[str] = []

    def __enter__(self) -> "Session":
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is not None and issubclass(kind, KeyboardInterrupt | asyncio.CancelledError):
            self._status = RunState.CANCELLED
        rests_on = list(dict.fromkeys([*self._known, *self.runner.kept]))
        try:
            self.store.end(self.run, self._status, self._result | {"evidence": rests_on})
        finally:
            self.store.close()

    def reuse(self, known: Iterable[Evidence]) -> None:
        """Say what the answer rests on that was measured before."""
        self._known += [evidence.id for evidence in known]

    def done(self, result: Mapping[str, Any], status: RunState = RunState.DONE) -> None:
        """Say how the run ended: DONE, or NO for an answer that is no."""
        self._status, self._result = status, dict(result)

    def results(self, jobs: Sequence[Job], parallel: int = 1) -> list[Mapping[str, Any]]:
        """The results of the jobs that succeeded, in order; JobError when the only job failed."""
        found = self.follow(run_all(jobs, self.runner, parallel), alone=len(jobs) == 1)
        if self.failed and not found:
            raise JobError(*self.failed[0])
        return [found[id(job)] for job in jobs if id(job) in found]

    def follow(
        self, steps: AsyncGenerator[Step, None], alone: bool = False
    ) -> dict[int, Mapping[str, Any]]:
        """Watch jobs to their end; results by id(job). Failures are told, collected and survived.

        The failure of a job that is `alone` is left to whoever ends the command with it: one line says it.
        """
        return asyncio.run(self._follow(steps, alone))

    async def _follow(self, steps: AsyncGenerator[Step, None], alone: bool) -> dict[int, Mapping[str, Any]]:
        shown = ProgressLine()
        results: dict[int, Mapping[str, Any]] = {}
        async with aclosing(steps):
            async for job, event in steps:
                if isinstance(event, Progress) and event.note == SILENT:
                    shown.clear()
                    tell(words(SILENT, **event.values))
                elif isinstance(event, Progress):
                    shown.update(job, event)
                elif isinstance(event, Chosen):
                    tell(_chosen_words(event))
                elif isinstance(event, Finished):
                    results[id(job)] = event.result
                    shown.finish(job)
                elif isinstance(event, Failed):
                    shown.clear()
                    self.failed.append((job, event))
                    if not alone:
                        about = {"probe": job.probe, "subject": job.subject}
                        tell(words("cli.job-failed", **about, why=problem_words(event)))
                elif isinstance(event, Started | Queued):
                    continue
        shown.clear()
        return results


def _chosen_words(chosen: Chosen) -> str:
    """Why this job comes next, and how long there is left for it and others."""
    why = reason_words(chosen.reason)
    return why if chosen.left is None else f"[{duration_words(chosen.left)}] {why}"


class ProgressLine:
    """On a terminal one line that changes; elsewhere a line when a job is done."""

    def __init__(self) -> None:
        self._live = sys.stderr.isatty()
        self._wrote = False

    def update(self, job: Job, progress: Progress) -> None:
        eta = progress.eta
        left = words("cli.eta", seconds=f"{eta:.0f}") if eta is not None and progress.done else ""
        done = f"{progress.done:g}/{progress.total:g} {progress.unit}".strip()
        self.say(f"{job.probe} {job.subject}: {progress.phase} {done} {left} {progress.note}".rstrip())

    def say(self, line: str) -> None:
        """Put this in the line's place, cut to the terminal's width."""
        if not self._live:
            return
        sys.stderr.write("\r\x1b[2K" + set_cell_size(line, min(cell_len(line), _columns() - 1)))
        sys.stderr.flush()
        self._wrote = True

    def finish(self, job: Job) -> None:
        self.clear()
        tell(words("cli.job-done", probe=job.probe, subject=job.subject))

    def clear(self) -> None:
        if self._wrote:
            sys.stderr.write("\r\x1b[2K")
            self._wrote = False


def _columns() -> int:
    return shutil.get_terminal_size((110, 24)).columns
