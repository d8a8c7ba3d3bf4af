"""One command's work: jobs run one after another, progress on stderr, results kept in the store."""

import asyncio
import shlex
import shutil
import signal
import sys
from _thread import interrupt_main
from collections.abc import Callable, Coroutine, Iterable, Mapping, Sequence
from contextlib import ExitStack
from types import TracebackType
from typing import Any, Self, TypeVar

from catalog.evidence.records import Evidence
from catalog.evidence.store import RunState, Store
from catalog.problem import Problem
from probes.checkpoint.missing import SILENT, hub_title
from probes.home import open_store, open_to_read
from probes.jobs.clock import Clock
from probes.jobs.events import Failed, Finished, Progress, Told
from probes.jobs.journal import Ended, Entry, Journal, Reading
from probes.jobs.published import about_now
from probes.jobs.queue import run_all
from probes.jobs.runner import Job, JobError
from probes.machine.record import machine_record
from probes.measurement.board import Stopped
from probes.measurement.engine import Recording, published
from probes.measurement.plan import Chosen
from probes.measurement.work import foresee, paces_learnt
from tui.cli.output import tell, words
from tui.foreign import fitted
from tui.strings import default_language
from tui.widgets.progress import left_words, now_words
from tui.wording import duration_words, problem_words, reason_words

EVERY_S, RARER = 60.0, 0.05
"""Without a terminal a line of progress comes after so many seconds, or this share of the time so far."""
POLL_S = 0.05
"""How often a command looks at what its run has told."""
Found = TypeVar("Found")


def told_store() -> Store:
    """The store; what it has to say of itself is said on stderr."""
    return open_store(_tell_problem)


def store_to_read() -> Store:
    """The same for what answers without keeping anything, also where nothing can be kept."""
    return open_to_read(_tell_problem)


def _tell_problem(problem: Problem) -> None:
    tell(problem_words(problem))


def command_line() -> str:
    """What was typed, as it is recorded with its run."""
    return shlex.join(["basefit", *sys.argv[1:]])


class Session:
    """Opens the store, records the run, follows its jobs. Use as a context manager."""

    def __init__(self, request: Mapping[str, Any], opened: Callable[[], Store] | None = None) -> None:
        self.store: Store = (opened or told_store)()
        asked = dict(request) | {"machine": machine_record()}
        self._journal = Journal()
        self._recording = Recording(
            self.store, command_line(), asked, leave=lambda: paces_learnt(self._journal)
        )
        self._lines = Lines(self._journal)
        self._publishing = ExitStack()

    def __enter__(self) -> Self:
        about = about_now(command_line(), {})
        shown = published(self._journal, about, interrupt, lambda job: None)
        if publishing := self._publishing.enter_context(shown):
            publishing.numbered(self._recording.run)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            self._recording.__exit__(kind, error, trace)
            self._journal.tell(Ended(self._recording.state))
        finally:
            self._publishing.close()
            self.store.close()

    def reuse(self, known: Iterable[Evidence]) -> None:
        """Say what the answer rests on that was measured before."""
        self._recording.reuse(known)

    def done(self, result: Mapping[str, Any], status: RunState = RunState.DONE) -> None:
        """Say how the run ended: DONE, or NO for an answer that is no."""
        self._recording.ends(status, result)

    def results(self, jobs: Sequence[Job], parallel: int = 1) -> list[Mapping[str, Any]]:
        """The results of the jobs that succeeded, in order; JobError when none did.

        The failure of a job that is alone is left to whoever ends the command with it: one line says it.
        """
        first, self._lines.alone = len(self._journal.jobs), len(jobs) == 1
        self._journal.tell(foresee(jobs, self.store, parallel))
        watch(self._journal.write(run_all(jobs, self._recording.runner, parallel)), self._lines)
        numbers = range(first, len(self._journal.jobs))
        found = [self._lines.results[n] for n in numbers if n in self._lines.results]
        failed = [n for n in numbers if n in self._lines.failed]
        if failed and not found:
            raise JobError(jobs[failed[0] - first], self._lines.failed[failed[0]])
        return found


def interrupt() -> None:
    """As Ctrl-C does, from whatever thread: for whoever asks from elsewhere that this command end."""
    number = signal.SIGTERM if callable(signal.getsignal(signal.SIGTERM)) else signal.SIGINT
    interrupt_main(number)


def watch(work: Coroutine[Any, Any, Found], reading: Reading) -> Found:
    """Do the work to its end while `reading` is told what its journal says; what the work comes to.

    KeyboardInterrupt where it is ended from elsewhere.
    """
    try:
        return asyncio.run(_watch(work, reading))
    except asyncio.CancelledError:
        raise KeyboardInterrupt from None


async def _watch(work: Coroutine[Any, Any, Found], reading: Reading) -> Found:
    task = asyncio.create_task(work)
    try:
        while not task.done():
            await asyncio.wait([task], timeout=POLL_S)
            reading.read()
    finally:
        if not task.done():  # this command is being cancelled, and the work with it
            task.cancel()
            await asyncio.wait([task])
    return task.result()


class Lines(Reading):
    """Jobs as they go: a line that changes, and one line for each that ended or was chosen by the plan."""

    def __init__(self, journal: Journal) -> None:
        super().__init__(journal)
        self.alone = False
        """Whether a failed job is the only one, and told by whoever ends the command with it."""
        self.results: dict[int, Mapping[str, Any]] = {}
        self.failed: dict[int, Failed] = {}
        self._shown, self._clock = ProgressLine(), Clock()

    def clear(self) -> None:
        """Take back the line that changes."""
        self._shown.clear()

    def fold(self, entry: Entry) -> None:
        event = entry.event
        self._clock.fold(entry)
        if isinstance(event, Chosen):
            tell(_chosen_words(event))
        elif isinstance(event, Stopped):
            tell(reason_words(event.reason))
        elif isinstance(event, Ended):
            self._shown.clear()
        elif isinstance(event, Told) and entry.job is None:
            tell(problem_words(event))
        elif entry.job is not None:
            self._fold_event(entry.job, entry.at, event)

    def _fold_event(self, number: int, at: float, event: object) -> None:
        job = self.journal.jobs[number]
        if isinstance(event, Progress) and event.note == SILENT:
            self._shown.clear()
            tell(words(SILENT, hub=hub_title(job), **event.values))
        elif isinstance(event, Progress):
            self._shown.update(at, self._line(number, at, event))
        elif isinstance(event, Told):
            self._shown.clear()
            tell(problem_words(event))
        elif isinstance(event, Finished):
            self.results[number] = event.result
            self._shown.finish(job)
        elif isinstance(event, Failed):
            self._shown.clear()
            self.failed[number] = event
            if not self.alone:
                about = {"probe": job.probe, "subject": job.subject}
                tell(words("cli.job-failed", **about, why=problem_words(event)))

    def _line(self, number: int, at: float, progress: Progress) -> str:
        """Where the job stands and, where it is not the only one, the whole run."""
        job, whole = self.journal.jobs[number], self._clock.run(at)
        now = now_words(
            f"{job.probe} {job.subject}", progress, self._clock.job(number, at), default_language()
        )
        if whole is None or self._clock.alone:
            return now
        return f"{words('cli.whole-run', left=left_words(whole, default_language()))}  {now}"


def _chosen_words(chosen: Chosen) -> str:
    """Why this job comes next, and how long there is left for it and others."""
    why = reason_words(chosen.reason)
    return why if chosen.left is None else f"[{duration_words(chosen.left)}] {why}"


class ProgressLine:
    """On a terminal one line that changes; elsewhere a line when a job is done, and now and then before."""

    def __init__(self) -> None:
        self._live = sys.stderr.isatty()
        self._wrote = False
        self._first: float | None = None
        self._told = 0.0

    def update(self, at: float, line: str) -> None:
        """Say where things stand `at` seconds; without a terminal once a minute, and ever more rarely."""
        if self._live:
            self.say(line)
            return
        if self._first is None:
            self._first = self._told = at
        if at - self._told >= max(EVERY_S, RARER * (at - self._first)):
            self._told = at
            tell(line)

    def say(self, line: str) -> None:
        """Put this in the line's place, cut to the terminal's width."""
        if not self._live:
            return
        sys.stderr.write("\r\x1b[2K" + fitted(line, _columns() - 1))
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
