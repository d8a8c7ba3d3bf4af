"""What a full run would reach, how long it would take and what it would cost, from a measured trial."""

from collections.abc import Sequence
from dataclasses import dataclass

from catalog.evidence.records import Evidence
from catalog.hardware.cost import Bill, Prices, hosted_training, own_hours
from probes.trial.extrapolate import Prediction, predict, training_hours


@dataclass(frozen=True)
class Forecast:
    """`tokens` are those of the whole run, `hours` at the trial's own rate; None where no rate was told."""

    prediction: Prediction
    tokens: float | None
    hours: float | None


def forecast(trial: Evidence, unique: int, epochs: float) -> Forecast | None:
    """For `unique` examples, `epochs` times; None where the trial has too few points."""
    values = trial.values
    points = [(point["examples"], point["bits_per_byte"]) for point in values.get("points") or ()]
    found = predict(points, unique, epochs)
    if found is None:
        return None
    rate, each = values.get("tokens_per_second"), tokens_per_example(trial)
    if not rate or not each:
        return Forecast(found, None, None)
    return Forecast(found, each * found.examples, training_hours(found.examples, each, rate))


def tokens_per_example(trial: Evidence) -> float | None:
    """As the trial counted them; None where it did not."""
    told = trial.values.get("prediction") or {}
    tokens, unique = told.get("tokens_per_epoch"), told.get("unique")
    return tokens / unique if tokens and unique else None


def hosted_bills(tokens: float, prices: Prices) -> list[tuple[str, str, Bill]]:
    """(name, date of the price, bill) of each hosted tuning in the table, the cheapest first."""
    bills = [
        (price.name, price.date, hosted_training(tokens, 1, price.training)) for price in prices.hosted
    ]
    return sorted(bills, key=lambda bill: bill[2].amount)


def own_bill(hours: float, card: str, prices: Prices) -> Bill | None:
    """What the hours cost on a card of this name by the price table; None where it has no price."""
    words = card.lower().replace("-", " ").split()
    for price in prices.cards:
        if price.name in words:
            return own_hours(hours, price.hour)
    return None


def examples_of(trials: Sequence[Evidence]) -> int | None:
    """How many different examples there are to train on, as a trial told."""
    for trial in trials:
        told = trial.values.get("data") or {}
        if told.get("examples"):
            return int(told["examples"])
    return None
