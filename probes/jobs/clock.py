"""How far a run and each of its jobs are, and how long they still take: read from the journal alone.

What a job will take is foretold as `Work`: seconds for each of its phases, from what is known beforehand.
The seconds are corrected by what ran (see probes.jobs.pace), and within a phase by its own progress. From
the first job on there is always a time left, with the interval that should hold eight times in ten. The
share done is the time spent of the time spent and the most left; it never falls, whatever is learnt.

Everything is reckoned at the entries' own times, so whoever reads the same journal later sees the same.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from probes.jobs.events import Failed, Finished, Progress, Started
from probes.jobs.journal import Begun, Ended, Entry
from probes.jobs.pace import BETWEEN, Belief, Paces, combined, expected, logarithm
from probes.jobs.queue import Queued
from probes.jobs.runner import Job

START = "start"
"""The phase from a job's start to its first word: libraries are imported."""
START_S = 5.0
UNKNOWN_S = 20.0
"""Of a phase, or a job, that nobody foretold."""
STEP_S = 1.0
"""The share done is reckoned anew at most this often while nothing but progress is told."""
WITHIN = 0.15
"""Standard deviation of ln pace of a whole phase by its own steps; of a part of it more."""
RECENT = 0.3
"""The share of a phase over which its earlier steps fade."""
SURPRISE = 0.3
"""Standard deviation of ln seconds of what has not begun, beside its pace: it fails, or looks again."""
OVERDUE = 0.25
"""What is overdue takes this share of the wait again."""
INTERVAL = 1.2816
"""Standard deviations either side that hold eight times in ten."""
WHOLE = 0.999
"""The most that is called done of what is not over."""


@dataclass(frozen=True)
class Part:
    """One phase of a job: `seconds` a round, `rounds` times; `key` says what its pace is learnt with."""

    phase: str
    seconds: float
    rounds: int = 1
    key: str = ""


@dataclass(frozen=True)
class Work:
    """What a job should take, phase by phase in their order."""

    probe: str
    subject: str
    parts: tuple[Part, ...]

    @property
    def seconds(self) -> float:
        """All of it, as foretold."""
        return sum(part.seconds * part.rounds for part in self.parts)


@dataclass(frozen=True)
class Foreseen:
    """What is ahead, in place of what was foreseen and has not begun; `parallel` jobs at a time.

    By a plan no job is begun that ends after `limit` seconds from now (None: no limit), and those ahead
    may be dropped. `paces` are those of earlier runs, as Paces.plain has them.
    """

    works: tuple[Work, ...]
    parallel: int = 1
    planned: bool = False
    limit: float | None = None
    paces: Mapping[str, Sequence[float]] = field(default_factory=dict)


@dataclass(frozen=True)
class Reckoned:
    """`share` is done, of 1; `left` seconds are left, between `low` and `high` eight times in ten."""

    share: float
    left: float
    low: float
    high: float


@dataclass
class _Sum:
    """Seconds with their spread: what shares a key is wrong together, the rest by itself."""

    shared: dict[str, tuple[float, float]] = field(default_factory=dict)
    seconds: float = 0.0
    own: float = 0.0
    """Variance in seconds²."""

    def add(self, key: str, seconds: float, belief: Belief) -> None:
        known, _ = self.shared.get(key, (0.0, 0.0))
        self.shared[key] = known + seconds, belief[1]
        self.seconds += seconds
        self.own += (seconds * SURPRISE) ** 2

    def add_own(self, seconds: float, variance: float) -> None:
        self.seconds += seconds
        self.own += seconds**2 * variance

    def merge(self, other: "_Sum") -> None:
        for key, (seconds, variance) in other.shared.items():
            known, _ = self.shared.get(key, (0.0, 0.0))
            self.shared[key] = known + seconds, variance
        self.seconds += other.seconds
        self.own += other.own

    @property
    def spread(self) -> float:
        """Relative standard deviation."""
        together = sum(seconds**2 * variance for seconds, variance in self.shared.values())
        return math.sqrt(together + self.own) / self.seconds if self.seconds > 0 else 0.0


class _Phase:
    """One phase of a running job: rounds ended, and the round it is in."""

    def __init__(self, part: Part, probe: str) -> None:
        self.part, self.key = part, part.key or f"{probe}.{part.phase}"
        self.ended, self.over, self.entered = 0, False, False
        self._spent = self._gained = 0.0
        """Of the rounds that ended: seconds of all, rounds of those foretold."""
        self._clear()

    def _clear(self) -> None:
        self.done = self.start = 0.0
        self.spent = 0.0
        """Seconds of this round up to the latest step."""
        self._recent_done = self._recent_spent = 0.0

    def enter(self, start: float) -> None:
        """A round begins, `start` of it done before; not where it is only gone on with."""
        self.entered = True
        self.done = self.start = start

    def step(self, done: float, seconds: float) -> None:
        """`seconds` more have brought it to `done`."""
        gained = max(0.0, done - self.done)
        fade = math.exp(-gained / RECENT)
        self._recent_done = self._recent_done * fade + gained
        self._recent_spent = self._recent_spent * fade + seconds
        self.spent += seconds
        self.done = max(self.done, done)

    def end_round(self) -> None:
        """Be ready for another. A round that nobody foretold makes those foretold longer."""
        self._spent += self.spent
        self._gained += self.done - self.start if self.ended < self.part.rounds else 0.0
        self.ended += 1
        self._clear()

    def teach(self, paces: Paces) -> None:
        """Let others learn from what has run of it."""
        going = self.done - self.start if self.ended < self.part.rounds else 0.0
        gained, spent = self._gained + going, self._spent + self.spent
        if gained > 0 and spent > 0 and self.part.seconds > 0:
            done = min(1.0, gained / self.part.rounds)
            paces.observe(self.key, spent / (gained * self.part.seconds), spent, _noise(done, done))

    def left(self, paces: Paces, total: _Sum, since: float | None) -> None:
        """Add what is left of it; `since` the latest step, None where it is not the phase of the moment."""
        if self.over:
            return
        belief = paces.of(self.key)
        whole = self.part.seconds * expected(*belief)
        more = self.part.rounds - self.ended - (1 if self.entered else 0)
        if more > 0:
            total.add(self.key, whole * more, belief)
        if not self.entered:
            return
        mean, variance = belief[0], belief[1] + BETWEEN**2
        if self._recent_done > 0 and self._recent_spent > 0:
            seen = logarithm(self._recent_spent / (self._recent_done * self.part.seconds))
            mean, variance = combined((mean, variance), seen, _noise(self._recent_done, self.done))
        rest = (1 - self.done) * self.part.seconds * expected(mean, variance)
        if since is not None:
            waited = since if self.done > self.start else self.spent + since
            rest = max(rest - waited, OVERDUE * waited * (1 - self.done))
        total.add_own(rest, variance)


def _noise(gained: float, done: float) -> float:
    """Variance of what a part of a round says of the rest of it."""
    return WITHIN**2 * max(0.0, 1.0 - done + 0.05) / gained


class _JobClock:
    """One job's phases."""

    def __init__(self, work: Work) -> None:
        self.probe = work.probe
        self.phases = {part.phase: _Phase(part, work.probe) for part in work.parts}
        self.began: float | None = None
        self.over = False
        self.at = 0.0
        """When the phase of the moment took its latest step."""
        self.phase: str | None = None
        self._elapsed = 0.0
        self.share = 0.0

    def start(self, at: float) -> None:
        self.began = self.at = at
        self._enter(START, 0.0)

    def progress(self, at: float, progress: Progress) -> None:
        if self.began is None:
            self.start(at)
        done = min(1.0, max(0.0, progress.done / progress.total)) if progress.total else 0.0
        seconds, self.at = at - self.at, at
        if progress.phase != self.phase:
            self._leave(seconds)
            seconds = self._elapsed = 0.0
            self._enter(progress.phase, done)
        # What was told before anybody read it comes all at once: its own seconds say how long it took.
        seconds = max(seconds, progress.elapsed - self._elapsed)
        self._elapsed = progress.elapsed
        phase = self.phases[progress.phase]
        if done < phase.done - 1e-9:  # from the beginning again
            phase.end_round()
            phase.enter(done)
        phase.step(done, seconds)

    def end(self, at: float, paces: Paces, whole: bool) -> None:
        if whole and self.phase is not None:
            self._leave(at - self.at)
        self.teach(paces)
        self.over = True

    def _leave(self, seconds: float) -> None:
        """The phase of the moment gives way to another: for good, or for a while."""
        if self.phase is None:
            return
        phase = self.phases[self.phase]
        silent = self.phase == START or phase.done <= phase.start
        phase.step(1.0 if silent else phase.done, seconds)
        if phase.done >= 1.0:
            phase.end_round()
            phase.entered = False
            phase.over = phase.ended >= phase.part.rounds

    def _enter(self, name: str, done: float) -> None:
        if name not in self.phases:
            self.phases[name] = _Phase(Part(name, UNKNOWN_S), self.probe)
            self.phases.pop("", None)
        phase, self.phase = self.phases[name], name
        if not phase.entered:
            phase.over = False
            phase.enter(done)
        for earlier in self.phases.values():
            if earlier is phase:
                break
            if earlier.part.rounds == 1:
                earlier.over = True

    def teach(self, paces: Paces) -> None:
        """Let others learn from what has run of it."""
        for phase in self.phases.values():
            phase.teach(paces)

    def left(self, paces: Paces, now: float) -> _Sum:
        """All that is left of it."""
        total = _Sum()
        if self.over:
            return total
        for name, phase in self.phases.items():
            phase.left(paces, total, max(0.0, now - self.at) if name == self.phase else None)
        if self.began is not None and total.seconds <= 0:
            total.add_own(max(0.1, OVERDUE * (now - self.at)), 1.0)
        return total


class Clock:
    """What the entries of a journal up to now say of time."""

    def __init__(self) -> None:
        self.paces = Paces()
        self._jobs: list[_JobClock] = []
        self._ahead: list[Work] = []
        self._parallel, self._planned = 1, False
        self._until: float | None = None
        self._began = self._at = 0.0
        self._share = 0.0
        self._over = True

    def fold(self, entry: Entry) -> None:
        """Take in one entry."""
        event = entry.event
        if isinstance(event, Begun):
            self._began, self._over = entry.at, False
        elif isinstance(event, Ended):
            self._over = True
            for job in self._jobs:
                job.over = True
        elif isinstance(event, Foreseen):
            self._foresee(entry.at, event)
        elif isinstance(event, Queued):
            if not self._jobs and self._over:  # a journal of jobs alone
                self._began, self._over = entry.at, False
            self._jobs.append(_JobClock(self._work_of(event.job)))
        elif entry.job is not None:
            self._fold_event(self._jobs[entry.job], entry.at, event)
        if not isinstance(event, Progress) or entry.at - self._at >= STEP_S:
            self._reckon(entry.at)

    def _fold_event(self, job: _JobClock, at: float, event: object) -> None:
        if isinstance(event, Started):
            job.start(at)
        elif isinstance(event, Progress):
            job.progress(at, event)
        elif isinstance(event, Finished | Failed):
            job.end(at, self.paces, isinstance(event, Finished))

    def _foresee(self, at: float, event: Foreseen) -> None:
        self._ahead, self._parallel, self._planned = list(event.works), event.parallel, event.planned
        self._until = None if event.limit is None else at + event.limit
        if event.paces and not self.paces.known:
            self.paces = Paces.earlier(event.paces)

    def _work_of(self, job: Job) -> Work:
        """What was foreseen of it, or of one of its kind."""
        for same in (
            lambda work: (work.probe, work.subject) == (job.probe, job.subject),
            lambda work: work.probe == job.probe,
        ):
            found = next((place for place, work in enumerate(self._ahead) if same(work)), None)
            if found is not None:
                return self._ahead.pop(found)
        return unforeseen(job)

    def _reckon(self, at: float) -> None:
        self._at = at
        if self._over:
            return
        whole, each = self._left(at)
        for job, left in each:
            if job.began is not None:
                job.share = max(job.share, _share(at - job.began, _reckoned(0.0, left).high))
        if each or self._ahead:
            self._share = max(self._share, _share(at - self._began, whole.high))

    @property
    def alone(self) -> bool:
        """Whether one job is all there is."""
        return len(self._jobs) + len(self._ahead) == 1

    def run(self, now: float) -> Reckoned | None:
        """The whole run; None before anything is ahead and once it is over."""
        unknown = self._over or not (self._jobs or self._ahead)
        return None if unknown else self._left(now)[0]

    def job(self, number: int, now: float) -> Reckoned | None:
        """One job by its number; None once it is over."""
        job = self._jobs[number]
        if job.over:
            return None
        left = job.left(self._supposed(), now)
        return _reckoned(job.share, left)

    def _supposed(self) -> Paces:
        """With what the running jobs say of the others."""
        paces = self.paces.copy()
        for job in self._jobs:
            if not job.over and job.began is not None:
                job.teach(paces)
        return paces

    def _left(self, now: float) -> tuple[Reckoned, list[tuple[_JobClock, _Sum]]]:
        paces, each = self._supposed(), []
        total, longest = _Sum(), 0.0
        for job in self._jobs:
            if not job.over:
                left = job.left(self.paces if job.began is not None else paces, now)
                each.append((job, left))
                total.merge(left)
                longest = max(longest, left.seconds)
        going = _reckoned(self._share, total)
        for work in self._ahead:
            left = _JobClock(work).left(paces, now)
            total.merge(left)
            longest = max(longest, left.seconds)
        found = _reckoned(self._share, total, max(longest, total.seconds / self._parallel))
        if self._planned:
            found = self._by_plan(found, going, now)
        return found, each

    def _by_plan(self, found: Reckoned, going: Reckoned, now: float) -> Reckoned:
        """Those ahead may be dropped, and do not begin where they would end after the limit."""
        left, high = found.left, found.high
        if self._until is not None:
            rest = max(0.0, self._until - now)
            left, high = max(going.left, min(left, rest)), max(going.high, min(high, rest))
        return Reckoned(found.share, left, min(going.low, left), max(high, left))


def unforeseen(job: Job) -> Work:
    """Of a job nobody foretold."""
    return Work(job.probe, job.subject, (Part(START, START_S), Part("", UNKNOWN_S)))


def _share(spent: float, left: float) -> float:
    return min(WHOLE, spent / (spent + left)) if spent > 0 else 0.0


def _reckoned(share: float, total: _Sum, left: float | None = None) -> Reckoned:
    seconds = total.seconds if left is None else left
    factor = math.exp(INTERVAL * min(1.0, total.spread))
    return Reckoned(share, seconds, seconds / factor, seconds * factor)
