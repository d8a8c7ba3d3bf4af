"""The command cost: a hosted fine-tune by the token, an own card by the hour."""

import math
from collections.abc import Mapping
from dataclasses import asdict

from catalog.hardware.cost import (
    Bill,
    Currency,
    hosted_training,
    load_prices,
    own_hours,
    own_training,
    reasons,
)
from catalog.problem import Problem
from catalog.quantities import parse_count
from probes.home import home
from tui.cli.output import print_json, print_line, words
from tui.wording import number


def cost(
    tokens: str | None,
    epochs: float,
    hosted: str | None,
    card: str | None,
    gpu_hour: float | None,
    speed: Mapping[str, float | None],
    money: Currency,
    private: bool,
    as_json: bool,
) -> None:
    """See commands.cost; `speed` has its `tokens_per_second` and `hours`, of which a card needs one."""
    prices = load_prices(home() / "prices.toml")
    amount = parse_count(tokens) if tokens is not None else None
    if money.name != "USD" and money.rate == 1.0:
        raise Problem("cost-rate-missing", currency=money.name)
    given = {"epochs": epochs, "rate": money.rate, "gpu-hour": gpu_hour}
    for name, value in {
        **given,
        "tokens-per-second": speed["tokens_per_second"],
        "hours": speed["hours"],
    }.items():
        if value is not None and not math.isfinite(value):
            raise Problem("cost-not-positive", setting=name, value=value)
    hosted_price = prices.find_hosted(hosted) if hosted else None
    card_price = prices.find_card(card) if card else None
    hour = gpu_hour if gpu_hour is not None else (card_price.hour if card_price else None)
    if hosted_price is None and hour is None:
        raise Problem("cost-nothing-asked", known=", ".join(price.name for price in prices.hosted))
    if amount is None and (hosted_price is not None or speed["hours"] is None):
        raise Problem("cost-tokens-missing")
    theirs = None
    if hosted_price is not None and amount is not None:
        theirs = hosted_training(amount, epochs, hosted_price.training, money)
    own = _own(amount, epochs, speed, hour, money) if hour is not None else None
    beside = reasons(theirs, own, private=private, examples=None)
    if as_json:
        payload = {
            "tokens": amount,
            "epochs": epochs,
            "hosted": asdict(theirs) if theirs else None,
            "own": asdict(own) if own else None,
            "prices": {
                "hosted": asdict(hosted_price) if hosted_price else None,
                "card": asdict(card_price) if card_price else {"hour": hour, "source": "--gpu-hour"},
            },
            "reasons": beside,
        }
        print_json("cost", payload)
        return
    if theirs and hosted_price:
        shown = {"amount": number(theirs.amount, 2), "currency": theirs.currency, "name": hosted_price.name}
        print_line(
            words(
                "cli.cost-hosted",
                **shown,
                date=hosted_price.date or words("cli.undated"),
                source=hosted_price.source,
            )
        )
    if own:
        shown = {"amount": number(own.amount, 2), "currency": own.currency, "hours": number(own.hours, 1)}
        print_line(words("cli.cost-own", **shown))
    for code in beside:
        print_line("  - " + words(f"cost.reason.{code}"))


def _own(
    tokens: float | None, epochs: float, speed: Mapping[str, float | None], hour: float, money: Currency
) -> Bill:
    """The bill of a card: for the hours given, else for those that the tokens take. Problems cost-*."""
    rate, hours = speed["tokens_per_second"], speed["hours"]
    if rate is not None and hours is not None:
        raise Problem("cost-speed-twice")
    if hours is not None:
        return own_hours(hours, hour, money)
    if rate is None or tokens is None:
        raise Problem("cost-speed-missing")
    return own_training(tokens, epochs, rate, hour, money)
