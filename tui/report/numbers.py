"""The numbers of measurements, and what they changed by."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from catalog.evidence.kinds import quantities, scored
from catalog.evidence.paired import Difference, compare, unpaired_difference
from catalog.evidence.records import Evidence
from catalog.evidence.statistics import Estimate, or_nan

PAIRED = ("perplexity", "trial")


@dataclass(frozen=True)
class Number:
    """One quantity of one measurement. `se` None: there is none; 0 for what is `exact`."""

    evidence: Evidence
    quantity: str
    value: float
    se: float | None
    exact: bool = False
    freedom: int | None = None

    @property
    def estimate(self) -> Estimate:
        """With the error that it has, if any."""
        return Estimate(self.value, or_nan(self.se), self.freedom)


def numbers(evidence: Iterable[Evidence]) -> Iterator[Number]:
    """Every finite number of some measurements."""
    for e in evidence:
        for found in quantities(e):
            yield Number(e, found.name, found.value, found.se, found.exact, found.freedom)


def change(before: Number, after: Number) -> Difference | None:
    """After - before with its standard error; None where a number taken once has no error to hold it to.

    Bits per byte of the same spans are paired: their difference is far surer than either number.
    """
    if before.quantity == "bits_per_byte" and before.evidence.kind in PAIRED:
        return compare(scored(after.evidence), scored(before.evidence))
    if before.se is None or after.se is None:
        return None
    return unpaired_difference(after.estimate, before.estimate)
