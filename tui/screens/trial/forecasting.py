"""What a full run would reach, how long it would take and what it would cost, from a measured trial."""

from collections.abc import Sequence
from dataclasses import dataclass

from catalog.evidence.kinds import Prediction, Trial
from catalog.hardware.cost import Bill, Prices, hosted_training, own_hours
from probes.trial.extrapolate import predict, training_hours


@dataclass(frozen=True)
class Forecast:
    """`tokens` are those of the whole run, `hours` at the trial's own rate; None where no rate was told."""

    prediction: Prediction
    tokens: float | None
    hours: float | None


def forecast(trial: Trial, unique: int, epochs: float) -> Forecast | None:
    """For `unique` examples, `epochs` times; None where the trial has too few points."""
    found = predict([(point.examples, point.bits_per_byte) for point in trial.points], unique, epochs)
    if found is None:
        return None
    rate, each = trial.tokens_per_second, tokens_per_example(trial)
    if not rate or not each:
        return Forecast(found, None, None)
    return Forecast(found, each * found.examples, training_hours(found.examples, each, rate))


def tokens_per_example(trial: Trial) -> float | None:
    """As the trial counted them; None where it did not."""
    told = trial.prediction
    return told.tokens_per_epoch / told.unique if told and told.tokens_per_epoch and told.unique else None


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


def examples_of(trials: Sequence[Trial]) -> int | None:
    """How many different examples there are to train on, as a trial told."""
    return next((trial.data.examples for trial in trials if trial.data and trial.data.examples), None)
