"""An itemised amount of memory, each term with a range, and whether it fits."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

Fits = Literal["yes", "tight", "no"]
PARTS = {
    "weights": ("weights", "experts", "experts-moved", "unquantized", "vision"),
    "cache": ("kv-cache",),
    "adapter": ("adapter",),
    "optimizer": ("optimizer", "gradients", "buffers"),
    "activations": ("activations", "logits", "checkpoints", "dequantization"),
    "context": ("context", "slack", "correction"),
}
"""What a person is shown -> the terms that it sums."""


class Term(NamedTuple):
    """Bytes of one thing held at the moment of the peak."""

    name: str
    low: int
    expected: int
    high: int

    @classmethod
    def known(cls, name: str, size: int) -> "Term":
        """A term that follows from the shapes alone."""
        return cls(name, size, size, size)


@dataclass(frozen=True)
class Correction:
    """What measured peaks on one device say of earlier estimates: measured / expected.

    `ratio` is their median, `spread` the relative half-width around it that held them all.
    """

    ratio: float
    spread: float


class Size(NamedTuple):
    """An amount of memory in bytes, and whether it fits."""

    low: int
    expected: int
    high: int

    def fits(self, budget_bytes: int) -> Fits:
        """`yes` where even the high end fits, `no` where not even the low end does, else `tight`."""
        if self.high <= budget_bytes:
            return "yes"
        return "no" if self.low > budget_bytes else "tight"


@dataclass(frozen=True)
class Footprint:
    """Peak memory as a sum of terms; `total` is what they come to."""

    terms: tuple[Term, ...]
    total: Size = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        sums = [sum(column) for column in tuple(zip(*self.terms, strict=True))[1:]]
        object.__setattr__(self, "total", Size(*sums) if sums else Size(0, 0, 0))

    @property
    def low(self) -> int:
        return self.total.low

    @property
    def expected(self) -> int:
        return self.total.expected

    @property
    def high(self) -> int:
        return self.total.high

    def fits(self, budget_bytes: int) -> Fits:
        """Whether the whole fits, as `Size` says it."""
        return self.total.fits(budget_bytes)

    def term(self, name: str) -> Term:
        """The term of that name, zero where there is none."""
        return next((term for term in self.terms if term.name == name), Term.known(name, 0))

    def parts(self) -> dict[str, int]:
        """Expected bytes of each of PARTS that is there."""
        known = {name: sum(self.term(term).expected for term in terms) for name, terms in PARTS.items()}
        return {name: size for name, size in known.items() if size > 0}

    def without(self, *names: str) -> "Footprint":
        """The footprint less some terms: what an allocator reports knows no context and no slack."""
        return Footprint(tuple(term for term in self.terms if term.name not in names))

    def corrected(self, correction: Correction) -> "Footprint":
        """The estimate moved to what this device has shown, as one more term ("correction")."""
        expected = round(self.expected * correction.ratio)
        low = min(expected, round(expected * (1 - correction.spread)))
        high = max(expected, round(expected * (1 + correction.spread)))
        shift = Term("correction", low - self.low, expected - self.expected, high - self.high)
        return Footprint((*self.terms, shift))


def fullest(cards: Iterable[Sequence[Term]], correction: Correction | None = None) -> Footprint:
    """Of the card that holds most: its terms that are not zero, corrected where measurements say how."""
    terms = max(cards, key=lambda held: sum([term.expected for term in held]))
    plain = Footprint(tuple([term for term in terms if term.high]))
    return plain.corrected(correction) if correction else plain
