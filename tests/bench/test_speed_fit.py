"""What the catalog reads of speeds is what the fit makes of published rows, and it foretells others."""

import math
from statistics import mean

import pytest

from catalog.hardware.runners import load_runners
from tests.bench.speed_fit import GROUPS, UNUSED, Unseen, by_engine, fit, left_out, rows

FIELDS = ("share", "floor_s", "kv_share", "slower", "faster")


@pytest.mark.parametrize("engine", ["llama.cpp", "exllama"])
def test_the_fit_is_that_of_the_file(engine: str) -> None:
    for name, runner in fit(by_engine()[engine]).items():
        kept = load_runners()[name]
        assert kept.rows == runner.rows
        for field in FIELDS:
            assert getattr(kept, field) == pytest.approx(getattr(runner, field), rel=0.01), field


def test_every_runner_that_is_read_has_rows() -> None:
    assert set(load_runners()) == {row.runner for row in rows()} - set(UNUSED)


def _holds(unseen: list[Unseen]) -> None:
    assert sum(one.inside for one in unseen) >= 0.9 * len(unseen)
    assert max(one.runner.slower * one.runner.faster for one in unseen) < 3
    assert 0.8 < math.exp(mean(math.log(one.ratio) for one in unseen)) < 1.25


@pytest.mark.parametrize("engine", ["llama.cpp", "exllama"])
def test_rows_left_out_are_foretold(engine: str) -> None:
    _holds(left_out(by_engine()[engine], GROUPS["row"]))


@pytest.mark.slow
@pytest.mark.parametrize("engine", ["transformers", "vllm"])
def test_rows_left_out_are_foretold_by_the_others_too(engine: str) -> None:
    unseen = left_out(by_engine()[engine], GROUPS["row"])
    for runner in {one.row.runner for one in unseen if one.runner.calibrated}:
        _holds([one for one in unseen if one.row.runner == runner])
