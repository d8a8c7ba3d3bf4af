"""Shares never fall, a time left never vanishes, whatever jobs tell; who reads late sees the same."""

import math
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from catalog.evidence.store import RunState
from probes.jobs.clock import START, Clock, Foreseen, Part, Reckoned, Work
from probes.jobs.events import Failed, FailureKind, Finished, Progress, Started
from probes.jobs.journal import KINDS, Begun, Ended, Journal, entry_line, journal_of
from probes.jobs.pace import Paces
from probes.jobs.queue import Queued
from probes.jobs.runner import Job

PHASES = ("read", "layers", "head", "score", "train", "answer", "surprise")
WORK = Work("probe", "a", (Part(START, 3), Part("layers", 60), Part("score", 5, 3), Part("train", 90)))
told = st.lists(
    st.tuples(
        st.floats(0, 200, allow_subnormal=False),
        st.sampled_from(("progress", "progress", "progress", "queue", "finish", "fail", "foresee")),
        st.sampled_from(PHASES),
        st.integers(0, 12),
        st.integers(0, 3),
    ),
    max_size=40,
)


class _Told:
    """A journal with a clock that stands still while nothing is told."""

    def __init__(self) -> None:
        self.now = 0.0
        self.journal, self.clock, self.read = Journal(lambda: self.now), Clock(), 0
        self.jobs: list[Job] = []
        self.going: list[Job] = []

    def tell(self, event: object, job: Job | None = None) -> None:
        self.journal.tell(event, job)
        self.clock.fold(self.journal.entries[-1])

    def queue(self, subject: str) -> Job:
        job = Job("probe", {"number": len(self.jobs)}, subject)
        self.jobs.append(job)
        self.going.append(job)
        self.tell(Queued(job), job)
        return job


def _check(before: Reckoned | None, now: Reckoned | None) -> None:
    assert now is not None
    assert 0 <= now.share <= 1
    assert 0 <= now.low <= now.left <= now.high < math.inf
    assert before is None or now.share >= before.share


@settings(max_examples=40, deadline=None)
@given(told)
def test_no_share_falls_and_no_time_left_vanishes(steps: list[tuple[float, str, str, int, int]]) -> None:
    run, whole = _Told(), None
    run.tell(Begun())
    run.tell(Foreseen((WORK, Work("probe", "b", WORK.parts), Work("other", "c", WORK.parts))))
    run.tell(Started("probe", 1), run.queue("a"))
    each: dict[int, Reckoned] = {}
    for seconds, kind, phase, number, choice in steps:
        for moment in (run.now, run.now + seconds):  # looked at in between too
            run.now = moment
            found = run.clock.run(run.now)
            _check(whole, found)
            whole = found
        job = run.going[choice % len(run.going)] if run.going else run.queue("b")
        if kind == "queue":
            run.tell(Started("probe", 1), run.queue("b"))
        elif kind == "foresee":
            run.tell(Foreseen((WORK,) * choice, 1 + choice % 2, choice > 1, 100.0 * choice or None))
        elif kind == "progress":
            run.tell(Progress(phase, number, 10 if choice else 0, "layers"), job)
        else:
            run.going.remove(job)
            end = Finished({}) if kind == "finish" else Failed(FailureKind.OOM, "out-of-memory")
            run.tell(end, job)
            assert run.clock.job(run.jobs.index(job), run.now) is None
        for going in run.going:
            place = run.jobs.index(going)
            own = run.clock.job(place, run.now)
            _check(each.get(place), own)
            assert own is not None
            each[place] = own
    late = Clock()
    kinds = (*KINDS, Foreseen)
    for entry in journal_of(map(entry_line, run.journal.entries), kinds, lambda: run.now).entries:
        late.fold(entry)
    assert late.run(run.now) == run.clock.run(run.now)
    run.tell(Ended(RunState.DONE))
    assert run.clock.run(run.now) is None


def _measured(run: _Told, subject: str, seconds: float, layers: int = 10) -> list[float]:
    """A job whose layers take `seconds` each; the time left of the run after each."""
    job = run.queue(subject)
    run.tell(Started("probe", 1), job)
    run.now += 3
    left = []
    for done in range(layers + 1):
        run.tell(Progress("layers", done, layers, "layers"), job)
        found = run.clock.run(run.now)
        assert found is not None
        left.append(found.left)
        run.now += seconds if done < layers else 0
    run.tell(Finished({}), job)
    return left


def test_what_ran_foretells_what_is_ahead() -> None:
    parts = (Part(START, 3), Part("layers", 100))
    run = _Told()
    run.tell(Begun())
    run.tell(Foreseen(tuple(Work("probe", name, parts) for name in "abcd")))
    left = _measured(run, "a", 40.0)  # four times as long as foretold: 1,200 s are still ahead
    assert left[0] < 600
    assert 900 < left[-1] < 1700
    assert all(later >= 0 for _, later in pairwise(left))
    _measured(run, "b", 40.0)
    found = run.clock.run(run.now)
    assert found is not None
    assert 600 < found.left < 1100
    assert found.low < 800 < found.high


def test_nothing_is_called_done_before_it_is_known_what_is_ahead() -> None:
    run = _Told()
    run.tell(Begun())
    run.now = 5.0
    run.tell(Ended(RunState.CANCELLED))
    run.tell(Begun())
    assert run.clock.run(run.now) is None
    run.now = 8.0
    run.tell(Foreseen((WORK, WORK)))
    found = run.clock.run(run.now)
    assert found is not None
    assert found.share < 0.05


def test_the_pace_of_an_earlier_run_is_where_the_next_begins() -> None:
    parts = (Part(START, 3), Part("layers", 100))
    first = _Told()
    first.tell(Begun())
    first.tell(Foreseen((Work("probe", "a", parts),)))
    _measured(first, "a", 40.0)
    second = _Told()
    second.tell(Begun())
    second.tell(Foreseen((Work("probe", "a", parts),), paces=first.clock.paces.plain()))
    found = second.clock.run(0.0)
    assert found is not None
    assert 250 < found.left < 550
    assert Paces.earlier({"a": "wrong", "b": [1, None], "": [0.5, 0.1]}).known.keys() == {""}
