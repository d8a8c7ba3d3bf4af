"""What every kind of evidence shares: how it is read, its numbers, the entries of its key."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol, Self

from catalog.evidence.kinds.form import read
from catalog.evidence.kinds.shared import POSITIVE, Number, Part, Shared
from catalog.evidence.statistics import Estimate, or_nan

EXACT = "exact"
ALONE = None
Numbers = tuple[tuple[str, str | None], ...]
"""(quantity, the field of its standard error): EXACT has none to have, ALONE was taken once."""


@dataclass(frozen=True)
class Quantity:
    """A number of a measurement. `se` is 0 for what is `exact`, None where there is none; `freedom` are its
    degrees of freedom, None where they are not known.
    """

    name: str
    value: float
    se: float | None
    exact: bool
    freedom: int | None = None

    @property
    def estimate(self) -> Estimate:
        """With the error that it has, if any."""
        return Estimate(self.value, or_nan(self.se), self.freedom)


class Stored(Protocol):
    """A piece of evidence, or the metric that will become one."""

    @property
    def kind(self) -> str: ...
    @property
    def model(self) -> str: ...
    @property
    def revision(self) -> str: ...
    @property
    def level(self) -> str: ...
    @property
    def key(self) -> Mapping[str, Any]: ...
    @property
    def values(self) -> Mapping[str, Any]: ...


@dataclass(frozen=True)
class Values:
    """What was found. Numbers are None where there was none to be had: not measured, not finite, not stored
    by that version.
    """

    NUMBERS: ClassVar[Numbers] = ()
    """The quantities that a report lists and holds against those of another run."""
    SHARED: ClassVar[Shared] = {}
    """The fields that may leave this machine, in what form they do: none of a kind that says nothing."""
    WITH_SCORE: ClassVar[tuple[str, ...]] = ()
    """Of those what a verdict needs beside bits per byte: others share no score without."""

    @classmethod
    def of(cls, stored: Stored) -> Self:
        """Read off the `values` of a piece of evidence or of a metric."""
        return read(cls, stored.values)

    def freedom_of(self, name: str) -> int | None:
        """Degrees of freedom of the standard error of one of NUMBERS; None where they are not known."""
        return None


@dataclass(frozen=True)
class Key:
    """What keys of several kinds hold: hashes of what was read, the device, the seed."""

    SAME: ClassVar[tuple[str, ...]] = ()
    """The entries that must be equal for two measurements to be compared."""
    SHARED: ClassVar[Shared] = {}
    """The entries that may leave this machine; evidence with others stays."""

    text_sha256: str | None = None
    data_sha256: str | None = None
    device: str | None = None
    seed: int | None = None

    @classmethod
    def of(cls, stored: Stored) -> Self:
        """Read off the `key` of a piece of evidence or of a metric."""
        return read(cls, stored.key)


@dataclass(frozen=True)
class Span:
    """One stretch of text, or one example: −Σ ln p of its tokens, and its UTF-8 bytes."""

    nats: float | None = None
    bytes: int = 0


SPAN = Part({"nats": POSITIVE, "bytes": Number(least=1, whole=True)}, needed=("nats", "bytes"))
