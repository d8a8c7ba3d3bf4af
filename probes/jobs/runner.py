"""Run jobs and keep what they measure. Used by the app and the commands alike; asyncio only.

    async for event in Runner(store).events(job): ...

The last event is always Finished or Failed. Closing the generator, or cancelling the task that
reads it, cancels the job.
"""

import asyncio
import json
import os
import signal
import sys
import time
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import psutil

from catalog.evidence.records import Evidence
from catalog.evidence.store import Store
from probes.jobs.devices import environment_of
from probes.jobs.events import Event, Failed, FailureKind, Finished, Metric, Progress, decode
from probes.jobs.out_of_memory import lacks_memory
from probes.jobs.scratch import scratch

KILL = getattr(signal, "SIGKILL", signal.SIGTERM)
"""What cannot be refused; Windows knows one signal only."""
GRACE_S = 5.0
"""Seconds between SIGTERM and SIGKILL."""
POLL_S = 0.05
COALESCE_S = 1 / 12
"""Progress events reach the reader at most this often."""
_LINE_LIMIT = 64 * 1024 * 1024
_LAST_LINES = 8
"""Of the log: where Python says why; what a library that aborts says may be far above its stack."""


@dataclass(frozen=True)
class Job:
    """What to run: `probe` as in `python -m probes PROBE`, `arguments` its job file.

    `subject` is the model it is about, `source` the command that reproduces it.
    """

    probe: str
    arguments: Mapping[str, Any]
    subject: str = ""
    source: str = ""
    environment: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Exit:
    """How the process ended: `code` as the system gives it (negative: a signal), the log's last lines."""

    code: int
    log_tail: str


class Executor(Protocol):
    """Where jobs run. A job is JSON in and JSON lines out, so this may be another machine."""

    def lines(self, job: Job) -> AsyncGenerator[str | Exit, None]:
        """The job's stdout line by line, then its Exit; closing it ends the job."""


class LocalProcesses:
    """Each job is a process, in a session of its own, on this machine."""

    def command(self, job: Job, job_file: Path) -> tuple[str, ...]:
        """What is run; -P, so that a folder named `probes` where the person stands is never imported."""
        return sys.executable, "-P", "-m", "probes", job.probe, "--job", str(job_file)

    async def lines(self, job: Job) -> AsyncGenerator[str | Exit, None]:
        """See Executor."""
        with scratch() as folder:
            job_file, log_file = folder / "job.json", folder / "log"
            job_file.write_text(json.dumps(dict(job.arguments)), encoding="utf-8")
            with log_file.open("wb") as log:
                process = await asyncio.create_subprocess_exec(
                    *self.command(job, job_file),
                    stdin=asyncio.subprocess.PIPE,
                    stdout=asyncio.subprocess.PIPE,
                    stderr=log,
                    start_new_session=True,
                    limit=_LINE_LIMIT,
                    env=environment(job),
                )
            assert process.stdout is not None
            sweeper = asyncio.create_task(_sweep(process))
            try:
                async for line in process.stdout:
                    yield line.decode("utf-8", "replace")
                code = await process.wait()
            finally:
                await _end(process)
                await sweeper
            yield Exit(code, _tail(log_file))


def environment(job: Job) -> dict[str, str]:
    """Of a job's process: offline and quiet unless the job says otherwise, with the cards it names."""
    quiet = {
        "PYTHONUNBUFFERED": "1",
        "TOKENIZERS_PARALLELISM": "true",
        "TRANSFORMERS_VERBOSITY": "error",
        "HF_HUB_DISABLE_TELEMETRY": "1",
        "HF_HUB_OFFLINE": "1",
        # So that torch counts the cards as the driver (and nvidia-smi) does.
        "CUDA_DEVICE_ORDER": "PCI_BUS_ID",
    }
    device = job.arguments.get("device")
    shown = environment_of(device) if isinstance(device, str) else {}
    return {**os.environ, **quiet, **shown, **job.environment}


async def _end(process: asyncio.subprocess.Process) -> None:
    """SIGTERM to the group, SIGKILL when its leader is still there after GRACE_S."""
    for sign in (signal.SIGTERM, KILL):
        if process.returncode is not None:
            return
        if not _signal_group(process, sign):
            await process.wait()
            return
        try:
            await asyncio.wait_for(asyncio.shield(process.wait()), GRACE_S)
        except TimeoutError:
            continue


async def _sweep(process: asyncio.subprocess.Process) -> None:
    """Once the leader has ended, end whoever of its group has not, half a second later.

    A worker that it forked would keep memory, and the pipe open: the job would never be over. That is
    why this polls: before Python 3.12 `wait` also waits for the pipe.
    """
    while process.returncode is None:
        await asyncio.sleep(POLL_S)
    for _ in range(10):
        if not _signal_group(process, 0):
            return
        await asyncio.sleep(POLL_S)
    _signal_group(process, KILL)


def _signal_group(process: asyncio.subprocess.Process, sign: int) -> bool:
    """False where nobody of the process's group is left."""
    try:
        if hasattr(os, "killpg"):
            os.killpg(process.pid, sign)
            return True
        return _signal_tree(process.pid, sign)
    except (ProcessLookupError, psutil.NoSuchProcess):
        return False


def _signal_tree(pid: int, sign: int) -> bool:
    """The same where there are no groups (Windows): the process with all that it began."""
    leader = psutil.Process(pid)
    for process in (*leader.children(recursive=True), leader):
        if sign:
            process.send_signal(sign)
    return True


def _tail(log: Path, size: int = 4000) -> str:
    with log.open("rb") as stream:
        stream.seek(max(0, log.stat().st_size - size))
        return stream.read().decode("utf-8", "replace").strip()


class Runner:
    """Turns jobs into events, and metrics into evidence the moment they arrive."""

    def __init__(
        self, store: Store | None, run: int | None = None, executor: Executor | None = None
    ) -> None:
        self.store, self.run = store, run
        self.kept: list[str] = []
        """Ids of the evidence that its jobs yielded, in the order they came."""
        self.executor: Executor = executor or LocalProcesses()

    async def events(self, job: Job) -> AsyncGenerator[Event, None]:
        """Every event of one job; bursts of Progress are thinned to the latest of each burst."""
        raw = self._raw(job)
        queue: asyncio.Queue[Event | BaseException | None] = asyncio.Queue()

        async def read() -> None:
            try:
                async with aclosing(raw):
                    async for event in raw:
                        queue.put_nowait(event)
                queue.put_nowait(None)
            except Exception as error:
                queue.put_nowait(error)

        reader = asyncio.create_task(read())
        try:
            while True:
                batch = [await queue.get()]
                while not queue.empty():
                    batch.append(queue.get_nowait())
                began = time.monotonic()
                for event, following in zip(batch, [*batch[1:], None], strict=True):
                    if event is None:
                        return
                    if isinstance(event, BaseException):
                        raise event
                    if not _superseded(event, following):
                        yield event
                if isinstance(batch[-1], Progress):
                    await asyncio.sleep(max(0.0, COALESCE_S - (time.monotonic() - began)))
        finally:
            reader.cancel()
            await asyncio.wait([reader])

    async def result(self, job: Job) -> Mapping[str, Any]:
        """The job's result, without watching; JobError if it failed."""
        async for event in self.events(job):
            if isinstance(event, Finished):
                return event.result
            if isinstance(event, Failed):
                raise JobError(job, event)
        raise AssertionError("a job ends with Finished or Failed")

    async def _raw(self, job: Job) -> AsyncGenerator[Event, None]:
        phase = "start"
        ended = False
        async with aclosing(self.executor.lines(job)) as lines:
            async for line in lines:
                if isinstance(line, Exit):
                    if not ended:
                        yield self._failed(job, _failure_of_exit(line, phase))
                    return
                event = _decode(line)
                if event is None:
                    continue
                if isinstance(event, Progress):
                    phase = event.phase
                elif isinstance(event, Metric) and self.store is not None:
                    self.kept.append(self.store.append(_evidence(event, job), self.run))
                elif isinstance(event, Failed):
                    self._failed(job, event)
                ended = ended or isinstance(event, Finished | Failed)
                yield event

    def _failed(self, job: Job, failed: Failed) -> Failed:
        if self.store is not None:
            failure = {"kind": failed.kind, "code": failed.code, "params": dict(failed.params)}
            self.store.fail(self.run, job.probe, job.subject, failure | {"detail": failed.detail})
        return failed


class JobError(Exception):
    """A job that failed, for callers who only wanted its result."""

    def __init__(self, job: Job, failed: Failed) -> None:
        super().__init__(f"{job.probe} {job.subject}: {failed.code}")
        self.job, self.failed = job, failed


def _superseded(event: Event, following: object) -> bool:
    return (
        isinstance(event, Progress) and isinstance(following, Progress) and event.phase == following.phase
    )


def _decode(line: str) -> Event | None:
    """None for a line that is no event: a library that wrote to the descriptor itself."""
    try:
        return decode(line)
    except (ValueError, TypeError):
        return None


def _evidence(metric: Metric, job: Job) -> Evidence:
    return Evidence(
        metric.kind,
        metric.model,
        metric.revision,
        metric.level,
        metric.key,
        metric.values,
        source=job.source,
    )


def _failure_of_exit(ended: Exit, phase: str) -> Failed:
    """The words for a process that ended without a last word."""
    if ended.code == -KILL:
        return Failed(FailureKind.KILLED, "probe-killed", {"phase": phase}, ended.log_tail)
    lines = ended.log_tail.splitlines()[0 if ended.code < 0 else -_LAST_LINES :]
    if last := [line for line in lines if lacks_memory(line)]:
        return Failed(FailureKind.OOM, "out-of-memory", {"detail": last[-1][:200]}, ended.log_tail)
    if ended.code < 0:
        about = {"signal": _signal_name(-ended.code), "phase": phase}
        return Failed(FailureKind.CRASH, "probe-signalled", about, ended.log_tail)
    silent: dict[str, Any] = {"code": ended.code, "phase": phase}
    return Failed(FailureKind.CRASH, "probe-silent", silent, ended.log_tail)


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:  # a real-time signal
        return str(number)
