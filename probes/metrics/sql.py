"""Predicted and gold SQL executed on the person's SQLite databases: read-only, with a time limit."""

import sqlite3
import time
from collections import Counter
from contextlib import closing
from pathlib import Path
from typing import Any

from catalog.problem import Problem
from probes.metrics.text import normalise

TIME_LIMIT_S = 5.0
ROW_LIMIT = 100_000
_CHECK_EVERY = 10_000
_ALLOWED = {sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_FUNCTION, sqlite3.SQLITE_RECURSIVE}


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


def same_result(answer: str, target: str, database: Path) -> float:
    """1 where the answer's rows are the target's: in order where the target orders them, else in any.

    An answer that fails, runs too long or would change anything scores 0.
    Problems: metric-gold-fails, where the target itself cannot be executed.
    """
    try:
        wanted = execute(target, database)
    except (sqlite3.Error, TimeoutError) as error:
        raise Problem("metric-gold-fails", database=str(database), detail=str(error)[:120]) from error
    try:
        found = execute(_statement(answer, target), database)
    except (sqlite3.Error, sqlite3.Warning, TimeoutError):
        return 0.0
    if "order by" in target.casefold():
        return float(found == wanted)
    return float(Counter(found) == Counter(wanted))


def _statement(answer: str, target: str) -> str:
    """The answer without fences or prose after it; letter case is left, as it matters within quotes."""
    if "```" in answer:
        answer = answer.split("```")[1].removeprefix("sql")
    answer = answer.strip().split(";", 1)[0]
    return answer.split("\n\n", 1)[0] if normalise(answer, target) else ""


def execute(statement: str, database: Path, limit_s: float = TIME_LIMIT_S) -> list[tuple[Any, ...]]:
    """The rows of a SELECT. sqlite3.Error where it is none; TimeoutError after `limit_s` seconds."""
    deadline = time.monotonic() + limit_s
    late = False

    def stop() -> int:
        nonlocal late
        late = time.monotonic() > deadline
        return int(late)

    with closing(sqlite3.connect(f"{database.resolve().as_uri()}?mode=ro", uri=True)) as connection:
        connection.set_progress_handler(stop, _CHECK_EVERY)
        connection.set_authorizer(
            lambda action, *_: sqlite3.SQLITE_OK if action in _ALLOWED else sqlite3.SQLITE_DENY
        )
        connection.text_factory = lambda data: data.decode("utf-8", "replace")
        try:
            return [tuple(row) for row in connection.execute(statement).fetchmany(ROW_LIMIT)]
        except sqlite3.OperationalError as error:
            if late:
                raise TimeoutError(f"longer than {limit_s:g} s") from error
            raise
