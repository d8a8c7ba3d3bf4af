"""Several jobs run in order, or some at a time, with their events as one stream."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from enum import StrEnum

from probes.jobs.events import Event
from probes.jobs.runner import Job, Runner


class JobState(StrEnum):
    """Where a job of the queue stands."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


@dataclass(frozen=True)
class Queued:
    """A job that will run; the first thing told about it."""

    job: Job


Step = tuple[Job, Event | Queued]


async def run_all(jobs: Sequence[Job], runner: Runner, parallel: int = 1) -> AsyncGenerator[Step, None]:
    """The events of several jobs, `parallel` at a time, as they come."""
    steps: asyncio.Queue[Step | None] = asyncio.Queue()
    for job in jobs:
        yield job, Queued(job)
    waiting = iter(jobs)

    async def work() -> None:
        try:
            for job in waiting:
                async with aclosing(runner.events(job)) as events:
                    async for event in events:
                        steps.put_nowait((job, event))
        finally:  # also when the store cannot be written: whoever waits must hear of it
            steps.put_nowait(None)

    workers = [asyncio.create_task(work()) for _ in range(min(parallel, len(jobs)))]
    try:
        left = len(workers)
        while left:
            step = await steps.get()
            if step is None:
                left -= 1
            else:
                yield step
        for worker in workers:
            await worker
    finally:
        for worker in workers:
            worker.cancel()
        if workers:
            await asyncio.wait(workers)
