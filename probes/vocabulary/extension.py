"""New pieces for a vocabulary: what every way of learning and merging them has in common."""

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from probes.tokenization.base import TextTokenizer
from probes.vocabulary.contract import Contract


@dataclass(frozen=True)
class Merged:
    """A base vocabulary with the first pieces of an extension in it.

    `added` are the new pieces, in order of their new ids: `first` and what follows. Worked out
    only when asked: `parts`, the base tokens each of them was written with before, and `files`, what to
    write for transformers to load it, by file name.
    """

    tokenizer: TextTokenizer
    first: int
    added: tuple[str, ...]
    parts: Callable[[], list[list[int]]]
    files: Callable[[], Mapping[str, bytes]]


class Extension(ABC):
    """Pieces learnt from a text, the ones worth most first."""

    base: TextTokenizer
    contract: Contract
    learnt: Sequence[str]
    """Learnt pieces in the base's notation, those the base has already among them."""

    @abstractmethod
    def merged(self, count: int) -> Merged:
        """The base with the first `count` learnt pieces; what it has already is not added again."""


def by_worth(pieces: Iterable[str], used: Mapping[str, int]) -> list[str]:
    """Pieces by how often they stand in the text, counting where they stand inside longer ones.

    `used` says how often each piece was used in cutting the text. Whatever is part of a piece stands at
    least as often, and comes before it: so every beginning of the list can be reached by merging.
    """
    known = set(pieces)
    counts: Counter[str] = Counter()
    for piece, times in used.items():
        parts = {piece[i:j] for i in range(len(piece)) for j in range(i + 1, len(piece) + 1)}
        for part in parts & known:
            counts[part] += times
    # What stands there once is no use to anyone: it is not learnt but memorised.
    found = [piece for piece in known if counts[piece] > 1]
    return sorted(found, key=lambda piece: (-counts[piece], len(piece), piece))
