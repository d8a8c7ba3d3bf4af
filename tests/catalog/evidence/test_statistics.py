"""Ratios, Student's quantile and intervals against what tables and hand say."""

import math

import pytest

from catalog.evidence.kinds import Perplexity, Window
from catalog.evidence.paired import compare, paired_difference
from catalog.evidence.statistics import (
    clustered_ratio,
    interval,
    joint_freedom,
    margin,
    t_quantile,
    wilson,
)
from tests.bench.coverage import LEAST, MOST, WINDOWS, coverage, populations


def test_ratio_of_totals() -> None:
    found = clustered_ratio([2, 4, 6], [1, 2, 3])
    assert (found.value, found.se) == (2, 0)
    found = clustered_ratio([1, 3], [1, 1])
    assert (found.value, found.se) == (2, pytest.approx((2 / 1 * 2) ** 0.5 / 2))


def test_a_single_cluster_has_no_error() -> None:
    assert clustered_ratio([3], [2]).value == 1.5
    assert math.isnan(clustered_ratio([3], [2]).se)
    assert math.isnan(clustered_ratio([], []).value)
    assert not paired_difference([3], [1], [2]).significant


def test_student_quantiles() -> None:
    # Tables: t at .975 for 3 and 10 degrees, at .995 for 5.
    assert t_quantile(0.975, 3) == pytest.approx(3.18245, abs=1e-4)
    assert t_quantile(0.975, 10) == pytest.approx(2.22814, abs=1e-4)
    assert t_quantile(0.995, 5) == pytest.approx(4.03214, abs=1e-4)


def test_intervals() -> None:
    found = interval([1.0] * 8 + [0.0] * 2)
    assert (round(found.low, 3), found.mean, round(found.high, 3)) == (0.490, 0.8, 0.943)
    assert interval([0.5, 0.7, 0.6]).low == pytest.approx(0.6 - 4.302653 * 0.1 / 2**0.5)
    assert wilson(0, 10).low == pytest.approx(0, abs=1e-12)
    assert wilson(0, 0).count == 0


def test_a_margin_is_students_and_wider_by_hc3() -> None:
    assert margin(0.5, 3) == pytest.approx(3.18245 * (4 / 3) ** 0.5 * 0.5, abs=1e-4)
    assert margin(0.5, None) == pytest.approx(1.959964 * 0.5)
    assert margin(0.5, 10**4) == pytest.approx(margin(0.5, None), rel=1e-3)
    assert math.isnan(margin(0.5, 0))


def test_the_freedom_of_two_errors() -> None:
    # Welch's: equal errors of 3 and 15 degrees have (1 + 1)^2 / (1 / 3 + 1 / 15) = 10.
    assert joint_freedom((1.0, 3), (1.0, 15)) == 10
    assert joint_freedom((0.001, 3), (1.0, 15)) == 15
    assert joint_freedom((1.0, None), (1.0, None)) is None
    assert joint_freedom((1.0, 0), (1.0, 15)) == 0


@pytest.mark.parametrize("windows", WINDOWS)
def test_a_plus_minus_holds_what_it_is_for(windows: int) -> None:
    """The figure of `python -m tests.bench.coverage`, on fewer draws."""
    for population in populations():
        held, twice = coverage(population, windows, 2000)
        assert LEAST <= held <= MOST, population.name
        assert windows > 4 or twice < 0.9, "two standard errors do not"


def probed(nats: dict[int, float], rests_on: float | None = None) -> Perplexity:
    """Windows of 1,000 bytes at some places; `rests_on` is a figure of more windows than these."""
    windows = tuple(Window(n, 1000, start=at * 2000, end=at * 2000 + 1000) for at, n in nats.items())
    own = sum(nats.values()) / len(nats) / 1000 / math.log(2)
    freedom = None if rests_on is None else 15
    return Perplexity(
        bits_per_byte=own if rests_on is None else rests_on,
        bits_per_byte_se=0.05,
        bits_per_byte_freedom=freedom,
        windows=windows,
    )


def test_levels_scored_on_some_windows_are_paired_on_those_both_have() -> None:
    text = {at: 900.0 + 40 * (at % 5) for at in range(16)}
    all_of_it = probed(text)
    few = probed({at: text[at] + 20 + at % 2 for at in (1, 5, 9, 13)}, rests_on=1.45)
    gap = compare(few, all_of_it)
    assert gap.paired
    assert gap.freedom == 3
    assert gap.se < 0.001 < few.bits_per_byte_se
    assert gap.value == pytest.approx(1.45 - all_of_it.bits_per_byte), "what the table shows, subtracted"
    apart = compare(probed({at: 900.0 for at in (0, 2)}), all_of_it)
    assert not apart.paired, "two windows tell nothing of their error"
