"""How far off the time left is: runs of a day, simulated with a clock of their own.

    python -m tests.bench.eta [RUNS]

A run measures ten models of 0.5B to 14B at five levels and tries three of them, on a machine whose speed
was guessed wrong by a factor of up to three, each phase by another. Layers and steps take now longer, now
less; for some hours the disk is slow; some jobs fail half way; a stopping rule looks again at some models;
trials end early or late; now and then the plan drops a job. The entries go through a journal and a board as
a real run's do. Printed by tenth of the run: the error of the time left, in shares of the whole run's time,
and of the time that was really left; how often the interval held.
"""

import math
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from random import Random
from statistics import mean, median

from catalog.evidence.store import RunState
from probes.jobs.clock import START, Foreseen, Part, Reckoned, Work
from probes.jobs.events import Failed, FailureKind, Finished, Progress, Started
from probes.jobs.journal import Begun, Ended, Journal
from probes.jobs.queue import Queued
from probes.jobs.runner import Job
from probes.measurement.board import Board

BILLIONS = (0.5, 1.5, 1.7, 3.0, 4.0, 6.0, 7.0, 8.0, 9.0, 14.0)
TENTHS = 10
DROPS = 0.15
"""How likely the plan drops a job when one has ended."""
LOOK_S = 240.0
"""Simulated seconds between two looks at the board."""


@dataclass(frozen=True)
class Look:
    """What stood there at a moment, `spent` seconds into the run; `job` is of the job that ran."""

    spent: float
    run: Reckoned
    job: tuple[int, Reckoned] | None


@dataclass(frozen=True)
class Simulated:
    """One run: how long it took, and what was shown while it went."""

    seconds: float
    looks: tuple[Look, ...]


class _Machine:
    """The journal of a run, and the time that passes in it."""

    def __init__(self, rng: Random) -> None:
        self.rng, self.now = rng, 0.0
        self.journal = Journal(lambda: self.now)
        self.board = Board(self.journal)
        self.looks: list[Look] = []
        self.speeds = {phase: math.exp(rng.gauss(0.0, 0.6)) for phase in ("layers", "train")}
        self.speeds |= {"head": self.speeds["layers"] * 1.3, "score": self.speeds["train"]}
        begins = rng.uniform(3, 12) * 3600
        self.slow = (begins, begins + rng.uniform(1, 3) * 3600)

    def wait(self, seconds: float, job: int | None = None) -> None:
        """Time passes; whoever looks sees the board."""
        end = self.now + seconds
        while self.now < end:
            self.now = min(end, (self.now // LOOK_S + 1) * LOOK_S)
            board = self.board.read()
            shown, row = board.reckoned(), board.jobs[job] if job is not None else None
            if shown is not None:
                own = board.reckoned(row) if row is not None else None
                self.looks.append(Look(self.now, shown, (job or 0, own) if own else None))

    def steps(self, job: Job, number: int, phase: str, seconds: float, count: int, done: int = 0) -> None:
        """`count` steps of a phase that should take `seconds` altogether; those `done` are behind."""
        pace = self.speeds.get(phase, 1.0) * math.exp(self.rng.gauss(0, 0.1))
        for step in range(done, count + 1):
            self.journal.tell(Progress(phase, step, count, "layers"), job)
            if step < count:
                slow = self.slow[0] < self.now < self.slow[1] and phase == "layers"
                noise = math.exp(self.rng.gauss(0, 0.15)) * (2.5 if slow else 1.0)
                self.wait(seconds / count * pace * noise, number)


def _work(kind: str, size: float) -> Work:
    subject = f"model-{size}b"
    if kind == "perplexity":
        parts = [Part("read", 2.0), Part("layers", size * 600), Part("head", size * 60)]
    else:
        parts = [Part("read", size * 10), Part("score", size * 25, 6), Part("train", size * 400)]
    return Work(kind, subject, (Part(START, 5.0), *parts))


def simulate(seed: int) -> Simulated:
    """One run."""
    rng = Random(seed)
    machine, journal = (found := _Machine(rng)), found.journal
    sizes = rng.sample(BILLIONS, len(BILLIONS))
    works = [_work("perplexity", size) for size in sizes]
    works += [_work("trial", size) for size in sorted(sizes[:3])]
    journal.tell(Begun())
    journal.tell(Foreseen(tuple(works), planned=True))
    at = 0
    while at < len(works):
        if at and rng.random() < DROPS and len(works) > at + 2:
            del works[rng.randrange(at + 1, len(works))]
            journal.tell(Foreseen(tuple(works[at:]), planned=True))
        _run(machine, works[at], at)
        at += 1
    journal.tell(Ended(RunState.DONE))
    return Simulated(machine.now, tuple(machine.looks))


def _run(machine: _Machine, work: Work, number: int) -> None:
    rng, journal = machine.rng, machine.journal
    job = Job(work.probe, {}, work.subject)
    journal.tell(Queued(job), job)
    journal.tell(Started(work.probe, 1), job)
    parts = {part.phase: part for part in work.parts}
    machine.wait(rng.uniform(2, 9), number)
    machine.steps(job, number, "read", parts["read"].seconds, 2)
    fails = rng.random() < 0.15
    if work.probe == "perplexity":
        layers = rng.choice((24, 28, 32, 40))
        machine.steps(job, number, "layers", parts["layers"].seconds, layers // 2 if fails else layers)
        if not fails:
            machine.steps(job, number, "head", parts["head"].seconds, 16)
        if rng.random() < 0.3 and not fails:  # a word is not settled: more windows
            machine.steps(job, number, "layers", parts["layers"].seconds * 0.3, layers)
            machine.steps(job, number, "head", parts["head"].seconds * 0.3, 8)
    else:
        _train(machine, job, number, parts, rng.uniform(0.6, 1.0) if rng.random() < 0.3 else 1.0)
    if fails:
        journal.tell(Failed(FailureKind.OOM, "out-of-memory", {"detail": ""}), job)
    else:
        journal.tell(Finished({}), job)


def _train(machine: _Machine, job: Job, number: int, parts: dict[str, Part], ends: float) -> None:
    steps, done = 256, 0
    machine.steps(job, number, "score", parts["score"].seconds, 10)
    for until in (16, 32, 64, 128, 256):
        until = min(until, round(steps * ends))
        while done < until:
            machine.journal.tell(Progress("train", done, steps, "examples"), job)
            noise = math.exp(machine.rng.gauss(0, 0.2))
            machine.wait(parts["train"].seconds / steps * machine.speeds["train"] * noise, number)
            done += 1
        machine.journal.tell(Progress("train", done, steps, "examples"), job)
        machine.steps(job, number, "score", parts["score"].seconds, 10)


@dataclass(frozen=True)
class Tenth:
    """The looks of one tenth of the runs: medians and 90 % quantiles of errors, and how often it held."""

    of_run: float
    of_run_worst: float
    of_left: float
    held: float


def tenths(runs: list[Simulated]) -> list[Tenth]:
    """By tenth of the run."""
    found = []
    for tenth in range(TENTHS):
        looks = [
            (run, look)
            for run in runs
            for look in run.looks
            if tenth <= look.spent / run.seconds * TENTHS < tenth + 1
        ]
        of_run = sorted(abs(miss) / run.seconds for run, look in looks for miss in [_miss(run, look)])
        of_left = [abs(_miss(run, look)) / max(run.seconds - look.spent, LOOK_S) for run, look in looks]
        held = mean(look.run.low <= run.seconds - look.spent <= look.run.high for run, look in looks)
        found.append(Tenth(median(of_run), of_run[9 * len(of_run) // 10], median(of_left), held))
    return found


def _miss(run: Simulated, look: Look) -> float:
    return look.run.left - (run.seconds - look.spent)


def lines(runs: list[Simulated]) -> Iterator[str]:
    """The table, a line at a time."""
    hours = median(run.seconds for run in runs) / 3600
    yield f"{len(runs)} simulated runs of {hours:.1f} hours (median)"
    yield f"{'tenth':>5}  {'error/run':>9}  {'90 %':>6}  {'error/left':>10}  {'interval held':>13}"
    for number, row in enumerate(tenths(runs), 1):
        errors = f"{row.of_run:>9.1%}  {row.of_run_worst:>6.1%}  {row.of_left:>10.1%}"
        yield f"{number:>5}  {errors}  {row.held:>13.0%}"


if __name__ == "__main__":
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 40
    print("\n".join(lines([simulate(seed) for seed in range(count)])))
