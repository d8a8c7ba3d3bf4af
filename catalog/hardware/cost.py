"""Time and money of a full run: hosted tuning by the token, one's own or a rented card by the hour."""

from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from catalog.bounded_json import read_toml
from catalog.problem import Problem

_MOST_DOLLARS = 1e9
_FILE = Path(__file__).parent / "prices.toml"


@dataclass(frozen=True)
class HostedPrice:
    """US dollars per million tokens, as `source` had it on `date` ("" where it does not say).

    Serving is None where it is unknown.
    """

    name: str
    training: float
    date: str
    source: str
    input: float | None = None
    output: float | None = None


@dataclass(frozen=True)
class CardPrice:
    """US dollars per hour of a rented card, as `source` had it on `date` ("" where it does not say)."""

    name: str
    hour: float
    date: str
    source: str


Entry = TypeVar("Entry", HostedPrice, CardPrice)


@dataclass(frozen=True)
class Prices:
    """The price table."""

    hosted: tuple[HostedPrice, ...]
    cards: tuple[CardPrice, ...]

    def find_hosted(self, name: str) -> HostedPrice:
        """Problem("hosted-unknown") naming those there are."""
        for price in self.hosted:
            if price.name == name.lower():
                return price
        raise Problem("hosted-unknown", name=name, known=", ".join(p.name for p in self.hosted))

    def find_card(self, name: str) -> CardPrice:
        """Problem("card-price-unknown") naming those there are."""
        for price in self.cards:
            if price.name == name.lower():
                return price
        raise Problem("card-price-unknown", name=name, known=", ".join(p.name for p in self.cards))


@dataclass(frozen=True)
class Currency:
    """`rate` is how many of it a US dollar buys."""

    name: str = "USD"
    rate: float = 1.0


DOLLAR = Currency()


@dataclass(frozen=True)
class Bill:
    """An amount of money; `hours` of a card where it is paid by the hour."""

    amount: float
    currency: str
    hours: float | None = None


def load_prices(own: Path | None = None) -> Prices:
    """The bundled table, entries of the file `own` before it.

    Problems: prices-unreadable where the person's file is no price table.
    """
    bundled = _parse(_FILE)
    if own is None or not own.is_file():
        return bundled
    mine = _parse(own)
    return Prices((*mine.hosted, *bundled.hosted), (*mine.cards, *bundled.cards))


@cache
def _parse(path: Path) -> Prices:
    try:
        content: dict[str, Any] = read_toml(path)
        return Prices(
            tuple(_price(HostedPrice(**entry)) for entry in content.get("hosted", [])),
            tuple(_price(CardPrice(**entry)) for entry in content.get("card", [])),
        )
    except (OSError, ValueError, TypeError) as error:
        raise Problem("prices-unreadable", path=str(path), detail=str(error)[:120]) from error


def _price(entry: Entry) -> Entry:
    """The entry, its values checked; ValueError for one that is no name or no amount of money."""
    for field in fields(entry):
        value = getattr(entry, field.name)
        if field.type is str:
            good = isinstance(value, str)
        else:
            unknown = value is None and field.default is None
            number = isinstance(value, int | float) and not isinstance(value, bool)
            good = unknown or (number and 0 <= value <= _MOST_DOLLARS)
        if not good:
            raise ValueError(f"{entry.name}: {field.name} = {str(value)[:80]}")
    return entry


def hosted_training(tokens: float, epochs: float, per_million: float, currency: Currency = DOLLAR) -> Bill:
    """Tokens × epochs × the price of a trained token."""
    _positive(tokens=tokens, epochs=epochs, price=per_million, rate=currency.rate)
    return Bill(tokens * epochs * per_million / 1e6 * currency.rate, currency.name)


def own_training(
    tokens: float, epochs: float, tokens_per_second: float, hour: float, currency: Currency = DOLLAR
) -> Bill:
    """The hours that tokens × epochs take at a measured rate, and what they cost."""
    _positive(tokens=tokens, epochs=epochs, **{"tokens-per-second": tokens_per_second})
    return own_hours(tokens * epochs / tokens_per_second / 3600, hour, currency)


def own_hours(hours: float, hour: float, currency: Currency = DOLLAR) -> Bill:
    """Hours of a card at `hour` dollars each."""
    _positive(hours=hours, rate=currency.rate)
    if hour < 0:
        raise Problem("cost-not-positive", setting="gpu-hour", value=hour)
    return Bill(hours * hour * currency.rate, currency.name, hours)


def hosted_serving(
    input_tokens: float, output_tokens: float, price: HostedPrice, currency: Currency = DOLLAR
) -> Bill | None:
    """What answering costs at a hosted model, None where its serving price is unknown."""
    if price.input is None or price.output is None:
        return None
    dollars = (input_tokens * price.input + output_tokens * price.output) / 1e6
    return Bill(dollars * currency.rate, currency.name)


def reasons(hosted: Bill | None, own: Bill | None, *, private: bool, examples: int | None) -> list[str]:
    """What stands beside the money, as codes for the tui to word.

    `private-data`: data that may not leave the house rules hosted tuning out. `hosted-tests-feasibility`,
    `hosted-is-managed`: what it is good for all the same. `own-cheaper`, `hosted-cheaper`: the bills.
    `little-data-helps`: few examples already beat the untuned model (156 did, FACTS.md section 1).
    """
    found: list[str] = []
    if private:
        found.append("private-data")
    if hosted and own:
        found.append("own-cheaper" if own.amount <= hosted.amount else "hosted-cheaper")
    if hosted and not private:
        found += ["hosted-tests-feasibility", "hosted-is-managed"]
    if own:
        found.append("own-is-free-to-change")
    if examples is not None and examples < 1000:
        found.append("little-data-helps")
    return found


def _positive(**numbers: float) -> None:
    for name, value in numbers.items():
        if not value > 0:
            raise Problem("cost-not-positive", setting=name, value=value)
