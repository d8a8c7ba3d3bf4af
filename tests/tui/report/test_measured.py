"""Cells of the tables of what was measured."""

from catalog.evidence.kinds import Prediction
from tui.report.measured import forecast_words


def test_a_full_run_is_told_with_its_band_or_by_its_bound() -> None:
    assert forecast_words(None) == "-"
    assert forecast_words(Prediction(at_most=0.9)) == "≤ 0.900"
    assert forecast_words(Prediction(at_most=0.9, middle=0.6, low=0.5, high=0.7)) == "0.600 (0.500-0.700)"
