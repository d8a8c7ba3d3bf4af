"""A case: something that is done to basefit, and what was found of it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass
class Found:
    """What came of a case. `counts` adds up over nights; `faults` are sentences, [] where all held."""

    counts: dict[str, int] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)
    figures: dict[str, Any] = field(default_factory=dict)

    def count(self, what: str, by: int = 1) -> None:
        self.counts[what] = self.counts.get(what, 0) + by


@dataclass(frozen=True)
class Case:
    """`run` is given an empty folder; the same `part`, `name` and `seed` do the same again."""

    part: str
    name: str
    seed: int
    run: Callable[[Path], Found]
