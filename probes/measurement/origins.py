"""Which hub, and which commit there, the checkpoints of a run's jobs were fetched from.

A result is known by the content of the weights alone, wherever they lie; where they came from is kept
with the run, as `origins`: revision -> hub, repo, commit.
"""

from collections.abc import AsyncGenerator, Iterator, Mapping
from contextlib import aclosing
from dataclasses import asdict
from pathlib import Path
from typing import Any

from probes.checkpoint.hubs import origin_of
from probes.jobs.runner import Executor, Exit, Job


class Noting:
    """Wraps an executor; `found` is what its jobs' checkpoints are copies of, by revision."""

    def __init__(self, inner: Executor) -> None:
        self._inner = inner
        self.found: dict[str, dict[str, str]] = {}

    async def lines(self, job: Job) -> AsyncGenerator[str | Exit, None]:
        """See Executor."""
        self.found |= origins(job.arguments)
        async with aclosing(self._inner.lines(job)) as lines:
            async for line in lines:
                yield line


def origins(arguments: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    """Those of a job file: of its target, and of each of its targets."""
    return dict(_origins(arguments))


def _origins(arguments: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, str]]]:
    revision, path = arguments.get("revision"), arguments.get("target") or arguments.get("path")
    if isinstance(revision, str) and isinstance(path, str) and revision and path:
        origin = origin_of(Path(path))
        if origin is not None:
            yield revision, asdict(origin)
    for one in arguments.get("targets") or ():
        if isinstance(one, Mapping):
            yield from _origins(one)
