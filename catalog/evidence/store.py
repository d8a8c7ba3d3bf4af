"""The append-only store of evidence and runs (SQLite)."""

import json
import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from itertools import count
from pathlib import Path
from typing import Any

from catalog.evidence.records import Evidence, Provenance

_SCHEMA = """
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


_APPEND_ONLY = """
CREATE TRIGGER IF NOT EXISTS {table}_no_{verb} BEFORE {verb} ON {table}
BEGIN SELECT RAISE(ABORT, 'the evidence store is append-only'); END;
"""


_TABLES = ("runs", "endings", "failures", "evidence")


_RUNS = (
    "SELECT r.id, r.command, r.request, r.started, e.status, e.result, e.ended FROM runs r "
    "LEFT JOIN endings e ON e.run = r.id"
)


_COLUMNS = 'kind, model, revision, level, key, "values", provenance, source, created'


class RunState(StrEnum):
    """How a run stands: RUNNING until an ending is recorded, NO where the answer is no."""

    RUNNING = "running"
    DONE = "done"
    NO = "no"
    FAILED = "failed"
    CANCELLED = "cancelled"


@dataclass(frozen=True)
class Run:
    """One command or one press of the key: what was asked, when, and how it ended.

    `status` stays RUNNING where no ending was recorded: also for a run that was killed; `ended` is then "".
    """

    id: int
    command: str
    request: dict[str, Any]
    started: str
    status: RunState
    result: dict[str, Any]
    ended: str = ""


class Store:
    """The append-only evidence store (SQLite, WAL). Only the runner's process opens it.

    A damaged file is renamed, never deleted: `set_aside` then holds its new path, for the person
    to be told.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.set_aside: Path | None = None
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            self._db = self._open()
        except sqlite3.DatabaseError as error:
            if isinstance(error, sqlite3.OperationalError) and not _is_damage(str(error)):
                raise
            self.set_aside = _put_aside(path)
            self._db = self._open()

    def _open(self) -> sqlite3.Connection:
        db = sqlite3.connect(self.path, isolation_level=None, timeout=10)
        try:
            db.execute("PRAGMA journal_mode=WAL")
            db.execute("PRAGMA synchronous=NORMAL")
            if db.execute("PRAGMA quick_check(1)").fetchone()[0] != "ok":
                raise sqlite3.DatabaseError("malformed")
            db.executescript(_SCHEMA)
            for table in _TABLES:
                for verb in ("UPDATE", "DELETE"):
                    db.executescript(_APPEND_ONLY.format(table=table, verb=verb))
        except sqlite3.DatabaseError:
            db.close()
            raise
        return db

    def close(self) -> None:
        self._db.close()

    def append(self, evidence: Evidence, run: int | None = None) -> str:
        """Keep one result and return its id; the same content again changes nothing."""
        self._db.execute(
            f"INSERT OR IGNORE INTO evidence (id, run, {_COLUMNS}) VALUES (?,?,?,?,?,?,?,?,?,?,?)",
            (
                evidence.id,
                run,
                evidence.kind,
                evidence.model,
                evidence.revision,
                evidence.level,
                _dump(evidence.key),
                _dump(evidence.values),
                evidence.provenance.value,
                evidence.source,
                evidence.created,
            ),
        )
        return evidence.id

    def find(
        self,
        kind: str | None = None,
        *,
        revision: str | None = None,
        level: str | None = None,
        key: Mapping[str, Any] | None = None,
    ) -> list[Evidence]:
        """Results in the order they came; `key` matches where every given entry is equal."""
        wanted = {"kind": kind, "revision": revision, "level": level}
        given = {column: value for column, value in wanted.items() if value is not None}
        where = " AND ".join(f"{column} = ?" for column in given) or "1"
        query = f"SELECT {_COLUMNS} FROM evidence WHERE {where} ORDER BY seq"
        found = [_evidence(row) for row in self._db.execute(query, tuple(given.values()))]
        return [e for e in found if all(e.key.get(name) == value for name, value in (key or {}).items())]

    def begin(self, command: str, request: Mapping[str, Any]) -> int:
        """Record that a run has started; the id to pass along with everything it yields."""
        cursor = self._db.execute(
            "INSERT INTO runs (command, request, started) VALUES (?,?,?)", (command, _dump(request), _now())
        )
        assert cursor.lastrowid is not None
        return cursor.lastrowid

    def end(self, run: int, status: RunState, result: Mapping[str, Any]) -> None:
        """Record how a run ended."""
        self._db.execute(
            "INSERT OR IGNORE INTO endings (run, status, result, ended) VALUES (?,?,?,?)",
            (run, status, _dump(result), _now()),
        )

    def fail(self, run: int | None, probe: str, subject: str, failure: Mapping[str, Any]) -> None:
        """Keep a failed job as a row of its own."""
        self._db.execute(
            "INSERT INTO failures (run, probe, subject, failure, created) VALUES (?,?,?,?,?)",
            (run, probe, subject, _dump(failure), _now()),
        )

    def failures(self, run: int | None = None) -> list[dict[str, Any]]:
        """Failed jobs of one run, or of all: probe, subject, failure, created."""
        where, values = ("run = ?", (run,)) if run is not None else ("1", ())
        rows = self._db.execute(
            f"SELECT run, probe, subject, failure, created FROM failures WHERE {where} ORDER BY id", values
        )
        names = ("run", "probe", "subject", "failure", "created")
        return [dict(zip(names, row, strict=True)) | {"failure": json.loads(row[3])} for row in rows]

    def runs(self, limit: int = 50) -> list[Run]:
        """The latest runs, newest first."""
        rows = self._db.execute(f"{_RUNS} ORDER BY r.id DESC LIMIT ?", (limit,))
        return [_run(row) for row in rows]

    def find_run(self, run: int) -> Run | None:
        """The run of that number, if there is one."""
        row = self._db.execute(f"{_RUNS} WHERE r.id = ?", (run,)).fetchone()
        return None if row is None else _run(row)

    def run_of(self) -> dict[str, int]:
        """Evidence id -> the run that added it, where it was added by one."""
        return dict(self._db.execute("SELECT id, run FROM evidence WHERE run IS NOT NULL"))

    def evidence_of(self, run: int) -> list[Evidence]:
        """What one run added to the store."""
        query = f"SELECT {_COLUMNS} FROM evidence WHERE run = ? ORDER BY seq"
        return [_evidence(row) for row in self._db.execute(query, (run,))]


def _run(row: Iterable[Any]) -> Run:
    id_, command, request, started, status, result, ended = row
    return Run(
        id_,
        command,
        json.loads(request),
        started,
        RunState(status or RunState.RUNNING),
        json.loads(result or "{}"),
        ended or "",
    )


def _is_damage(message: str) -> bool:
    """Whether an operational error is of the file and not of the machine: malformed, or of another form."""
    return any(word in message for word in ("malformed", "no such column", "has no column", "not a view"))


def _put_aside(path: Path) -> Path:
    """Rename a database with its journal to a name that is free; what was in it stays for the person."""
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S")
    names = (f"{path.stem}.damaged-{stamp}{'-' + str(n) if n else ''}{path.suffix}" for n in count())
    aside = next(place for name in names if not (place := path.with_name(name)).exists())
    path.rename(aside)
    for suffix in ("-wal", "-shm"):
        journal = path.with_name(path.name + suffix)
        if journal.exists():
            journal.rename(aside.with_name(aside.name + suffix))
    return aside


def _evidence(row: Iterable[Any]) -> Evidence:
    kind, model, revision, level, key, values, provenance, source, created = row
    return Evidence(
        kind,
        model,
        revision,
        level,
        json.loads(key),
        json.loads(values),
        Provenance(provenance),
        source,
        created,
    )


def _dump(value: Mapping[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, default=dict)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
