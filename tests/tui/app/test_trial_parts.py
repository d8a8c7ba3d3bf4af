"""The Trial screen's arithmetic by itself: lengths in words, votes, bills, averages."""

import pytest

from catalog.evidence.kinds import Trial
from catalog.evidence.records import Evidence
from catalog.hardware.cost import load_prices
from catalog.problem import Problem
from probes.race.entry import entry_of, until_of
from tui.screens.trial.forecasting import forecast, hosted_bills, own_bill
from tui.screens.trial.race_pane import smooth
from tui.screens.trial.voting import AFTER, BEFORE, TIE, chosen, sides, win_rate

FIELDS = {"data": "", "format": "", "models": "", "levels": "", "until": ""}
POINTS = [(0, 3.0), (25, 2.4), (50, 2.1), (100, 1.85), (200, 1.65)]


def trial(**values: object) -> Evidence:
    points = [{"examples": count, "bits_per_byte": bits, "se": 0.02} for count, bits in POINTS]
    return Evidence("trial", "m", "r", "nf4", {}, {"points": points} | values)


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("", (None, None)),
        ("3,200", (3200, None)),
        ("10 min", (None, 10.0)),
        ("2.5分钟", (None, 2.5)),
        ("800, 10m", (800, 10.0)),
    ],
)
def test_a_length_is_examples_or_minutes(words: str, found: tuple[int | None, float | None]) -> None:
    assert until_of(words) == found


def test_a_length_that_is_neither_is_told() -> None:
    with pytest.raises(Problem, match="until-unreadable"):
        until_of("a while")


def test_two_names_are_columns_and_one_is_a_format() -> None:
    assert entry_of(FIELDS | {"format": "q，a"}, ("x",), "cpu", {}).settings == {"columns": ["q", "a"]}
    named = entry_of(FIELDS | {"format": "alpaca"}, ("x",), "cpu", {"rank": 4})
    assert (named.settings, named.targets) == ({"rank": 4, "format": "alpaca"}, ("x",))
    assert named.levels == ("nf4",)


def test_a_vote_is_for_the_side_that_stood_there_and_sides_change() -> None:
    found = trial()
    orders = {sides(found, number) for number in range(10)}
    assert orders == {(BEFORE, AFTER), (AFTER, BEFORE)}
    for number in range(10):
        assert (chosen(found, number, 1), chosen(found, number, 2)) == sides(found, number)
        assert chosen(found, number, 0) == TIE


def test_the_win_rate_counts_a_tie_as_half_with_wilsons_interval() -> None:
    rate = win_rate([AFTER] * 7 + [BEFORE] + [TIE] * 2)
    assert rate.mean == 0.8
    assert (round(rate.low, 3), round(rate.high, 3)) == (0.49, 0.943)


def test_a_forecast_has_the_hours_of_the_measured_rate() -> None:
    told = {"tokens_per_epoch": 30_000, "unique": 300}
    found = forecast(Trial.of(trial(tokens_per_second=50.0, prediction=told)), 1000, 2)
    assert found is not None
    assert (found.prediction.examples, found.tokens) == (2000, 200_000)
    assert found.hours == pytest.approx(200_000 / 50 / 3600)
    assert found.prediction.optimistic <= found.prediction.at_most <= 1.65
    assert forecast(Trial.of(trial()), 1000, 2).hours is None


def test_money_by_the_price_table() -> None:
    prices = load_prices()
    name, _, bill = hosted_bills(1e6, prices)[0]
    assert (name.startswith("gpt-3.5"), bill.amount) == (True, 8.0)
    assert own_bill(10, "NVIDIA A40", prices).amount == 4.75
    assert own_bill(10, "NVIDIA A400", prices) is None


def test_an_average_follows_its_steps() -> None:
    assert [round(value, 2) for _, value in smooth([(1, 2.0), (2, 1.0), (3, 1.0)])] == [2.0, 1.8, 1.64]
