"""Bills whose answers are known."""

import math
from pathlib import Path

import pytest

from catalog.hardware.cost import (
    Bill,
    Currency,
    hosted_serving,
    hosted_training,
    load_prices,
    own_hours,
    own_training,
    reasons,
)
from catalog.problem import Problem
from tui.strings import table

YUAN = Currency("CNY", 7.18)


def test_the_bill_of_13635_yuan() -> None:
    price = load_prices().find_hosted("gpt-3.5-turbo-16k")
    bill = hosted_training(118_689_950, 2, price.training, YUAN)
    assert (round(bill.amount), bill.currency) == (13_635, "CNY")


@pytest.mark.parametrize(("hours", "published"), [(7, 3.32), (9, 4.27)])
def test_codellama_34b_on_a_rented_a40(hours: float, published: float) -> None:
    """To the cent. The hosted side of the same tasks ($11.99, $26.05) was published without its tokens,
    so that it cannot be computed here: at $8 per million they were 1.5 and 3.3 million.
    """
    bill = own_hours(hours, load_prices().find_card("a40").hour)
    assert bill.amount == pytest.approx(published, abs=0.01)


def test_hours_follow_from_the_measured_rate() -> None:
    bill = own_training(3_600_000, 2, 1000, 0.5, YUAN)
    assert bill.hours == pytest.approx(2)
    assert bill.amount == pytest.approx(2 * 0.5 * 7.18)


def test_ones_own_card_may_cost_nothing() -> None:
    assert own_training(1e6, 1, 1000, 0).amount == 0


def test_serving_counts_both_ways_and_unknown_prices_stay_unknown() -> None:
    prices = load_prices()
    bill = hosted_serving(2e6, 1e6, prices.find_hosted("gpt-3.5-turbo"))
    assert bill is not None
    assert bill.amount == pytest.approx(2 * 3 + 6)
    assert hosted_serving(1, 1, prices.find_hosted("gpt-3.5-turbo-16k")) is None


def test_every_price_says_when_and_where_from() -> None:
    prices = load_prices()
    for price in (*prices.hosted, *prices.cards):
        assert price.source
        assert price.date == "" or len(price.date.split("-")) == 3


def test_the_persons_own_table_comes_first(tmp_path: Path) -> None:
    path = tmp_path / "prices.toml"
    path.write_text(
        '[[hosted]]\nname = "gpt-3.5-turbo"\ntraining = 1.0\ndate = "2030-01-01"\nsource = "me"\n', "utf-8"
    )
    assert load_prices(path).find_hosted("GPT-3.5-turbo").training == 1.0
    assert load_prices(tmp_path / "none.toml") == load_prices()


def test_bad_tables_names_and_numbers_are_problems(tmp_path: Path) -> None:
    path = tmp_path / "prices.toml"
    path.write_text("[[hosted]]\nname = 3\n", "utf-8")
    with pytest.raises(Problem, match="prices-unreadable"):
        load_prices(path)
    for number, hour in enumerate(("-1", "nan", "inf", '"1"', "true", "1e300")):
        path = tmp_path / f"{number}.toml"
        path.write_text(f'[[card]]\nname = "x"\nhour = {hour}\ndate = ""\nsource = ""\n', "utf-8")
        with pytest.raises(Problem, match="x: hour"):
            load_prices(path)
    with pytest.raises(Problem, match="hosted-unknown"):
        load_prices().find_hosted("nobody")
    with pytest.raises(Problem, match="card-price-unknown"):
        load_prices().find_card("nobody")
    for tokens, epochs in ((0, 1), (1, -1), (math.nan, 1)):
        with pytest.raises(Problem, match="cost-not-positive"):
            hosted_training(tokens, epochs, 8)


def test_private_data_rules_hosted_tuning_out_whatever_it_costs() -> None:
    found = reasons(Bill(1, "USD"), Bill(100, "USD", 9), private=True, examples=156)
    assert found[0] == "private-data"
    assert "hosted-tests-feasibility" not in found
    assert "little-data-helps" in found
    public = reasons(Bill(1, "USD"), Bill(100, "USD", 9), private=False, examples=None)
    assert "hosted-cheaper" in public
    assert all(f"cost.reason.{code}" in table() for code in (*found, *public))
