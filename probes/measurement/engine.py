"""What a measurement and a race have in common: a journal, and a run in a store from beginning to end."""

import asyncio
import sqlite3
import time
import traceback
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from catalog.evidence.records import Evidence
from catalog.evidence.store import RunState, Store
from catalog.problem import Problem
from probes.home import home
from probes.jobs import runner
from probes.jobs.cancelling import CancellingExecutor
from probes.jobs.events import Failed, FailureKind
from probes.jobs.journal import Begun, Ended, Journal
from probes.jobs.published import RUNNING, About, Publishing, about_now, new_folder
from probes.jobs.runner import Executor, Job, JobError, Runner
from probes.jobs.sharing import CLAIMS, Sharing
from probes.measurement.origins import Noting

APP = "basefit"
"""The command of a run that was started in the app."""


class Recording:
    """A run in the store, from its beginning to its ending. Use as a context manager.

    Left by an exception it is recorded as cancelled or failed; `leave` says what else is kept, however
    it ends.
    """

    def __init__(
        self,
        store: Store,
        command: str,
        request: Mapping[str, Any],
        executor: Executor | None = None,
        leave: Callable[[], Mapping[str, Any]] = dict,
    ) -> None:
        self.store, self.run = store, store.begin(command, request)
        self._noting = Noting(executor or shared(runner.LocalProcesses(), store))
        self.runner = Runner(store, self.run, self._noting)
        self._state, self._result, self._leave = RunState.FAILED, dict[str, Any](), leave
        self._known: list[str] = []

    @property
    def state(self) -> RunState:
        """How the run ends, as far as was said."""
        return self._state

    def reuse(self, known: Iterable[Evidence]) -> None:
        """Say what the answer rests on that was measured before."""
        self._known += [evidence.id for evidence in known]

    def ends(self, state: RunState, result: Mapping[str, Any]) -> None:
        """Say how the run ends."""
        self._state, self._result = state, dict(result)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        told: dict[str, Any] = {}
        if isinstance(error, KeyboardInterrupt | asyncio.CancelledError):
            self._state = RunState.CANCELLED
        elif error is not None:
            self._state = RunState.FAILED
            if not isinstance(error, Problem | JobError | OSError | sqlite3.Error):
                told = {"fault": "".join(traceback.format_exception(error))}
        rests_on = list(dict.fromkeys([*self._known, *self.runner.kept]))
        if self._noting.found:
            told["origins"] = self._noting.found
        result = self._result | dict(self._leave()) | told | {"evidence": rests_on}
        try:
            self.store.end(self.run, self._state, result)
        except sqlite3.Error:
            if error is None:  # else what is already on its way says why
                raise


def shared(executor: Executor, store: Store) -> Executor:
    """The executor, whose jobs are shared with every other process that measures for this store."""
    return Sharing(executor, store.path.parent / CLAIMS)


@contextmanager
def published(
    journal: Journal,
    about: About,
    stop: Callable[[], None],
    cancel: Callable[[int], None],
    place: Path | None = None,
) -> Iterator[Publishing | None]:
    """Others see the run meanwhile, in a folder at home; None where nothing can be written there."""
    try:
        publishing = Publishing(journal, place or new_folder(home() / RUNNING), about, stop, cancel)
    except (OSError, Problem):
        yield None
        return
    with publishing:
        yield publishing


@dataclass(frozen=True)
class Ending:
    """How a run ends and what it came to, as the store keeps it."""

    state: RunState
    result: Mapping[str, Any]


class Engine(ABC):
    """A run that is told in `journal` and recorded in a store that it opens itself.

    It belongs to no screen and to no event loop but that in which `run` is awaited: an app's, a command's,
    or one in a thread of its own. `stop` and `cancel` may be called from any thread.
    """

    def __init__(
        self,
        opened: Callable[[], Store],
        executor: Executor | None = None,
        clock: Callable[[], float] = time.monotonic,
        command: str = APP,
    ) -> None:
        self.journal = Journal(clock)
        self._opened, self._inner, self._command = opened, executor or runner.LocalProcesses(), command
        self._executor = CancellingExecutor(self._inner)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._task: asyncio.Task[Any] | None = None
        self._stopped = self._pausing = False
        self.place: Path | None = None
        """The folder to publish this run in; None for a new one at home. A run that has one is kept."""

    @abstractmethod
    def prepare(self) -> Mapping[str, Any]:
        """Read every file, in a thread; the request as it is recorded. Problems end the run."""

    @abstractmethod
    async def work(self, recording: Recording) -> Ending:
        """Run the jobs, telling what they tell, and judge."""

    @property
    def failed(self) -> list[tuple[Job, Failed]]:
        """The jobs that failed or were ended, in that order."""
        told = ((entry.job, entry.event) for entry in self.journal.entries)
        return [
            (self.journal.jobs[job], event)
            for job, event in told
            if job is not None and isinstance(event, Failed)
        ]

    def leave(self) -> Mapping[str, Any]:
        """What is recorded however the run ends."""
        return {}

    def asked(self) -> Mapping[str, Any]:
        """What others are told that this run was asked, as JSON."""
        return {}

    async def apart(self) -> RunState:
        """`run` in a thread and a loop of its own; cancelling this stops it, and waits for its end."""
        running = asyncio.ensure_future(asyncio.to_thread(asyncio.run, self.run()))
        try:
            return await asyncio.shield(running)
        except asyncio.CancelledError:
            if not running.done():
                self.stop()
                await asyncio.wait([running])
            raise

    async def run(self) -> RunState:
        """Prepare, begin, work, end; what is measured is kept however this ends.

        Raises what went wrong, once it is told: Problems, OSError and sqlite3.Error of the store, faults.
        """
        about = about_now(self._command, self.asked(), kept=self.place is not None)
        with published(self.journal, about, self.stop, self.cancel, self.place) as publishing:
            return await self._run(publishing)

    async def _run(self, publishing: Publishing | None) -> RunState:
        self._loop, self._task = asyncio.get_running_loop(), asyncio.current_task()
        self.journal.tell(Begun())
        try:
            if self._stopped:  # before there was a task to cancel
                raise asyncio.CancelledError
            ending = await self._recorded(await self._prepared(), publishing)
        except asyncio.CancelledError:
            self.journal.tell(Ended(RunState.CANCELLED, paused=self._pausing))
            raise
        except Problem as problem:
            self._fail(FailureKind.BAD_INPUT, problem)
            raise
        except _StoreLost as lost:
            self._fail(FailureKind.CRASH, lost.problem)
            raise lost.cause from None
        except Exception as error:  # a fault of ours is told: no clock may run on for nothing
            detail = f"{type(error).__name__}: {error}"[:200]
            self._fail(FailureKind.CRASH, Problem("app-fault", detail=detail))
            raise
        finally:
            self._task, self._stopped = None, False
        self.journal.tell(Ended(ending.state))
        return ending.state

    async def _prepared(self) -> Mapping[str, Any]:
        """Whoever stops this does not wait for a file that is being read."""
        reader = ThreadPoolExecutor(1)
        try:
            return await asyncio.get_running_loop().run_in_executor(reader, self.prepare)
        finally:
            reader.shutdown(wait=False)

    async def _recorded(self, request: Mapping[str, Any], publishing: Publishing | None) -> Ending:
        store = self._opened()
        self._executor = CancellingExecutor(shared(self._inner, store))
        try:
            with (
                closing(store),
                Recording(store, self._command, request, self._executor, self.leave) as recording,
            ):
                if publishing is not None:
                    publishing.numbered(recording.run)
                ending = await self.work(recording)
                recording.ends(ending.state, ending.result)
        except (OSError, sqlite3.Error) as error:  # the disk is full, or the store's folder is gone
            raise _StoreLost(error, store.path) from error
        return ending

    def _fail(self, kind: FailureKind, problem: Problem) -> None:
        self.journal.tell(Ended(RunState.FAILED, Failed(kind, problem.code, problem.params)))

    def cancel(self, job: int) -> None:
        """End one job; the others go on."""
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._executor.cancel, self.journal.jobs[job])

    def stop(self, pausing: bool = False) -> None:
        """End the run that is going on, or about to; `pausing` where it is meant to go on."""
        self._stopped, self._pausing = True, pausing
        if self._loop is not None and self._task is not None:
            self._loop.call_soon_threadsafe(self._task.cancel)


class _StoreLost(Exception):
    """The store can no longer be written, for `cause`."""

    def __init__(self, cause: OSError | sqlite3.Error, path: Path) -> None:
        super().__init__(str(cause))
        self.cause = cause
        self.problem = Problem("store-unwritable", path=str(path), detail=str(cause))
