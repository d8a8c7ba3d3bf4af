"""basefit under kills, faults and hostile files: each part gives seeded cases, held to one contract."""

from collections.abc import Callable, Iterator

from tests.reliability import app_kills, faults, fuzz, hub, kills, memory
from tests.reliability.case import Case

PARTS: dict[str, Callable[[int], Iterator[Case]]] = {
    "kills": kills.cases,
    "app": app_kills.cases,
    "faults": faults.cases,
    "fuzz": fuzz.cases,
    "hub": hub.cases,
    "memory": memory.cases,
}
"""Part -> its cases, from a seed; without end, or all there are."""
