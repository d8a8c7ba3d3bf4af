"""A curve's pace and what it promises, against curves whose law is known."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probes.trial.pace import CALIBRATED, FASTER, NOISE, SLOWER, Pace

SIZES = (25, 50, 100, 200, 400)
CURVES = st.lists(st.floats(0.05, 8), min_size=2, max_size=5).map(
    lambda values: list(zip(SIZES, values, strict=False))
)


def power(slope: float) -> list[tuple[int, float]]:
    return [(size, 3 * size**-slope) for size in SIZES]


def test_a_power_law_goes_on_as_it_was() -> None:
    pace = Pace.of(power(0.3))
    assert (pace.fall, pace.bend) == (pytest.approx(0.3), pytest.approx(0))
    assert pace.after(3200, 0.0) == pytest.approx(3 * 3200**-0.3)
    assert pace.miss(3200, 3 * 3200**-0.3) == pytest.approx(0)


def test_the_slower_of_two_paces_counts_and_a_bend_widens_the_band() -> None:
    flattening = Pace.of([(100, 2.0), (200, 1.0), (400, 0.8)])
    assert flattening.fall == pytest.approx(math.log(1 / 0.8) / math.log(2))
    steepening = Pace.of([(100, 2.0), (200, 1.8), (400, 0.9)])
    assert steepening.fall == pytest.approx(math.log(2 / 0.9) / math.log(4))
    assert steepening.bend == pytest.approx(math.log(2 / 1.1111111) / math.log(2), abs=1e-6)

    def width(pace: Pace) -> float:
        return pace.after(800, CALIBRATED.high) / pace.after(800, 0.0)

    straight = Pace.of(power(steepening.fall))
    assert width(steepening) > width(straight)


def test_a_spread_is_a_share_of_the_pace_and_noise() -> None:
    pace = Pace.of(power(0.3))
    for quantile, share in ((1.0, SLOWER), (-1.0, FASTER)):
        spread = share * 0.3 * math.log(4) + NOISE
        reached = pace.after(1600, quantile)
        assert reached == pytest.approx(pace.after(1600, 0.0) * math.exp(quantile * spread))
        assert pace.miss(1600, reached) == pytest.approx(quantile)


def test_what_does_not_fall_stays_at_its_best() -> None:
    pace = Pace.of([(100, 1.0), (200, 0.9), (400, 1.0)])
    assert (pace.best, pace.fall) == (0.9, 0)
    assert pace.after(3200, CALIBRATED.high) == 0.9
    assert pace.after(3200, CALIBRATED.middle) == pytest.approx(0.9, rel=0.01)
    assert pace.after(3200, CALIBRATED.low) < 0.9


def test_sizes_close_together_tell_no_pace() -> None:
    near = Pace.of([*power(0.3), (401, 3 * 400**-0.3 * 1.02)])
    assert near.fall == pytest.approx(0.3, abs=0.03)
    assert Pace.of([(100, 1.0), (120, 0.9)]).fall > 0


@given(CURVES, st.floats(1, 64), st.floats(1, 8))
def test_the_band_holds_its_middle_and_never_exceeds_the_best(
    curve: list[tuple[int, float]], times: float, more: float
) -> None:
    pace = Pace.of(curve)
    ends = [pace.after(pace.seen * times, q) for q in (CALIBRATED.low, CALIBRATED.middle, CALIBRATED.high)]
    assert ends == sorted(ends)
    assert ends[-1] <= pace.best == min(value for _, value in curve)
    assert pace.after(pace.seen * times * more, CALIBRATED.middle) <= ends[1]
