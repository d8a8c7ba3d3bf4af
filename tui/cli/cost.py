"""The command cost: a hosted fine-tune by the token, an own card by the hour."""

import math
from dataclasses import asdict
from typing import Annotated

import typer

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
from probes.home import home_shown
from tui.cli.options import Json
from tui.cli.output import print_json, print_line, words
from tui.wording import number


def cost(
    tokens: Annotated[str | None, typer.Option(help="Tokens to train on, such as 118689950 or 2M.")] = None,
    epochs: Annotated[float, typer.Option(help="How often they are read.")] = 1.0,
    hosted: Annotated[str | None, typer.Option(help="A hosted model of the price table.")] = None,
    card: Annotated[str | None, typer.Option(help="A rented card of the price table.")] = None,
    gpu_hour: Annotated[float | None, typer.Option(help="US dollars per hour of your card.")] = None,
    tokens_per_second: Annotated[float | None, typer.Option(help="Measured training speed.")] = None,
    hours: Annotated[
        float | None, typer.Option(help="Hours of the card, where no speed was measured.")
    ] = None,
    currency: Annotated[str, typer.Option(help="Shown currency, such as CNY.")] = "USD",
    rate: Annotated[float, typer.Option(help="How many of it a US dollar buys.")] = 1.0,
    private: Annotated[bool, typer.Option(help="The data may not leave the house.")] = False,
    as_json: Json = False,
) -> None:
    """What a long fine-tune costs: hosted by the token, or on a card by the hour."""
    money = Currency(currency.upper(), rate)
    prices = load_prices(home_shown() / "prices.toml")
    amount = parse_count(tokens) if tokens is not None else None
    if money.name != "USD" and money.rate == 1.0:
        raise Problem("cost-rate-missing", currency=money.name)
    given = {"epochs": epochs, "rate": rate, "gpu-hour": gpu_hour}
    given |= {"tokens-per-second": tokens_per_second, "hours": hours}
    for name, value in given.items():
        if value is not None and not math.isfinite(value):
            raise Problem("cost-not-positive", setting=name, value=value)
    hosted_price = prices.find_hosted(hosted) if hosted else None
    card_price = prices.find_card(card) if card else None
    hour = gpu_hour if gpu_hour is not None else (card_price.hour if card_price else None)
    if hosted_price is None and hour is None:
        raise Problem("cost-nothing-asked", known=", ".join(price.name for price in prices.hosted))
    if amount is None and (hosted_price is not None or hours is None):
        raise Problem("cost-tokens-missing")
    theirs = None
    if hosted_price is not None and amount is not None:
        theirs = hosted_training(amount, epochs, hosted_price.training, money)
    own = _own(amount, epochs, tokens_per_second, hours, hour, money) if hour is not None else None
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
    tokens: float | None,
    epochs: float,
    rate: float | None,
    hours: float | None,
    hour: float,
    money: Currency,
) -> Bill:
    """The bill of a card: for the hours given, else for those that the tokens take. Problems cost-*."""
    if rate is not None and hours is not None:
        raise Problem("cost-speed-twice")
    if hours is not None:
        return own_hours(hours, hour, money)
    if rate is None or tokens is None:
        raise Problem("cost-speed-missing")
    return own_training(tokens, epochs, rate, hour, money)
