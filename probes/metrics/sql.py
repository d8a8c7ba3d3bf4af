"""Predicted and gold SQL compared by their rows on the person's SQLite databases, in a bounded process."""

from pathlib import Path

from catalog.problem import Problem
from probes.bounds.worker import BeyondBounds, Bounds, Raised, Worker
from probes.metrics.execution import HEAP_BYTES, TIME_LIMIT_S

_BOUNDS = Bounds(seconds=TIME_LIMIT_S + 0.5, memory_bytes=3 * HEAP_BYTES)
"""Half a second later than SQLite itself ends a statement; within one function it does not."""


def find_database(where: Path, name: str) -> Path:
    """`where` itself if it is a file, else `name`.sqlite in it or in a folder of that name (as Spider's).

    Problems: metric-database-missing.
    """
    if where.is_file():
        return where
    for path in (where / name / f"{name}.sqlite", where / f"{name}.sqlite", where / f"{name}.db"):
        if name and path.is_file():
            return path
    raise Problem("metric-database-missing", path=str(where), database=f" {name}" if name else "")


class Judge:
    """One child process for all answers; a new one only after an answer for which it had to be ended."""

    def __init__(self) -> None:
        self.worker = Worker("probes.metrics.execution:comparing", _BOUNDS)

    def same_result(self, answer: str, target: str, database: Path) -> float:
        """1 where the answer's rows are the target's (see probes.metrics.execution.comparing), else 0.

        Problems: those of `check`.
        """
        self.check(target, database)
        try:
            return float(self.worker(answer, target, str(database)))
        except (Raised, BeyondBounds):
            return 0.0

    def check(self, target: str, database: Path) -> None:
        """Problem metric-gold-fails where the target itself cannot be executed."""
        try:
            self.worker(None, target, str(database))
        except (Raised, BeyondBounds) as error:
            raise Problem("metric-gold-fails", database=str(database), detail=str(error)[:120]) from error
