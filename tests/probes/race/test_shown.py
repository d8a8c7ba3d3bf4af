"""Which trial an export takes: the one that was shown last, whether it was measured then or found again."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from catalog.evidence.records import Evidence
from catalog.evidence.store import RunState, Store
from catalog.problem import Problem
from probes.race.shown import Wanted, rows_job, shown


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = Store(tmp_path / "store.db")
    yield store
    store.close()


def trial(
    name: str = "small", level: str = "nf4", data: str = "a", examples: int = 32, **key: Any
) -> Evidence:
    key = {"data_sha256": data, "examples": examples, "seed": 0, "layout": "alpaca"} | key
    values = {"target": f"/models/{name}", "data_path": f"/data/{data}.jsonl", "bits_per_byte": 1.0}
    return Evidence("trial", name, "r", level, key, values)


def run(store: Store, *trials: Evidence, measured: bool = True, ended: bool = True, **result: Any) -> int:
    """A run that showed these trials; those that it did not measure came from the store."""
    number = store.begin("basefit trial", {"settings": {"holdout_file": "/data/held.jsonl", "unknown": 1}})
    for evidence in trials:
        store.append(evidence, number if measured else None)
    if ended:
        store.end(number, RunState.DONE, result | {"evidence": [evidence.id for evidence in trials]})
    return number


def test_a_trial_that_came_from_the_store_is_the_last_shown(store: Store) -> None:
    first, second = trial(data="a"), trial(data="b")
    run(store, first)
    run(store, second)
    again = run(store, first, measured=False)
    found = shown(store, Wanted())
    assert (found.trial.id, found.run, found.of_data) == (first.id, again, True)
    assert found.settings == {"holdout_file": "/data/held.jsonl"}, "settings of the trial alone"


def test_the_winner_of_a_race_comes_first_then_who_saw_most(store: Store) -> None:
    small, large = trial("small", examples=256), trial("large", examples=64)
    number = run(store, small, large, winner={"model": "large", "level": "nf4"})
    assert shown(store, Wanted()).trial.id == large.id
    assert shown(store, Wanted(model="small")).trial.id == small.id
    assert shown(store, Wanted(model="/models/Small", run=number)).trial.id == small.id
    run(store, small, large, measured=False)
    assert shown(store, Wanted()).trial.id == small.id, "no winner is told"


def test_a_run_that_was_killed_shows_what_it_measured(store: Store) -> None:
    run(store, trial(data="a"))
    killed = run(store, other := trial(data="b"), ended=False)
    found = shown(store, Wanted())
    assert (found.trial.id, found.run) == (other.id, killed)


def test_data_chooses_its_trial_or_lends_the_last_ones_settings(store: Store) -> None:
    first, second = trial(data="a"), trial(data="b")
    run(store, first)
    run(store, second)
    assert shown(store, Wanted(data_sha256="a")).trial.id == first.id
    other = shown(store, Wanted(data_sha256="c"))
    assert (other.trial.id, other.of_data) == (second.id, False)


def test_a_trial_that_no_run_shows_is_found_by_its_time(store: Store) -> None:
    store.append(evidence := trial())
    found = shown(store, Wanted(trial=evidence.id[:6]))
    assert (found.trial.id, found.run, found.settings) == (evidence.id, None, {})


@pytest.mark.parametrize(
    ("wanted", "code"),
    [
        (Wanted(model="large"), "export-no-trial"),
        (Wanted(level="int8"), "export-nothing-tried"),
        (Wanted(trial="zzz"), "export-trial-unknown"),
        (Wanted(run=99), "export-run-unknown"),
        (Wanted(run=2), "export-run-without"),
    ],
)
def test_what_is_not_there_is_a_problem(store: Store, wanted: Wanted, code: str) -> None:
    run(store, trial())
    run(store)
    with pytest.raises(Problem, match=code):
        shown(store, wanted)


def test_the_rows_job_asks_what_the_trial_asked(store: Store) -> None:
    run(store, trial(holdout_file="hash", format="alpaca", max_chars=500, encoding="gb18030"))
    job = rows_job(shown(store, Wanted()), "/data/a.jsonl", "trl", Path("/out"))
    assert job.probe == "rows"
    wanted = {"holdout_file": "/data/held.jsonl", "format": "alpaca", "max_chars": 500, "tool": "trl"}
    wanted |= {"encoding": "gb18030", "layout": "alpaca", "target": "/models/small", "out": "/out"}
    assert {name: job.arguments[name] for name in wanted} == wanted


def test_other_data_is_recognised_anew(store: Store) -> None:
    run(store, trial(holdout_file="hash", format="alpaca"))
    job = rows_job(shown(store, Wanted(data_sha256="c")), "/data/c.jsonl", "trl", Path("/out"))
    assert {"format", "columns", "holdout_file"} & set(job.arguments) == set()


def test_a_holdout_file_that_no_record_names_is_a_problem(store: Store) -> None:
    store.append(trial(holdout_file="hash"))
    with pytest.raises(Problem, match="export-holdout-unknown"):
        rows_job(shown(store, Wanted()), "/data/a.jsonl", "trl", Path("/out"))
