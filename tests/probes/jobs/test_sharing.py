"""Two on one store: a job that is being measured is followed, and done oneself when its process is gone."""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import AsyncGenerator
from contextlib import aclosing, closing
from dataclasses import replace
from pathlib import Path

from catalog.evidence.store import Store
from probes.jobs.events import Event, Failed, FailureKind, Finished, Metric, Progress, Started, Told, encode
from probes.jobs.owner import Owner, owner_of, started, this_process
from probes.jobs.runner import Exit, Job, Runner
from probes.jobs.sharing import Sharing, claim_in

JOB = Job("perplexity", {"target": "m", "levels": ["bf16", "nf4"], "standing": "m.pass"}, "model m")


def metric(level: str) -> Metric:
    return Metric("perplexity", "m", "r", level, {"text_sha256": "t"}, {"ppl": 2.0})


class Probe:
    """Measures each level of a job, the last one only when `go` is set; says how often it ran."""

    def __init__(self, going: bool = True, fails: bool = False) -> None:
        self.ran, self.fails, self.go, self.up = 0, fails, asyncio.Event(), asyncio.Event()
        if going:
            self.go.set()

    async def lines(self, job: Job) -> AsyncGenerator[str | Exit, None]:
        self.ran += 1
        yield encode(Started(job.probe, 7))
        *first, last = job.arguments["levels"]
        for level in first:
            yield encode(metric(level))
        yield encode(Progress("layers", 1, 2))
        self.up.set()
        await self.go.wait()
        yield encode(metric(last))
        if self.fails:
            yield encode(Failed(FailureKind.CRASH, "probe-crashed", {"detail": "x"}))
        else:
            yield encode(Finished({"levels": [{"level": level} for level in job.arguments["levels"]]}))
        yield Exit(3 if self.fails else 0, "")


async def events(executor: Sharing, job: Job = JOB, store: Store | None = None) -> list[Event]:
    async with aclosing(Runner(store, executor=executor).events(job)) as found:
        return [event async for event in found]


def plain(found: list[Event]) -> list[Event]:
    return [event for event in found if not isinstance(event, Progress | Told)]


async def both(tmp_path: Path, job: Job, probe: Probe) -> tuple[list[Event], list[Event], Probe]:
    """One that measures JOB, and another that asks for `job` meanwhile."""
    other = Probe()
    one = asyncio.create_task(events(Sharing(probe, tmp_path)))
    await probe.up.wait()
    two = asyncio.create_task(events(Sharing(other, tmp_path), job))
    await asyncio.sleep(0.3)
    assert other.ran == 0, "not while the first is at it"
    probe.go.set()
    return await one, await two, other


async def test_what_another_is_measuring_is_followed_and_taken(tmp_path: Path) -> None:
    first, second, other = await both(tmp_path, JOB, Probe(going=False))
    assert other.ran == 0
    assert second[0] == Told("measured-elsewhere", {"subject": "model m", "pid": this_process().pid})
    assert plain(second) == plain(first)
    assert any(isinstance(event, Progress) for event in second)


async def test_of_more_levels_those_are_taken_that_are_asked_for(tmp_path: Path) -> None:
    some = replace(JOB, arguments=JOB.arguments | {"levels": ["nf4"]})
    _, second, other = await both(tmp_path, some, Probe(going=False))
    assert other.ran == 0
    assert plain(second)[1:] == [metric("nf4"), Finished({"levels": [{"level": "nf4"}]})]


async def test_what_would_write_the_same_file_waits_for_the_end(tmp_path: Path) -> None:
    more = replace(JOB, arguments=JOB.arguments | {"levels": ["fp4"]})
    _, second, other = await both(tmp_path, more, Probe(going=False))
    assert other.ran == 1
    assert second[0] == Told("in-the-way-elsewhere", {"subject": "model m", "pid": this_process().pid})
    assert second[-1] == Finished({"levels": [{"level": "fp4"}]})


async def test_what_ended_after_it_was_planned_is_not_repeated_and_what_failed_is(tmp_path: Path) -> None:
    planned, late = Probe(), Probe()
    waiting = Sharing(planned, tmp_path)
    done = await events(Sharing(Probe(), tmp_path))
    assert plain(await events(waiting)) == plain(done)
    await events(Sharing(late, tmp_path))
    assert (planned.ran, late.ran) == (0, 1), "what is planned later asks the store first, and means it"
    again = Sharing(planned, tmp_path / "other")
    await events(Sharing(Probe(fails=True), tmp_path / "other"))
    assert isinstance((await events(again))[-1], Finished)


async def test_what_was_cut_off_is_done_by_who_followed_it(tmp_path: Path) -> None:
    probe, other = Probe(going=False), Probe()
    with closing(Store(tmp_path / "evidence.sqlite")) as store:
        one = asyncio.create_task(events(Sharing(probe, tmp_path / "claims")))
        await probe.up.wait()
        two = asyncio.create_task(events(Sharing(other, tmp_path / "claims"), store=store))
        await asyncio.sleep(0.3)
        one.cancel()
        found = await two
        assert other.ran == 1
        assert isinstance(found[-1], Finished)
        assert [row.level for row in store.find()] == ["bf16", "nf4"], "each once"


async def test_a_claim_of_a_process_that_is_gone_is_taken_over(tmp_path: Path) -> None:
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    probe = Probe(going=False)
    one = asyncio.create_task(events(Sharing(probe, tmp_path)))
    await probe.up.wait()
    (folder,) = (one for one in tmp_path.iterdir() if one.is_dir())
    about = json.loads((folder / "claim.json").read_text())
    theirs = replace(this_process(), pid=child.pid, started=started(child.pid) or 0.0)
    (folder / "claim.json").write_text(json.dumps(about | {"owner": theirs.plain()}))
    other = Probe()
    two = asyncio.create_task(events(Sharing(other, tmp_path)))
    await asyncio.sleep(0.8)
    assert (other.ran, theirs.lives(folder)) == (0, True)
    child.kill()  # and nobody waits for it yet: what is left of it does not live
    found = await two
    assert (other.ran, theirs.lives(folder)) == (1, False)
    assert isinstance(found[-1], Finished)
    child.wait()
    one.cancel()


async def test_where_nothing_can_be_written_nothing_is_shared(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert isinstance((await events(Sharing(Probe(), tmp_path / "file" / "claims")))[-1], Finished)


def test_an_owner_is_a_number_and_a_start(tmp_path: Path) -> None:
    me = this_process()
    assert me.lives(tmp_path)
    assert owner_of(me.plain()) == me
    assert not replace(me, started=me.started - 100).lives(tmp_path), "the number was given again"
    assert owner_of({"pid": 1}) is None
    (tmp_path / "claim.json").write_text("{")
    assert claim_in(tmp_path) is None


def test_another_machines_process_lives_while_its_file_is_touched(tmp_path: Path) -> None:
    file = tmp_path / "claim.json"
    file.touch()
    theirs = Owner(1, 0.0, "another machine")
    assert theirs.lives(file)
    os.utime(file, (1.0, 1.0))
    assert not theirs.lives(file)
    assert not theirs.lives(tmp_path / "gone")
