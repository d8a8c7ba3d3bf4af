"""The recorded full runs and races hold what docs/trial.md says of them."""

import json
from typing import Any

import pytest

from tests.bench.trial_judge import TRIALS, Verdict, judge, replay


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


@pytest.mark.parametrize("task", ["viggo", "adgen"])
def test_the_curves_are_whole(task: str) -> None:
    found = json.loads((TRIALS / f"{task}.json").read_text("utf-8"))
    assert len(found["runs"]) == 8
    for run in found["runs"]:
        sizes = [point["examples"] for point in run["points"]]
        assert sizes == sorted(set(sizes))
        assert sizes[-1] == found["full_examples"]
        assert len(run["points"][-1]["nats"]) == len(found["holdout_bytes"])
        assert run["points"][-1]["bits_per_byte"] < run["points"][0]["bits_per_byte"]
