"""Ratios, Student's quantile and intervals against what tables and hand say."""

import math

import pytest

from catalog.evidence.paired import paired_difference
from catalog.evidence.statistics import clustered_ratio, interval, t_quantile, wilson


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
    assert interval([0.5, 0.7, 0.6]).low == pytest.approx(0.6 - 1.959964 * 0.1 / 3**0.5)
    assert wilson(0, 10).low == pytest.approx(0, abs=1e-12)
    assert wilson(0, 0).count == 0
