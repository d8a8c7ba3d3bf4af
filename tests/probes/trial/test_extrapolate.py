"""Predictions from curves whose laws are known."""

import math
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from probes.trial.extrapolate import power_fit, predict, rectified_range, training_hours

SIZES = (200, 400, 800, 1600, 3200)


def test_a_power_law_is_found_again() -> None:
    fit = power_fit([(size, 3 * size**-0.2) for size in SIZES])
    assert (fit.slope, math.exp(fit.intercept)) == (pytest.approx(-0.2), pytest.approx(3))
    assert fit.used == 5


def test_an_early_size_that_stands_out_is_left_aside() -> None:
    points = [(size, 3 * size**-0.2) for size in SIZES]
    points[0] = (200, 4.0)
    fit = power_fit(points)
    assert (fit.used, fit.slope) == (4, pytest.approx(-0.2))


@pytest.mark.parametrize("floor", [0.0, 0.1, 0.3, 0.6])
@pytest.mark.parametrize("power", [0.3, 0.6, 0.9])
def test_a_rectified_curve_lies_between_the_edges(power: float, floor: float) -> None:
    def law(size: float) -> float:
        return 40 / (20 + size**power) + floor

    found = predict([(size, law(size)) for size in SIZES], unique=51_200)
    assert found is not None
    assert found.optimistic <= law(51_200) <= found.at_most <= law(3200)
    assert found.low <= found.middle <= found.high <= found.at_most
    low, high = rectified_range([(size, law(size)) for size in SIZES], 51_200)
    assert low <= law(51_200) * 1.02
    assert high >= law(51_200)


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 10_000), st.floats(0.05, 0.6), st.floats(0.0, 0.5))
def test_edges_are_in_order_under_noise(seed: int, power: float, floor: float) -> None:
    draw = random.Random(seed)
    noisy = [(size, (size**-power + floor) * math.exp(draw.gauss(0, 0.01))) for size in SIZES]
    found = predict(noisy, unique=12_800)
    assert found is not None
    assert found.optimistic <= found.at_most <= min(value for _, value in noisy)


def test_at_most_holds_in_nine_of_ten_noisy_curves() -> None:
    draw = random.Random(1)
    held = 0
    for _ in range(100):
        power, floor = draw.uniform(0.1, 0.6), draw.choice([0.0, 0.1, 0.3])

        def law(size: float, power: float = power, floor: float = floor) -> float:
            return 3 * size**-power + floor

        found = predict(
            [(size, law(size) * math.exp(draw.gauss(0, 0.01))) for size in SIZES], unique=12_800
        )
        assert found is not None
        held += law(12_800) <= found.at_most
    assert held >= 95


def test_repeated_data_is_not_counted_on() -> None:
    points = [(size, 3 * size**-0.2) for size in SIZES]
    once, thrice = predict(points, 12_800), predict(points, 12_800, 3)
    assert once is not None
    assert thrice is not None
    assert once.at_most == thrice.at_most
    assert thrice.optimistic < once.optimistic
    assert thrice.middle < once.middle
    assert (once.caveats, thrice.caveats) == ((), ("repeats-data", "beyond-recorded"))


def test_the_band_counts_on_four_epochs_and_no_more() -> None:
    points = [(size, 3 * size**-0.2) for size in SIZES]
    two, four, eight = (predict(points, 3200, epochs) for epochs in (2, 4, 8))
    assert (two.middle, two.high) > (four.middle, four.high) == (eight.middle, eight.high)
    assert two.at_most == four.at_most
    assert eight.low < four.low


def test_a_curve_that_rises_promises_no_more_than_its_best() -> None:
    found = predict([(100, 1.0), (200, 0.9), (400, 1.0), (800, 1.2)], 100_000)
    assert found is not None
    assert found.at_most == 0.9
    assert {"not-falling", "far"} <= set(found.caveats)


def test_too_few_sizes_give_none_or_a_caveat() -> None:
    assert predict([(0, 2.0), (100, 1.0)], 1000) is None
    found = predict([(0, 2.0), (100, 1.0), (200, 0.8)], 1000)
    assert found is not None
    assert "few-points" in found.caveats


def test_hours() -> None:
    assert training_hours(3600, 100, 50) == pytest.approx(2)
