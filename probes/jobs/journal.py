"""What happens in a run, entry by entry from its start: whoever comes late reads it from the first."""

import json
import time
from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator, Callable, Iterable, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any, Self

from catalog.evidence.store import RunState
from probes.jobs.events import Failed, Finished, Metric, Progress, Started, Told
from probes.jobs.plain import plain, record
from probes.jobs.queue import Queued
from probes.jobs.runner import Job


@dataclass(frozen=True, slots=True)
class Begun:
    """The run begins, or goes on after a pause."""


@dataclass(frozen=True, slots=True)
class Ended:
    """The run is over. `failed` is what it failed of where no single job is to blame.

    `paused` is a cancelled run that is meant to go on.
    """

    state: RunState
    failed: Failed | None = None
    paused: bool = False


@dataclass(frozen=True, slots=True)
class Entry:
    """`event` happened `at` seconds of the journal's clock; `job` is the number of the job it is about."""

    at: float
    event: Any
    job: int | None = None


class Journal:
    """Entries are only ever added, by one writer; readers may be in any thread, and begin at any time."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.clock = clock
        self.entries: list[Entry] = []
        self.jobs: list[Job] = []
        """Those queued so far; an entry's `job` is a place in it."""
        self._numbers: dict[int, int] = {}

    def tell(self, event: Any, job: Job | None = None) -> None:
        """Add what happened just now. A job is first told of as Queued."""
        if isinstance(event, Queued):
            self._numbers[id(event.job)] = len(self.jobs)
            self.jobs.append(event.job)
        number = None if job is None else self._numbers[id(job)]
        self.entries.append(Entry(self.clock(), event, number))

    async def write(self, steps: AsyncGenerator[Any, None]) -> None:
        """Add every step as it comes: a job with its event, or an event by itself."""
        async with aclosing(steps):
            async for step in steps:
                job, event = step if isinstance(step, tuple) else (None, step)
                self.tell(event, job)


class Reading(ABC):
    """What a journal says to one reader; `version` is how many entries it has taken in."""

    def __init__(self, journal: Journal) -> None:
        self.journal, self.version = journal, 0

    def read(self) -> Self:
        """Take in what was added since."""
        for entry in self.journal.entries[self.version :]:
            self.fold(entry)
            self.version += 1
        return self

    @abstractmethod
    def fold(self, entry: Entry) -> None:
        """Take in one entry."""

    @property
    def now(self) -> float:
        """The moment on the journal's clock."""
        return self.journal.clock()


KINDS: tuple[type, ...] = (Queued, Started, Progress, Metric, Told, Finished, Failed, Begun, Ended)
"""What any run's journal tells."""


def entry_line(entry: Entry) -> str:
    """One line of JSON, without the line feed."""
    about = {"at": entry.at, "job": entry.job, "event": type(entry.event).__name__.lower()}
    return json.dumps(about | {"told": plain(entry.event)}, ensure_ascii=False, allow_nan=False)


def entry_of(line: str, known: Mapping[str, type]) -> Entry:
    """The entry of an `entry_line`; `known` are the events it may tell, by their names in small letters.

    ValueError, KeyError or TypeError where it is none.
    """
    data = json.loads(line)
    return Entry(data["at"], record(known[data["event"]], data["told"]), data["job"])


def journal_of(lines: Iterable[str], kinds: Iterable[type], clock: Callable[[], float]) -> Journal:
    """The journal of `entry_line`s; `kinds` are the events it may tell, KINDS among them."""
    known = {kind.__name__.lower(): kind for kind in kinds}
    journal = Journal(clock)
    for line in lines:
        entry = entry_of(line, known)
        journal.entries.append(entry)
        if isinstance(entry.event, Queued):
            journal.jobs.append(entry.event.job)
    return journal
