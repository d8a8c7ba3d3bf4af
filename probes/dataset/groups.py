"""Which rows belong together: those with the same question, and those that begin alike."""

from collections import defaultdict
from collections.abc import Hashable, Mapping, Sequence
from itertools import pairwise

from probes.dataset.examples import Example

GENERIC = 20
"""A beginning after which dialogues go on in more ways is a greeting, and an exchange that more rows hold a
phrase: neither binds rows together."""
LEAST_BYTES = 48
"""UTF-8, of an exchange in the middle of a dialogue that binds two rows."""


class Groups:
    """Rows of one group have the same question, or begin with the same exchange, or share one further on.

    So turns of one dialogue that were made a row each, whole or through a window, are one group. White
    space and case make no difference.
    """

    def __init__(self, examples: Sequence[Example]) -> None:
        self._parents = list(range(len(examples)))
        self._places = {example.id: place for place, example in enumerate(examples)}
        self._beginnings: dict[tuple[int, str, str], int] = {}
        self._answers: dict[str, tuple[int, ...]] = {}
        ways: defaultdict[int, set[str]] = defaultdict(set)
        rows: defaultdict[Hashable, list[int]] = defaultdict(list)
        exchanges: defaultdict[tuple[str, str], list[int]] = defaultdict(list)
        for place, example in enumerate(examples):
            texts = [plain(turn.written) for turn in example.turns]
            self._answers[example.id] = self._begun(example, texts, ways)
            rows[plain(example.prompt) or example.id].append(place)
            for turn, pair in zip(example.turns[1:], pairwise(texts), strict=True):
                if turn.role == "assistant" and len("".join(pair).encode()) >= LEAST_BYTES:
                    exchanges[pair].append(place)
        for place, example in enumerate(examples):
            answers = self._answers[example.id]
            rows[next((one for one in answers if len(ways[one]) <= GENERIC), example.id)].append(place)
        for places in (*rows.values(), *(some for some in exchanges.values() if len(some) <= GENERIC)):
            for place in places[1:]:
                self._parents[self._root(place)] = self._root(places[0])
        self.go_on = frozenset(one for one, texts in ways.items() if texts)
        """The answers (see `answers`) with which another row begins."""

    def _begun(
        self, example: Example, texts: Sequence[str], ways: Mapping[int, set[str]]
    ) -> tuple[int, ...]:
        """The number of each answer; into `ways` goes what follows it."""
        found = []
        so_far = self._number(-1, "tools", example.tools)
        for index, (turn, text) in enumerate(zip(example.turns, texts, strict=True)):
            so_far = self._number(so_far, turn.role, text)
            if turn.role == "assistant":
                found.append(so_far)
                ways[so_far].update(texts[index + 1 : index + 2])
        return tuple(found)

    def _number(self, before: int, role: str, text: str) -> int:
        return self._beginnings.setdefault((before, role, text), len(self._beginnings))

    def answers(self, example: Example) -> tuple[int, ...]:
        """A number for each answer, in order: the same one where all that was said up to it is the same."""
        return self._answers[example.id]

    def of(self, example: Example) -> int:
        """The group of one of the examples."""
        return self._root(self._places[example.id])

    @property
    def count(self) -> int:
        """How many groups there are."""
        return sum(place == parent for place, parent in enumerate(self._parents))

    def _root(self, place: int) -> int:
        while self._parents[place] != place:
            self._parents[place] = self._parents[self._parents[place]]
            place = self._parents[place]
        return place


def plain(text: str) -> str:
    """The text without what makes no difference: case, and how much white space there is."""
    return " ".join(text.split()).casefold()
