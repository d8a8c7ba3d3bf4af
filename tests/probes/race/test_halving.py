"""The race on simulated curves, through the real runner, queue and store."""

import asyncio
import json
import random
from collections.abc import AsyncGenerator, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from catalog.evidence.store import Store
from catalog.memory.footprint import Footprint
from probes.jobs.journal import Journal
from probes.jobs.runner import Exit, Job, Runner
from probes.race.halving import Course, Place, Racer, RungBegun, RungDone, kept_after, race, ranking, rungs
from probes.race.standings import Entered, HeldOut, LaneState, Track
from probes.trial.job import ANSWERING, evidence_key, parse

HOLDOUT = 40


class Simulated:
    """An executor whose trials follow given curves: name -> bits per byte at a number of examples."""

    def __init__(self, curves: Mapping[str, Any], fails: tuple[str, ...] = ()) -> None:
        self.curves, self.fails = curves, fails
        self.ran: list[tuple[str, int]] = []
        self.jobs: list[Job] = []

    async def lines(self, job: Job) -> AsyncGenerator[str | Exit, None]:
        name, examples = job.arguments["name"], job.arguments["examples"]
        self.ran.append((name, examples))
        self.jobs.append(job)
        failed = name in self.fails
        if not failed:
            yield json.dumps({"event": "metric"} | self._metric(job, self.curves[name](examples)))
        row = {"status": "failed" if failed else "done", "reason": "nan-loss" if failed else None}
        yield json.dumps({"event": "finished", "result": {"trials": [row]}})
        yield Exit(0, "")

    def _metric(self, job: Job, bits: float) -> dict[str, Any]:
        draw = random.Random(7)  # the same holdout for all: differences are between models
        spans = [{"bytes": 100, "nats": 69.3 * bits * draw.uniform(0.8, 1.2)} for _ in range(HOLDOUT)]
        found = sum(span["nats"] for span in spans) / (100 * HOLDOUT) / 0.693
        key = evidence_key(parse(job.arguments), "d", "h", 1e-3, "alpaca")
        values = {"bits_per_byte": found, "bits_per_byte_se": 0.03, "spans": spans}
        values |= {"points": [{"examples": job.arguments["examples"], "bits_per_byte": found, "se": 0.03}]}
        values |= {"answers": {name: job.arguments.get(name) for name in ANSWERING}}
        about = {name: job.arguments[name] for name in ("revision", "level")}
        return about | {
            "kind": "trial",
            "model": job.arguments["name"],
            "key": key,
            "values": values,
        }


def racers(names: str) -> list[Racer]:
    return [Racer(name, f"/models/{name}", f"rev-{name}", "nf4") for name in names]


def steps(
    entered: list[Racer], executor: Simulated, folder: Path, settings: Mapping[str, Any] | None = None
) -> list[Any]:
    """Everything that one race yields."""

    async def whole() -> list[Any]:
        store = Store(folder / "store.sqlite")
        course = Course(folder / "data.jsonl", "d", folder, examples=3200, settings=settings or {})
        try:
            return [step async for step in race(entered, course, Runner(store, executor=executor))]
        finally:
            store.close()

    return asyncio.run(whole())


def run(
    names: str, executor: Simulated, folder: Path, more: tuple[Racer, ...] = ()
) -> tuple[list[RungDone], list[Place]]:
    done = [step for step in steps([*racers(names), *more], executor, folder) if isinstance(step, RungDone)]
    return done, ranking(done[-1].order)


def power(start: float, slope: float) -> Any:
    return lambda examples: start * (examples / 200) ** -slope


CURVES = {name: power(2 + 0.1 * index, 0.2) for index, name in enumerate("abcdefgh")}


def test_rungs_and_how_many_stay() -> None:
    assert rungs(3200) == [200, 800, 3200]
    assert rungs(256) == [64, 256]
    assert rungs(20) == [20]
    assert [kept_after(0, n) for n in (17, 8, 5, 3)] == [9, 4, 3, 3]
    assert kept_after(1, 9) == 2


def test_half_leave_then_all_but_two(tmp_path: Path) -> None:
    executor = Simulated(CURVES)
    done, places = run("abcdefgh", executor, tmp_path)
    assert [rung.kept for rung in done] == [4, 2, 0]
    assert [sorted(n for n, e in executor.ran if e == size) for size in (200, 800, 3200)] == [
        list("abcdefgh"),
        list("abcd"),
        list("ab"),
    ]
    assert [place.standing.racer.name for place in places] == list("abcdefgh")
    assert not any(place.tied for place in places)


def test_one_who_starts_slowly_and_learns_faster_wins(tmp_path: Path) -> None:
    curves = CURVES | {"c": power(2.25, 0.4)}
    _, places = run("abcdefgh", Simulated(curves), tmp_path)
    assert places[0].standing.racer.name == "c"


def test_a_failed_run_leaves_and_the_others_go_on(tmp_path: Path) -> None:
    done, places = run("abcdefgh", Simulated(CURVES, fails=("a",)), tmp_path)
    assert places[0].standing.racer.name == "b"
    assert (places[-1].standing.racer.name, places[-1].standing.reason) == ("a", "nan-loss")
    assert len(done[-1].order) == 8


def test_ties_are_told_and_the_prior_breaks_them(tmp_path: Path) -> None:
    twin = Racer("twin", "/models/twin", "rev-twin", "nf4", prior=-1)
    curves = CURVES | {"twin": CURVES["a"]}
    _, places = run("abcdefgh", Simulated(curves), tmp_path, (twin,))
    assert [place.standing.racer.name for place in places[:2]] == ["twin", "a"]
    assert [place.tied for place in places[:3]] == [True, True, False]


def test_a_race_that_was_broken_off_runs_only_what_is_missing(tmp_path: Path) -> None:
    first = Simulated(CURVES)
    before, _ = run("abcdefgh", first, tmp_path)
    again = Simulated(CURVES)
    after, _ = run("abcdefgh", again, tmp_path)
    assert again.ran == []
    assert [s.racer for s in after[-1].order] == [s.racer for s in before[-1].order]


@pytest.mark.parametrize("seed", range(5))
def test_every_racer_is_placed_once(seed: int, tmp_path: Path) -> None:
    draw = random.Random(seed)
    curves = {name: power(draw.uniform(1, 3), draw.uniform(0.05, 0.4)) for name in "abcdefgh"}
    _, places = run("abcdefgh", Simulated(curves, fails=tuple(draw.sample("abcdefgh", 2))), tmp_path)
    assert sorted(place.standing.racer.name for place in places) == list("abcdefgh")


def test_of_those_tied_with_the_same_prior_the_smaller_wins(tmp_path: Path) -> None:
    light = Racer("twin", "/models/twin", "rev-twin", "nf4", weight_bytes=1)
    heavy = Racer("a", "/models/a", "rev-a", "nf4", weight_bytes=2)
    executor = Simulated({"a": power(2, 0.2), "twin": power(2, 0.2)})
    last = steps([heavy, light], executor, tmp_path)[-1]
    assert [standing.racer.name for standing in last.order] == ["twin", "a"]


def test_a_rung_at_which_nobody_could_leave_is_passed_over(tmp_path: Path) -> None:
    for names, sizes in (("ab", {3200}), ("abc", {800, 3200}), ("abcd", {200, 800, 3200})):
        executor = Simulated(CURVES)
        run(names, executor, tmp_path / names)
        assert {size for _, size in executor.ran} == sizes


def test_only_those_who_reach_the_end_are_asked_for_answers(tmp_path: Path) -> None:
    executor = Simulated(CURVES)
    steps(racers("abcd"), executor, tmp_path, {"samples": 3, "metric": "rouge-l"})
    asked = {job.arguments["examples"] for job in executor.jobs if job.arguments["samples"]}
    assert asked == {3200}
    again = Simulated(CURVES)
    steps(racers("abcd"), again, tmp_path, {"samples": 5, "metric": "rouge-l"})
    assert again.ran == [("a", 3200), ("b", 3200)], "more answers were asked for than the store has"


def test_when_all_fail_the_race_is_over(tmp_path: Path) -> None:
    done, places = run("abcd", Simulated(CURVES, fails=tuple("abcd")), tmp_path)
    assert [rung.kept for rung in done] == [0]
    assert {place.standing.reason for place in places} == {"nan-loss"}


def tracked(names: str, told: list[Any]) -> Iterator[tuple[Track, Any]]:
    """The track after each step of a race."""
    journal = Journal()
    track = Track(journal)
    course = Course(Path("data.jsonl"), "d", Path())
    journal.tell(Entered(tuple(racers(names)), course, tuple(Footprint(()) for _ in names)))
    for step in told:
        job, event = step if isinstance(step, tuple) else (None, step)
        journal.tell(event, job)
        yield track.read(), step


def test_the_track_follows_every_lane(tmp_path: Path) -> None:
    *_, (track, _) = tracked("abcde", steps(racers("abcde"), Simulated(CURVES, fails=("c",)), tmp_path))
    states = {lane.racer.name: lane.state for lane in track.lanes}
    measured, left = LaneState.MEASURED, LaneState.LEFT
    assert states == {"a": measured, "b": measured, "c": LaneState.FAILED, "d": left, "e": left}
    assert [place.standing.racer.name for place in track.places] == list("abdec")
    assert track.over
    for again, step in tracked("abcde", steps(racers("abcde"), Simulated(CURVES), tmp_path)):
        if isinstance(step, RungBegun) and step.number == 1:
            known = [standing.racer.name for standing in step.known]
            assert known == list("abde")
            assert again.lane(racers("a")[0]).held_out == [HeldOut(200, pytest.approx(2.0, abs=0.2), 0.03)]


def test_a_cancelled_racer_leaves_and_is_told_so(tmp_path: Path) -> None:
    class Cancelled(Simulated):
        async def lines(self, job: Job) -> AsyncGenerator[str | Exit, None]:
            if job.arguments["name"] == "a":
                yield json.dumps({"event": "failed", "kind": "cancelled", "code": "cancelled"})
                yield Exit(130, "")
                return
            async for line in super().lines(job):
                yield line

    *_, (track, _) = tracked("ab", steps(racers("ab"), Cancelled(CURVES), tmp_path))
    assert [lane.state for lane in track.lanes] == [LaneState.CANCELLED, LaneState.MEASURED]
