"""SQL executed on a database, as it runs in the child of `probes.metrics.sql`: read-only, with bounds."""

import re
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from pathlib import Path

from probes.metrics.results import Row, Wanted, in_order, same, unordered, with_ties
from probes.metrics.statement import first_statement, ordering, statements

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
_UNPARSED = re.compile("syntax error|incomplete input|unrecognized token")
"""SQLite's words for text that is no statement; a name that is not there is another error."""
_MOST_TRIED = 64


@dataclass(frozen=True)
class Result:
    """The first rows of a query and the names of its columns."""

    names: tuple[str, ...]
    rows: list[Row]


def comparing() -> Callable[[str | None, str, str], float]:
    """A function of (answer, target, database): 1 where the answer's rows are the target's, else 0.

    The answer's statement is the first in it that SQLite can parse (`probes.metrics.statement`). Columns
    may come in any order, rows too where the target's outermost SELECT does not order them; rows that its
    order does not tell apart may stand in any order, and any of those may be the last that a LIMIT lets
    through. An answer without a statement, or one that fails, takes too much or would change anything, is
    0; None asks for the target alone. Raises what `execute` raises for the target.
    """
    wanted_rows = lru_cache(maxsize=1)(wanted)

    def compare(answer: str | None, target: str, database: str) -> float:
        rows = wanted_rows(target, Path(database))
        if answer is None:
            return 1.0
        for statement in islice(statements(answer), _MOST_TRIED):
            try:
                return float(same(execute(statement, Path(database)).rows, rows))
            except sqlite3.OperationalError as error:
                if not _UNPARSED.search(str(error)):
                    return 0.0
            except _FAILS:
                return 0.0
        return 0.0

    return compare


def wanted(target: str, database: Path) -> Wanted:
    """The rows that are right for a target. Raises what `execute` raises."""
    statement = first_statement(target)
    plain = execute(statement, database)
    order = ordering(statement)
    if order is None:
        return unordered(plain.rows)
    strict = in_order(plain.rows)
    keyed = order.keyed(plain.names)
    if keyed is None:
        return strict
    try:
        rows = execute(keyed[0], database).rows
    except _FAILS:
        return strict
    width = len(plain.names)
    if not rows or max(keyed[1]) >= len(rows[0]):
        return strict
    found = with_ties(
        [row[:width] for row in rows],
        [tuple(row[key] for key in keyed[1]) for row in rows],
        order.skipped,
        order.most,
    )
    return found if same(plain.rows, found) else strict


def execute(statement: str, database: Path, limit_s: float = TIME_LIMIT_S) -> Result:
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
            cursor = connection.execute(statement)
            rows = _bounded(cursor)
            return Result(tuple(column[0] for column in cursor.description or ()), rows)
        except sqlite3.OperationalError as error:
            if late:
                raise TimeoutError(f"longer than {limit_s:g} s") from error
            raise


def _bounded(cursor: sqlite3.Cursor) -> list[Row]:
    rows: list[Row] = []
    size = 0
    for row in cursor:
        size += sum(len(value) if isinstance(value, str | bytes) else 8 for value in row)
        if size > ROWS_BYTES:
            raise ValueError(f"more than {ROWS_BYTES // 2**20} MiB of rows")
        rows.append(tuple(row))
        if len(rows) == ROW_LIMIT:
            break
    return rows
