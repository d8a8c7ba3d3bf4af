"""Estimates beside what others published."""

from statistics import median

from tests.bench.published_memory import comparisons, reports


def test_reports_of_tools_that_are_modelled() -> None:
    known = [one for one in reports() if one.tool]
    trained = [one for one in known if one.tool != "transformers"]
    assert len(reports()) == 35
    assert len(trained) == 21
    assert all(one.in_range for one in trained)
    assert sum(one.in_range for one in known) >= 0.89 * len(known)
    assert median(abs(one.error) for one in known) < 0.03
    assert max(one.width for one in known) < 2


def test_points_of_the_first_table() -> None:
    assert sum(one.in_range for one in comparisons()) >= 36
    assert median(abs(one.error) for one in comparisons()) < 0.015
