"""One engine for a race: run by a command or by the app it is recorded alike, and restored alike."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from catalog.evidence.store import RunState
from probes.jobs.journal import entry_line, journal_of
from probes.race.entry import Entry, prepare
from probes.race.keeping import ranked
from probes.race.restoring import last_race
from probes.race.running import Race
from probes.race.standings import KINDS, LaneState, RaceState, Track
from tests.tui.app import app_fakes as fakes
from tests.tui.app import trial_fakes


@pytest.fixture
def entry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Entry:
    monkeypatch.setenv("BASEFIT_HOME", str(tmp_path))
    monkeypatch.setattr("probes.jobs.runner.COALESCE_S", 0.0)
    settings = {"examples": 800, "samples": 2, "seed": 3}
    return Entry(trial_fakes.data(tmp_path), fakes.models(tmp_path), ("nf4", "bf16"), settings)


def race(entry: Entry, folder: Path, executor: trial_fakes.RaceExecutor, **options: Any) -> Race:
    return Race(entry, prepare(entry), lambda: fakes.store(folder), executor, **options)


def shown(track: Track) -> tuple[Any, ...]:
    return track.lanes, track.places, track.leavings, track.state, track.predicted, track.course


def test_a_reader_of_the_journal_elsewhere_sees_the_same_race(tmp_path: Path, entry: Entry) -> None:
    found = race(entry, tmp_path, trial_fakes.RaceExecutor(dead="small-model"))
    assert asyncio.run(found.run()) is RunState.DONE
    lines = [entry_line(told) for told in found.journal.entries]
    elsewhere = Track(journal_of(lines, KINDS, found.journal.clock)).read()
    assert shown(elsewhere) == shown(found.track)
    assert elsewhere.seconds == found.track.seconds
    states = {lane.racer.name: lane.state for lane in elsewhere.lanes}
    assert states == {"small-model": LaneState.FAILED, "large-model": LaneState.MEASURED}


def test_a_race_of_a_command_is_restored_with_all_its_settings(tmp_path: Path, entry: Entry) -> None:
    by_command = race(entry, tmp_path, trial_fakes.RaceExecutor(), command="basefit trial a b")
    assert asyncio.run(by_command.run()) is RunState.DONE
    store = fakes.store(tmp_path)
    (run,) = store.runs()
    found = last_race(store, "cpu")
    store.close()
    assert found is not None
    again, kept = found
    assert again == entry
    assert (run.command, run.result["winner"]["model"]) == ("basefit trial a b", "large-model")
    assert {"targets", "levels", "data", "settings", "race", "machine"} == set(run.request)
    executor = trial_fakes.RaceExecutor()
    restored = race(again, tmp_path, executor)
    asyncio.run(restored.replay(kept))
    assert executor.ran == []
    track, before = restored.track, by_command.track
    assert [ranked(place) for place in track.places] == [ranked(place) for place in before.places]
    assert (track.leavings, track.state) == (before.leavings, RaceState.DONE)
    assert [lane.held_out for lane in track.lanes] == [lane.held_out for lane in before.lanes]


async def test_a_race_stopped_goes_on_and_names_what_it_rests_on(tmp_path: Path, entry: Entry) -> None:
    executor = trial_fakes.RaceExecutor(stuck=("large-model", "nf4", 200))
    found = race(entry, tmp_path, executor)
    running = asyncio.create_task(found.run())
    async with asyncio.timeout(60):
        while not any(lane.state is LaneState.MEASURED for lane in found.track.lanes if lane.losses):
            await asyncio.sleep(0.01)
        while ("large-model", 200) not in [
            (job.arguments["name"], job.arguments["examples"]) for job in executor.ran
        ]:
            await asyncio.sleep(0.01)
    found.stop(pausing=True)
    with pytest.raises(asyncio.CancelledError):
        await running
    assert found.track.state is RaceState.PAUSED
    executor.stuck = None
    assert await found.run() is RunState.DONE
    store = fakes.store(tmp_path)
    last, first = store.runs()
    store.close()
    assert (first.status, last.status) == (RunState.CANCELLED, RunState.DONE)
    assert set(first.result["evidence"]) < set(last.result["evidence"]), "what was known counts as its too"


async def test_all_failing_is_a_failed_race(tmp_path: Path, entry: Entry) -> None:
    class Nothing(trial_fakes.RaceExecutor):
        async def lines(self, job: Any) -> Any:
            self.dead = job.arguments["name"]
            async for line in super().lines(job):
                yield line

    found = race(entry, tmp_path, Nothing())
    assert await found.run() is RunState.FAILED
    assert found.track.state is RaceState.FAILED
    assert len(found.failed) == 4
