"""The race: candidates × levels through rungs of the same trial, the worse half leaving at each. No torch.

    async for step in race(racers, course, Runner(store)): ...

Every rung continues each racer's own run (the trial keeps its state), so nothing is trained twice. To
pause, close the generator or cancel the task that reads it: the running trial finishes its step and
writes its state. To resume, race the same racers on the same course again: what the store holds is not
run again, and the trial goes on where it stopped; after a kill, from its last evaluation. FACTS.md
section 5: after 200 examples the winner was always in the top three; rungs of 200, 800 and 3,200 found
the best of 17 models at 9 % of the cost.
"""

import math
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from catalog.evidence.kinds import Trial
from catalog.evidence.paired import compare
from catalog.evidence.records import Evidence
from probes.jobs.events import Failed, Finished, Metric
from probes.jobs.queue import Queued, Step, run_all
from probes.jobs.record import read
from probes.jobs.runner import Job, Runner
from probes.measurement.campaign import known_trial
from probes.measurement.jobs import trial_job
from probes.trial.job import ANSWERING, TrialJob

SHARES = (1 / 16, 1 / 4, 1.0)
KEPT_FIRST = 3
KEPT_SECOND = 2
SMALLEST_RUNG = 32
"""Rungs below this many examples say nothing and are left out."""


@dataclass(frozen=True)
class Racer:
    """One model at one level. `prior` breaks ties only, the lower the better; then `weight_bytes` do."""

    name: str
    path: str
    revision: str
    level: str
    prior: float = 0.0
    weight_bytes: int = 0

    @property
    def identity(self) -> tuple[str, str, str]:
        """The same wherever its folder lies."""
        return self.name, self.revision, self.level


@dataclass(frozen=True)
class Course:
    """What every racer runs: at most `examples` and `minutes` of training each, with further settings."""

    data: Path
    data_sha256: str
    out: Path
    examples: int = 3200
    minutes: float | None = None
    device: str = "cpu"
    settings: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Standing:
    """Where a racer stands after `examples`; `evidence` is None where its run failed, for `reason`."""

    racer: Racer
    examples: int
    evidence: Evidence | None
    reason: str | None = None

    @cached_property
    def trial(self) -> Trial | None:
        """What the evidence holds."""
        return Trial.of(self.evidence) if self.evidence else None

    @property
    def bits_per_byte(self) -> float:
        """Infinite for a failed run."""
        bits = self.trial.bits_per_byte if self.trial else None
        return math.inf if bits is None else bits

    @property
    def preference(self) -> tuple[float, float, float]:
        """What decides among those that are tied: the prior, then the smaller model, then the score."""
        return self.racer.prior, self.racer.weight_bytes, self.bits_per_byte


@dataclass(frozen=True)
class RungBegun:
    """Rung `number` of `total` begins: `racers` train on to `examples`. `known` of them did before."""

    number: int
    total: int
    examples: int
    racers: tuple[Racer, ...]
    known: tuple[Standing, ...]


@dataclass(frozen=True)
class RungDone:
    """One rung is over: `order` from the best on, of whom the first `kept` go on (none after the last)."""

    examples: int
    order: tuple[Standing, ...]
    kept: int


@dataclass(frozen=True)
class Place:
    """A line of the final ranking; `tied` with the winner within two paired standard errors."""

    standing: Standing
    tied: bool


def rungs(examples: int) -> list[int]:
    """1/16, 1/4 and all of the examples, without rungs too small to tell anything."""
    found = [max(1, round(examples * share)) for share in SHARES]
    return [count for count in found if count >= SMALLEST_RUNG] or [examples]


def kept_after(rung: int, racers: int) -> int:
    """How many go on: the better half but at least three, then two."""
    return max(KEPT_FIRST, math.ceil(racers / 2)) if rung == 0 else KEPT_SECOND


def survivors(standings: Sequence[Standing], count: int) -> list[Standing]:
    """The best `count`, failed runs out. Of those tied with the last to stay, the prior chooses."""
    order = sorted((standing for standing in standings if standing.evidence), key=lambda s: s.bits_per_byte)
    if len(order) <= count:
        return order
    line = order[count - 1]
    tied = [standing for standing in order if _tied(standing, line)]
    sure = [standing for standing in order[:count] if standing not in tied]
    chosen = sorted(tied, key=lambda s: s.preference)[: count - len(sure)]
    return sorted([*sure, *chosen], key=lambda s: s.bits_per_byte)


def _tied(a: Standing, b: Standing) -> bool:
    if a is b:
        return True
    return bool(a.trial and b.trial and not compare(a.trial, b.trial).significant)


def ranking(standings: Sequence[Standing]) -> list[Place]:
    """All racers by how far they came, then by bits per byte; ties with the winner marked.

    The winner is the one to be preferred among those tied with the lowest bits per byte.
    """
    order = sorted(standings, key=lambda s: (s.evidence is None, -s.examples, s.bits_per_byte))
    if not order or order[0].evidence is None:
        return [Place(standing, False) for standing in order]
    lowest = order[0]
    level = [s for s in order if s.examples == lowest.examples and _tied(s, lowest)]
    winner = min(level, key=lambda s: s.preference)
    order.remove(winner)
    return [Place(winner, len(level) > 1), *(Place(s, s in level) for s in order)]


async def race(
    racers: Sequence[Racer], course: Course, runner: Runner, parallel: int = 1
) -> AsyncGenerator[Step | RungBegun | RungDone, None]:
    """Run it: every job's events as they come, between a RungBegun and a RungDone for each rung.

    The last RungDone (`kept` 0) holds every racer, each as it stood when it left. What the store already
    holds of this very race is not run again. A rung that nobody could leave at is passed over.
    """
    running = list(racers)
    left: list[Standing] = []
    steps = _steps(course.examples, len(running))
    for number, (rung, examples) in enumerate(steps):
        last = number == len(steps) - 1
        jobs = {racer: rung_job(racer, course, examples, last) for racer in running}
        done = _known(jobs, course, examples, runner)
        yield RungBegun(number + 1, len(steps), examples, tuple(running), tuple(done.values()))
        waiting = {id(job): racer for racer, job in jobs.items() if racer not in done}
        queue = [jobs[racer] for racer in running if racer not in done]
        async with aclosing(run_all(queue, runner, parallel)) as events:
            async for job, event in events:
                standing = _standing(waiting[id(job)], examples, event)
                if standing is not None:
                    done.setdefault(standing.racer, standing)
                yield job, event
        standings = [done[racer] for racer in running if racer in done]
        stay = standings if last else survivors(standings, kept_after(rung, len(running)))
        left = [standing for standing in left if standing.racer not in done] + standings
        running = [standing.racer for standing in stay]
        last = last or not running
        order = tuple(place.standing for place in ranking(left))
        yield RungDone(examples, order, 0 if last else len(running))
        if last:
            return


def _steps(examples: int, racers: int) -> list[tuple[int, int]]:
    """(index of the rung, examples) of the rungs after which somebody may have to leave, and the last."""
    every = list(enumerate(rungs(examples)))
    return [step for step in every[:-1] if kept_after(step[0], racers) < racers] + every[-1:]


def _known(
    jobs: Mapping[Racer, Job], course: Course, examples: int, runner: Runner
) -> dict[Racer, Standing]:
    """The racers whose rung the store holds already, with answers where answers are asked for."""
    stored = runner.store.find("trial", key={"data_sha256": course.data_sha256}) if runner.store else []
    found = {}
    for racer, job in jobs.items():
        known = known_trial(job, course.data_sha256, stored)
        if known is not None and not _unanswered(job, known):
            found[racer] = Standing(racer, examples, known)
    return found


def _unanswered(job: Job, known: Evidence) -> bool:
    """Whether the job asks for answers that the stored trial was not asked for."""
    told, asked = Trial.of(known).answers, read(TrialJob, job.arguments)
    usual = asked.defaults()
    return any(getattr(asked, name) not in (usual[name], told.get(name)) for name in ANSWERING)


def rung_job(racer: Racer, course: Course, examples: int, last: bool = True) -> Job:
    """The trial that takes a racer on to `examples`; answers are generated at the last rung only."""
    share = examples / course.examples
    settings = {name: value for name, value in course.settings.items() if last or name not in ANSWERING} | {
        "level": racer.level,
        "examples": examples,
        "minutes": course.minutes * share if course.minutes else None,
    }
    target = (racer.name, racer.path, racer.revision)
    return trial_job(target, course.data, course.device, course.out, settings)


def _standing(racer: Racer, examples: int, event: object) -> Standing | None:
    """What an event says about where its racer stands; None while it says nothing."""
    if isinstance(event, Queued):
        return None
    if isinstance(event, Metric) and event.kind == "trial":
        evidence = Evidence("trial", event.model, event.revision, event.level, event.key, event.values)
        return Standing(racer, examples, evidence)
    if isinstance(event, Failed):
        return Standing(racer, examples, None, event.code)
    if isinstance(event, Finished):
        reason = event.result["trials"][0]["reason"]
        return Standing(racer, examples, None, str(reason)) if reason else None
    return None
