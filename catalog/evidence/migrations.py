"""The form of the store, as numbered steps: what `PRAGMA user_version` counts.

A change of the form is a new step at the end, with a store of the form before it as
tests/fixtures/stores/VERSION.sql; a step that was released is never changed.
"""

import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

COLUMNS: Mapping[str, tuple[str, ...]] = {
    "runs": ("command", "request", "started"),
    "endings": ("run", "status", "result", "ended"),
    "failures": ("run", "probe", "subject", "failure", "created"),
    "evidence": (
        "id", "run", "kind", "model", "revision", "level", "key", "values",
        "provenance", "source", "created",
    ),
}  # fmt: skip
"""Table -> what a row is written with; the parent first."""

_FIRST = """
CREATE TABLE IF NOT EXISTS runs (
  id INTEGER PRIMARY KEY, command TEXT NOT NULL, request TEXT NOT NULL, started TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS endings (
  run INTEGER PRIMARY KEY REFERENCES runs(id), status TEXT NOT NULL, result TEXT NOT NULL,
  ended TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS failures (
  id INTEGER PRIMARY KEY, run INTEGER, probe TEXT NOT NULL, subject TEXT NOT NULL,
  failure TEXT NOT NULL, created TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS evidence (
  seq INTEGER PRIMARY KEY, id TEXT UNIQUE NOT NULL, run INTEGER, kind TEXT NOT NULL,
  model TEXT NOT NULL, revision TEXT NOT NULL, level TEXT NOT NULL, key TEXT NOT NULL,
  "values" TEXT NOT NULL, provenance TEXT NOT NULL, source TEXT NOT NULL, created TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS evidence_subject ON evidence (kind, revision, level);
"""
"""IF NOT EXISTS, since stores were written in this form before it had a number."""

_APPEND_ONLY = tuple(
    f"CREATE TRIGGER IF NOT EXISTS {table}_no_{verb} BEFORE {verb} ON {table} "
    "BEGIN SELECT RAISE(ABORT, 'the evidence store is append-only'); END"
    for table in COLUMNS
    for verb in ("UPDATE", "DELETE")
)

STEPS: Sequence[tuple[str, ...]] = (
    (*filter(str.strip, _FIRST.split(";")), *_APPEND_ONLY),
    (
        "CREATE INDEX evidence_run ON evidence (run)",
        "CREATE INDEX evidence_revision ON evidence (revision)",  # what a verdict asks by
    ),
)
"""Step n takes a store of version n to version n + 1."""

LATEST = len(STEPS)

_HEADER, _VERSION = 64, slice(60, 64)
"""Where the header of a database file keeps user_version (sqlite.org/fileformat.html, section 1.3)."""


def version_of(path: Path) -> int:
    """The store's version, 0 for none; told without changing a byte of it.

    A plain connection would do: the last one to close moves a left-over log into the file.
    """
    if path.with_name(f"{path.name}-wal").exists():
        with suppress(sqlite3.DatabaseError):  # what is wrong with it is said when it is opened
            reader = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)
            try:
                return _version(reader)
            finally:
                reader.close()
    with suppress(OSError), path.open("rb") as stream:
        header = stream.read(_HEADER)
        if header.startswith(b"SQLite format 3\0"):
            return int.from_bytes(header[_VERSION], "big")
    return 0


def migrate(db: sqlite3.Connection) -> None:
    """Take the steps that the store lacks, all or none; OperationalError for a database of another form."""
    if _version(db) < LATEST:
        db.execute("BEGIN IMMEDIATE")
        try:
            for statement in (one for step in STEPS[_version(db) :] for one in step):
                db.execute(statement)
            db.execute(f"PRAGMA user_version = {LATEST}")
            _check(db)
            db.execute("COMMIT")
        except BaseException:
            if db.in_transaction:  # a signal may come before it begins, or after it ends
                db.execute("ROLLBACK")
            raise
    _check(db)


def _check(db: sqlite3.Connection) -> None:
    """A table or a column that is missing is told now, before anything is measured."""
    for table, columns in COLUMNS.items():
        names = ", ".join(f'"{table}"."{name}"' for name in columns)
        db.execute(f"SELECT {names} FROM {table} LIMIT 0")


def _version(db: sqlite3.Connection) -> int:
    return int(db.execute("PRAGMA user_version").fetchone()[0])
