"""The recorded full runs and races hold what docs/trial.md says of them."""

import json
from typing import Any

import pytest

from probes.trial.pace import CALIBRATED
from tests.bench.trial_forecast import (
    ENOUGH_TASKS,
    TRIALS,
    calibrate,
    curves,
    kept_by,
    left_out,
    widening,
    without,
)
from tests.bench.trial_judge import Verdict, judge, replay


@pytest.fixture(scope="module")
def full() -> Any:
    return json.loads((TRIALS / "viggo.json").read_text("utf-8"))


@pytest.fixture(scope="module")
def verdict(full: Any) -> Verdict:
    return judge(full, json.loads((TRIALS / "viggo-races.json").read_text("utf-8"))["runs"])


def test_races_pick_the_best_or_a_tie_of_it(verdict: Verdict) -> None:
    assert sum(verdict.right) / len(verdict.right) >= 0.9


def test_a_race_costs_little(verdict: Verdict) -> None:
    assert max(verdict.shares) <= 0.15


def test_at_most_holds(verdict: Verdict) -> None:
    sizes = {forecast.examples for forecast in verdict.forecasts}
    for group in (verdict.forecasts, *(verdict.finalists(size) for size in sizes if size > 1600)):
        assert sum(f.reached <= f.at_most for f in group) / len(group) >= 0.9


@pytest.mark.parametrize(("times", "over"), [(2, 0.24), (4, 0.38), (8, 0.38)])
def test_the_band_holds_on_races_of_a_task_that_it_was_not_calibrated_on(
    verdict: Verdict, times: int, over: float
) -> None:
    """Of finalists at 1,600 examples; `over`: by how much the high end may exceed what was reached."""
    found = kept_by([f.case for f in verdict.finalists(1600 * times)], without("viggo"))
    assert found.count == 40
    assert found.under >= 0.95
    assert found.over <= over


def test_the_band_is_that_of_the_recorded_curves() -> None:
    found = calibrate(curves())
    assert found == CALIBRATED
    assert found.tasks >= ENOUGH_TASKS
    assert found.low < found.middle < found.high


def test_tasks_left_out_come_out_within_the_band_of_the_others() -> None:
    found = list(left_out().values())
    assert sum(one.under for one in found) / len(found) >= 0.92
    assert sum(one.inside for one in found) / len(found) >= 0.85


def test_a_band_of_few_tasks_is_wider() -> None:
    assert [widening(tasks) for tasks in (4, 9)] == [1, 1]
    assert widening(1) > widening(2) > widening(3) > 1.5
    two = {name: curves()[name] for name in ("viggo", "adgen")}
    four = {name: curves()[name] for name in ("viggo", "adgen", "cmrc", "alpaca-zh")}
    assert calibrate(two).high > calibrate(four).high


def test_races_replayed_from_the_full_runs_pick_it_too(full: Any) -> None:
    """The rules as they are now, which may have changed since the races were run."""
    final = {(run["model"], run["level"]): run["points"][-1]["bits_per_byte"] for run in full["runs"]}
    picked = [replay(full, seed) for seed in range(40)]
    assert sum(final[name] <= 1.1 * min(final.values()) for name in picked) / len(picked) >= 0.9


def test_a_wrong_pick_and_a_broken_promise_are_seen() -> None:
    runs = [
        {
            "model": name,
            "level": "nf4",
            "seconds": 100.0,
            "points": [{"examples": 800, "bits_per_byte": nats, "nats": [nats, nats * 1.1, nats]}],
        }
        for name, nats in (("good", 1.0), ("poor", 2.0))
    ]
    full = {"runs": runs, "holdout_bytes": [1, 1, 1], "train": 800, "full_examples": 800}
    falling = [[50, 1.9], [100, 1.2], [200, 0.8]]
    order = [{"model": name, "level": "nf4", "points": falling} for name in ("poor", "good")]
    found = judge(full, [{"seed": 1, "held": [0, 1, 2], "seconds": 20.0, "order": order}])
    assert found.best == ("good", "nf4")
    assert (found.right, found.shares) == ((False,), (0.1,))
    assert [f.reached <= f.at_most for f in found.forecasts] == [False, False]


@pytest.mark.parametrize("task", list(curves()))
def test_the_curves_are_whole(task: str) -> None:
    found = json.loads((TRIALS / f"{task}.json").read_text("utf-8"))
    assert len({(run["model"], run["level"]) for run in found["runs"]}) == len(found["runs"]) >= 3
    for run in found["runs"]:
        sizes = [point["examples"] for point in run["points"]]
        assert sizes == sorted(set(sizes))
        assert sizes[-1] == found["full_examples"]
        assert len(run["points"][-1]["nats"]) == len(found["holdout_bytes"])
        assert min(point["bits_per_byte"] for point in run["points"]) < run["points"][0]["bits_per_byte"]
