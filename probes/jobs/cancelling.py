"""An executor that can end one job while the others go on: what `x` does on the Run screen."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any

from probes.jobs.events import Failed, FailureKind, encode
from probes.jobs.runner import Executor, Exit, Job


class CancellingExecutor:
    """Wraps an executor; `cancel(job)` ends that job, which then fails with kind `cancelled`."""

    def __init__(self, inner: Executor) -> None:
        self._inner = inner
        self._asked: dict[int, asyncio.Event] = {}
        self._jobs: dict[int, Job] = {}

    def cancel(self, job: Job) -> None:
        """End the job if it runs, or as soon as its turn comes."""
        self._event(job).set()

    def _event(self, job: Job) -> asyncio.Event:
        # Jobs hold dicts and cannot be hashed; keeping the job keeps its id from being used again.
        self._jobs[id(job)] = job
        return self._asked.setdefault(id(job), asyncio.Event())

    async def lines(self, job: Job) -> AsyncGenerator[str | Exit, None]:
        """See Executor."""
        asked = asyncio.create_task(self._event(job).wait())
        try:
            if not self._event(job).is_set():
                async with aclosing(self._inner.lines(job)) as lines:
                    async for line in _until(asked, lines):
                        yield line
                if not self._event(job).is_set():
                    return
            yield encode(Failed(FailureKind.CANCELLED, "cancelled"))
            yield Exit(130, "")
        finally:
            asked.cancel()


async def _until(
    stop: "asyncio.Task[Any]", lines: AsyncGenerator[str | Exit, None]
) -> AsyncGenerator[str | Exit, None]:
    """The lines up to the moment `stop` is done."""
    while not stop.done():
        following = asyncio.ensure_future(anext(lines, None))
        try:
            await asyncio.wait((stop, following), return_when=asyncio.FIRST_COMPLETED)
        finally:
            if not following.done():
                following.cancel()
                await asyncio.wait([following])
        if following.cancelled():
            return
        line = following.result()
        if line is None:
            return
        yield line
