"""What the command says of one model's trial."""

from dataclasses import replace

import pytest

from catalog.evidence.kinds import Prediction, TrialRow
from tui.cli.trial_lines import print_details

TOLD = Prediction(6400, 6400, 0.9, 0.4, 1.0, 800, -0.3, 3, middle=0.6, low=0.5, high=0.7, tasks=7)


def said(told: Prediction, capsys: pytest.CaptureFixture[str]) -> str:
    print_details(TrialRow(prediction=told), "m nf4")
    return capsys.readouterr().out


def test_the_middle_and_its_band_come_before_the_bound(capsys: pytest.CaptureFixture[str]) -> None:
    lines = said(TOLD, capsys).splitlines()
    assert len(lines) == 2
    assert all(part in lines[0] for part in ("6400", "0.600", "0.500", "0.700"))
    assert all(part in lines[1] for part in ("0.900", "0.400"))


def test_a_forecast_of_an_earlier_version_is_its_bound_alone(capsys: pytest.CaptureFixture[str]) -> None:
    (line,) = said(replace(TOLD, middle=None, low=None, high=None), capsys).splitlines()
    assert "0.900" in line


@pytest.mark.parametrize("code", ["beyond-recorded", "far"])
def test_a_run_longer_than_any_recorded_is_told(code: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert len(said(replace(TOLD, caveats=(code,)), capsys).splitlines()) == 3
