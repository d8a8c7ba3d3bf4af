"""SQL executed on a database, as it runs in the child of `probes.metrics.sql`: read-only, with bounds."""

import sqlite3
import time
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from functools import lru_cache
from pathlib import Path
from typing import Any

TIME_LIMIT_S = 5.0
ROW_LIMIT = 100_000
VALUE_BYTES = 16 * 2**20
"""Of one value, and of the statement."""
ROWS_BYTES = 32 * 2**20
HEAP_BYTES = 256 * 2**20
"""What SQLite itself may hold."""
_CHECK_EVERY = 10_000
_ALLOWED = {sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_FUNCTION, sqlite3.SQLITE_RECURSIVE}
_FAILS = (sqlite3.Error, sqlite3.Warning, TimeoutError, ValueError, MemoryError)

Rows = list[tuple[Any, ...]]


def comparing() -> Callable[[str | None, str, str], float]:
    """A function of (answer, target, database): 1 where the answer's rows are the target's, else 0.

    In order where the target orders them, else in any. An answer that fails, takes too much or would change
    anything is 0; None asks for the target alone. Raises what `execute` raises for the target.
    """
    wanted_rows = lru_cache(maxsize=1)(execute)

    def compare(answer: str | None, target: str, database: str) -> float:
        wanted = wanted_rows(target, Path(database))
        if answer is None:
            return 1.0
        try:
            found = execute(answer, Path(database))
        except _FAILS:
            return 0.0
        if "order by" in target.casefold():
            return float(found == wanted)
        return float(Counter(found) == Counter(wanted))

    return compare


def execute(statement: str, database: Path, limit_s: float = TIME_LIMIT_S) -> Rows:
    """The first rows of a SELECT.

    sqlite3.Error where it is none; TimeoutError after `limit_s` seconds, as far as SQLite looks at the
    clock; ValueError beyond ROWS_BYTES; MemoryError beyond HEAP_BYTES.
    """
    deadline = time.monotonic() + limit_s
    late = False

    def stop() -> int:
        nonlocal late
        late = time.monotonic() > deadline
        return int(late)

    with closing(sqlite3.connect(f"{database.resolve().as_uri()}?mode=ro", uri=True)) as connection:
        connection.execute(f"PRAGMA hard_heap_limit={HEAP_BYTES}")
        connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, VALUE_BYTES)
        connection.set_progress_handler(stop, _CHECK_EVERY)
        connection.set_authorizer(
            lambda action, *_: sqlite3.SQLITE_OK if action in _ALLOWED else sqlite3.SQLITE_DENY
        )
        connection.text_factory = lambda data: data.decode("utf-8", "replace")
        try:
            return _bounded(connection.execute(statement))
        except sqlite3.OperationalError as error:
            if late:
                raise TimeoutError(f"longer than {limit_s:g} s") from error
            raise


def _bounded(cursor: sqlite3.Cursor) -> Rows:
    rows: Rows = []
    size = 0
    for row in cursor:
        size += sum(len(value) if isinstance(value, str | bytes) else 8 for value in row)
        if size > ROWS_BYTES:
            raise ValueError(f"more than {ROWS_BYTES // 2**20} MiB of rows")
        rows.append(tuple(row))
        if len(rows) == ROW_LIMIT:
            break
    return rows
