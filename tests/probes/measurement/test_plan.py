"""The plan of measurement, replayed on recordings of the bundled family."""

from pathlib import Path
from random import Random

import pytest

from catalog.evidence.store import Store
from probes.checkpoint.target import DEMO
from probes.jobs.events import Failed, FailureKind, encode
from probes.jobs.runner import Exit, Job, Runner
from probes.measurement.plan import Chosen, measure_within
from probes.measurement.question import Inputs
from tests.probes.measurement.verdict_replay import WINDOWS, Replay, random_request, replay


@pytest.fixture
def store(tmp_path: Path):
    opened = Store(tmp_path / "evidence.sqlite")
    yield opened
    opened.close()


async def test_the_verdict_is_that_of_measuring_everything_at_a_fraction_of_its_cost(
    tmp_path: Path,
) -> None:
    rng, outcomes = Random(8), []
    for number in range(25):
        store = Store(tmp_path / f"{number}.sqlite")
        outcomes.append(await replay(random_request(rng), store))
        store.close()
    assert sum(one.chosen == one.right for one in outcomes) >= 24
    assert sum(one.spent for one in outcomes) <= 0.4 * sum(one.exhaustive for one in outcomes)


def _request():
    rng = Random(8)
    return next(
        asked for asked in iter(lambda: random_request(rng), None) if asked.use == "infer" and asked.data
        and asked.budget.bytes > 12 * 2**20
    )  # fmt: skip


def _inputs() -> Inputs:
    return Inputs(DEMO / "held-out.txt", DEMO / "instructions.jsonl", windows=WINDOWS)


async def _run(store: Store, executor: Replay, minutes: float | None = None) -> list[Chosen]:
    steps = measure_within(
        _request(), _inputs(), Runner(store, None, executor), Path("adapters"), minutes, executor.clock
    )
    return [event async for _, event in steps if isinstance(event, Chosen)]


async def test_a_run_cut_short_goes_on_where_it_stood(store: Store) -> None:
    whole = await _run_elsewhere(store)
    first = Replay()
    assert await _run(store, first, minutes=0.5)
    assert first.spent < whole.spent
    second = Replay()
    await _run(store, second)
    done = [*first.jobs, *second.jobs]
    assert {(job.probe, job.subject) for job in done} == {(job.probe, job.subject) for job in whole.jobs}
    assert first.spent + second.spent <= whole.spent * 1.01
    third = Replay()
    assert await _run(store, third) == []
    assert third.jobs == []


async def _run_elsewhere(store: Store) -> Replay:
    other = Store(store.path.with_name("other.sqlite"))
    executor = Replay()
    await _run(other, executor)
    other.close()
    return executor


async def test_no_time_measures_no_model(store: Store) -> None:
    executor = Replay()
    assert await _run(store, executor, minutes=0.0) == []
    assert [job.probe for job in executor.jobs] == ["tokenizers"]


class Failing(Replay):
    """Every probe of a model fails."""

    async def lines(self, job: Job):
        self.jobs.append(job)
        yield encode(Failed(FailureKind.OOM, "probe-oom", {}, ""))
        yield Exit(1, "")


async def test_a_job_that_fails_is_not_tried_again(store: Store) -> None:
    executor = Failing()
    await _run(store, executor)
    tried = [(job.probe, job.subject) for job in executor.jobs]
    assert len(tried) == len(set(tried))
