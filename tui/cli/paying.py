"""The command cost: a hosted fine-tune by the token, an own card by the hour."""

from dataclasses import asdict

from catalog.cost import Currency, hosted_training, load_prices, own_training, reasons
from catalog.problem import Problem
from probes.home import home
from tui.cli.output import print_json, print_line, words
from tui.numbers import parse_count
from tui.wording import number


def cost(
    tokens: str,
    epochs: float,
    hosted: str | None,
    card: str | None,
    gpu_hour: float | None,
    tokens_per_second: float | None,
    currency: str,
    rate: float,
    private: bool,
    as_json: bool,
) -> None:
    """See commands.cost."""
    prices = load_prices(home() / "prices.toml")
    amount = parse_count(tokens)
    money = Currency(currency.upper(), rate)
    if currency.upper() != "USD" and rate == 1.0:
        raise Problem("cost-rate-missing", currency=currency.upper())
    hosted_price = prices.find_hosted(hosted) if hosted else None
    card_price = prices.find_card(card) if card else None
    hour = gpu_hour if gpu_hour is not None else (card_price.hour if card_price else None)
    if hosted_price is None and hour is None:
        raise Problem("cost-nothing-asked", known=", ".join(price.name for price in prices.hosted))
    if hour is not None and tokens_per_second is None:
        raise Problem("cost-speed-missing")
    theirs = hosted_training(amount, epochs, hosted_price.training, money) if hosted_price else None
    own = (
        own_training(amount, epochs, tokens_per_second, hour, money)
        if hour is not None and tokens_per_second is not None
        else None
    )
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
