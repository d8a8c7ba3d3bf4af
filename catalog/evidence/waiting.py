"""Rows that the store could not take yet: kept in memory while another process holds it, then in a file.

A row is its table and its columns. A run that is begun meanwhile has a negative number, which the rows
that belong to it carry, until the database gives it one of its own.
"""

import json
import sqlite3
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from catalog.evidence.migrations import COLUMNS
from catalog.files import free_name, write_text

Row = tuple[str, Mapping[str, Any]]
_TWICE = {"endings": "ON CONFLICT(run) DO NOTHING", "evidence": "ON CONFLICT(id) DO NOTHING"}
"""What the store holds already is kept as it is; any other constraint that a row breaks is an error."""
_WRONG = (
    sqlite3.IntegrityError,
    sqlite3.ProgrammingError,
    sqlite3.InterfaceError,
    ValueError,
    OverflowError,
)
_FILES = "{stem}.waiting-*.jsonl"


def insert(db: sqlite3.Connection, rows: Iterable[Row], begun: dict[int, int]) -> list[Exception]:
    """Write rows in one transaction; what was wrong with those that the form does not allow.

    `begun` receives the numbers that the runs among them were given. sqlite3.OperationalError, and nothing
    is written, where that cannot be now; KeyError for a row that lacks a column.
    """
    numbers, wrong = dict(begun), list[Exception]()
    db.execute("BEGIN IMMEDIATE")
    try:
        for table, row in rows:
            columns = COLUMNS[table]
            names = ", ".join(f'"{name}"' for name in columns)
            marks = ", ".join("?" * len(columns))
            values = {name: row[name] for name in columns}
            if "run" in values:
                values["run"] = numbers.get(values["run"], values["run"])
            command = f"INSERT INTO {table} ({names}) VALUES ({marks}) {_TWICE.get(table, '')}"
            try:
                cursor = db.execute(command, tuple(map(_writable, values.values())))
            except _WRONG as error:
                wrong.append(error)
                continue
            if table == "runs" and cursor.lastrowid is not None:
                numbers[row["id"]] = cursor.lastrowid
        db.execute("COMMIT")
        begun |= numbers
    finally:
        if db.in_transaction:
            db.execute("ROLLBACK")
    return wrong


def _writable(value: Any) -> Any:
    """Text that SQLite takes: half of a surrogate pair, or a byte of a name that is no UTF-8, becomes its
    escape, which is the same in JSON.
    """
    return value.encode("utf-8", "backslashreplace").decode() if isinstance(value, str) else value


def put_by(store: Path, rows: Iterable[Row], begun: Mapping[int, int]) -> Path:
    """Write rows into a file of their own beside the store, whole or not at all.

    OSError, and Problem disk-full.
    """
    path = free_name(store, "waiting", ".jsonl")
    known = [
        (table, dict(row) | ({"run": begun.get(row["run"], row["run"])} if "run" in row else {}))
        for table, row in rows
    ]
    lines = [json.dumps({table: row}) for table, row in known]
    write_text(path, "\n".join(lines) + "\n")
    return path


def take_in(db: sqlite3.Connection, store: Path) -> list[str]:
    """Write what earlier runs put by, and delete their files; the names of files that cannot be read.

    Those are renamed, so that they are told once. While another process holds the store all stay.
    """
    bad = []
    for path in sorted(store.parent.glob(_FILES.format(stem=store.stem))):
        try:
            lines = path.read_text(encoding="utf-8").splitlines()
            rows = [row for line in lines for row in json.loads(line).items()]
            readable = not insert(db, rows, {})
        except (OSError, sqlite3.OperationalError):
            continue
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
            readable = False
        if readable:
            path.unlink(missing_ok=True)
        else:
            bad.append(path.rename(path.with_suffix(".unreadable")).name)
    return bad
