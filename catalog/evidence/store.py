"""The append-only store of evidence and runs (SQLite)."""

import json
import sqlite3
import tempfile
import time
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, TypeVar

from catalog.evidence.database import (
    RETRY_S,
    borrow,
    connect,
    is_damage,
    is_held,
    lacks_room,
    put_aside,
)
from catalog.evidence.records import Evidence, Provenance
from catalog.evidence.waiting import Row, insert, put_by, take_in
from catalog.problem import Problem

PATIENCE_S = 60.0
"""How long another process may hold the store while it is opened, or closed with rows still to write."""
FULL_PATIENCE_S = 5.0
"""How long a full disk is waited for as the store is closed: nobody frees it meanwhile as a rule."""
_RUNS = (
    "SELECT r.id, r.command, r.request, r.started, e.status, e.result, e.ended FROM runs r "
    "LEFT JOIN endings e ON e.run = r.id"
)
_EVIDENCE = (
    'SELECT id, kind, model, revision, level, key, "values", provenance, source, created FROM evidence'
)
_FAILURES = "SELECT id, run, probe, subject, failure, created FROM failures"
_Read = TypeVar("_Read")


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

    `tell` is given, as Problems that `told` keeps, what a person should know though the work goes on: a
    damaged file was renamed (store-set-aside, its new path in `set_aside`); rows that are not what they
    say they are were skipped (store-rows-skipped, their ids in `skipped`); another process holds the
    store, and what is measured waits in memory (store-waiting), as it does where the disk is full
    (store-full); it could not be written to the end, and what waited was put in a file that the next
    opening takes in (store-put-by), or that is to be moved beside the store once there is room
    (store-put-elsewhere). Problems of opening: those of database.connect.
    """

    def __init__(
        self,
        path: Path,
        tell: Callable[[Problem], None] = lambda problem: None,
        patience: float = PATIENCE_S,
    ) -> None:
        self.path, self.patience, self.tell = path, patience, tell
        self.told: list[Problem] = []
        self.set_aside: Path | None = None
        self.skipped: list[str] = []
        self.waiting: list[Row] = []
        """Rows that are not in the file yet, in the order they came."""
        self._begun: dict[int, int] = {}
        self._held = self._full = False
        self._db = self._opened()

    def _opened(self) -> sqlite3.Connection:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        try:
            db = self._open()
        except sqlite3.DatabaseError as error:
            if not is_damage(error):
                raise
            self.set_aside = put_aside(self.path)
            db = self._open()
            self._tell("store-set-aside", path=str(self.set_aside))
        self._skip(take_in(db, self.path))
        return db

    def _open(self) -> sqlite3.Connection:
        return connect(self.path, self.patience, lambda: self._tell_waiting("store-waiting"))

    def close(self) -> None:
        """Write what waits, for as long as the store has patience, on a full disk FULL_PATIENCE_S; what is
        left is put by.

        OSError and Problem disk-full, where it can be put by nowhere.
        """
        began = time.monotonic()
        try:
            while not self.flush():
                patience = min(self.patience, FULL_PATIENCE_S) if self._full else self.patience
                if time.monotonic() >= began + patience:
                    break
                time.sleep(RETRY_S)
        finally:
            self._db.close()
            if self.waiting:
                self._put_by()

    def _put_by(self) -> None:
        """Rows that could not be written into a file: beside the store, else among temporary ones."""
        code = "store-put-by"
        try:
            place = put_by(self.path, self.waiting, self._begun)
        except (OSError, Problem):
            code, elsewhere = "store-put-elsewhere", Path(tempfile.mkdtemp(prefix="kept-by-basefit-"))
            place = put_by(elsewhere / self.path.name, self.waiting, self._begun)
        self._tell(code, path=str(place), count=len(self.waiting), home=str(self.path.parent))
        self.waiting.clear()

    def flush(self) -> bool:
        """Write what waits, unless the store is held or its disk is full; whether all is written.

        Only the first row that meets a held store waits for it: a screen must not stall for each. Raises
        what is wrong with a row that the form does not allow; the others are written.
        """
        if not self.waiting:
            return True
        self._db.execute(f"PRAGMA busy_timeout = {0 if self._held else 1000}")
        try:
            wrong = insert(self._db, self.waiting, self._begun)
        except sqlite3.OperationalError as error:
            self._full = lacks_room(error, self.path)
            if not (self._full or is_held(error)):
                raise
            if not self._held:
                self._tell_waiting("store-full" if self._full else "store-waiting")
            self._held = True
            return False
        self._held = False
        self.waiting.clear()
        if wrong:
            raise wrong[0]
        return True

    def append(self, evidence: Evidence, run: int | None = None) -> str:
        """Keep one result and return its id; the same content again changes nothing."""
        row = {
            "id": evidence.id,
            "run": run,
            "kind": evidence.kind,
            "model": evidence.model,
            "revision": evidence.revision,
            "level": evidence.level,
            "key": _dump(evidence.key),
            "values": _dump(evidence.values),
            "provenance": evidence.provenance.value,
            "source": evidence.source,
            "created": evidence.created,
        }
        self._write("evidence", row)
        return evidence.id

    def find(
        self,
        kind: str | None = None,
        *,
        ids: Collection[str] | None = None,
        revision: str | Collection[str] | None = None,
        level: str | None = None,
        key: Mapping[str, Any] | None = None,
        imported: bool = False,
    ) -> list[Evidence]:
        """Results in the order they came; `key` matches where every given entry is equal.

        `ids` and `revision` name all that are wanted. What others measured is left out unless it is asked
        for: it speaks for a model, never for this machine, and stands in for no measurement to be made.
        """
        revisions = [revision] if isinstance(revision, str) else revision
        wanted = {"kind": _one(kind), "id": ids, "revision": revisions, "level": _one(level)}
        where, values = ["1"], list[Any]()
        for column, among in wanted.items():
            if among is not None:
                where.append(f"{column} IN ({', '.join('?' * len(among))})")
                values += among
        if not imported:
            where.append("provenance <> ?")
            values.append(Provenance.IMPORTED.value)
        for name, value in (key or {}).items():
            if isinstance(value, str) and name.isidentifier():  # a broken key is found out when it is read
                where.append(f"CASE WHEN json_valid(key) THEN json_extract(key, '$.{name}') = ? ELSE 1 END")
                values.append(value)
        query = f"{_EVIDENCE} WHERE {' AND '.join(where)} ORDER BY seq"
        found = {e.id: e for e in self._read(self._db.execute(query, values), _evidence)}
        for e in self._unwritten():
            about = {"kind": e.kind, "id": e.id, "revision": e.revision, "level": e.level}
            if all(among is None or about[column] in among for column, among in wanted.items()):
                found.setdefault(e.id, e)
        return [
            e
            for e in found.values()
            if (imported or e.provenance is not Provenance.IMPORTED)
            and all(e.key.get(name) == value for name, value in (key or {}).items())
        ]

    def begin(self, command: str, request: Mapping[str, Any]) -> int:
        """Record that a run has started; the id to pass along with everything it yields.

        It is negative, and good for as long as the store is open, where another process holds the file.
        """
        number = -1 - len(self._begun) - sum(table == "runs" for table, _ in self.waiting)
        row = {"id": number, "command": command, "request": _dump(request), "started": _now()}
        self._write("runs", row)
        return self._begun.get(number, number)

    def end(self, run: int, status: RunState, result: Mapping[str, Any]) -> None:
        """Record how a run ended."""
        self._write("endings", {"run": run, "status": status, "result": _dump(result), "ended": _now()})

    def fail(self, run: int | None, probe: str, subject: str, failure: Mapping[str, Any]) -> None:
        """Keep a failed job as a row of its own."""
        row = {"run": run, "probe": probe, "subject": subject, "failure": _dump(failure), "created": _now()}
        self._write("failures", row)

    def failures(self, run: int | None = None) -> list[dict[str, Any]]:
        """Failed jobs of one run, or of all: run, probe, subject, failure, created."""
        where, values = ("run = ?", (self._begun.get(run, run),)) if run is not None else ("1", ())
        rows = self._db.execute(f"{_FAILURES} WHERE {where} ORDER BY id", values)
        return self._read(rows, _failure, "failure ")

    def runs(self, limit: int = 50) -> list[Run]:
        """The latest runs, newest first."""
        rows = self._db.execute(f"{_RUNS} ORDER BY r.id DESC LIMIT ?", (limit,))
        return self._read(rows, _run, "run ")

    def find_run(self, run: int) -> Run | None:
        """The run of that number, if there is one."""
        rows = self._db.execute(f"{_RUNS} WHERE r.id = ?", (self._begun.get(run, run),))
        return next(iter(self._read(rows, _run, "run ")), None)

    def run_of(self) -> dict[str, int]:
        """Evidence id -> the run that added it, where it was added by one."""
        return dict(self._db.execute("SELECT id, run FROM evidence WHERE run IS NOT NULL"))

    def evidence_of(self, run: int) -> list[Evidence]:
        """What one run added to the store."""
        rows = self._db.execute(f"{_EVIDENCE} WHERE run = ? ORDER BY seq", (self._begun.get(run, run),))
        return self._read(rows, _evidence)

    def _write(self, table: str, row: Mapping[str, Any]) -> None:
        self.waiting.append((table, row))
        self.flush()

    def _unwritten(self) -> list[Evidence]:
        names = (
            "id",
            "kind",
            "model",
            "revision",
            "level",
            "key",
            "values",
            "provenance",
            "source",
            "created",
        )
        return [_evidence([row[n] for n in names]) for table, row in self.waiting if table == "evidence"]

    def _read(self, rows: Iterable[Any], read: Callable[[Any], _Read], what: str = "") -> list[_Read]:
        """What the rows say; one that cannot be read is skipped and told, and the rest is read."""
        found, bad = _sorted_out(rows, read, what)
        if bad and not self.skipped:  # look through all of it, so that the person is told once
            bad = _sorted_out(self._db.execute(_EVIDENCE), _evidence, "")[1]
            bad += _sorted_out(self._db.execute(_RUNS), _run, "run ")[1]
            bad += _sorted_out(self._db.execute(_FAILURES), _failure, "failure ")[1]
        self._skip(bad)
        return found

    def _skip(self, found: Iterable[str]) -> None:
        new = [name for name in found if name not in self.skipped]
        self.skipped += new
        if new:
            self._tell("store-rows-skipped", path=str(self.path), count=len(new), ids=", ".join(new))

    def _tell_waiting(self, code: str) -> None:
        self._tell(code, path=str(self.path))

    def _tell(self, code: str, **params: str | int) -> None:
        self.told.append(Problem(code, **params))
        self.tell(self.told[-1])


class Borrowed(Store):
    """What can be read of a store that cannot be written: what is added to it is gone once it is closed.

    It tells so (store-unkept). Problems of opening: those of database.borrow.
    """

    def _opened(self) -> sqlite3.Connection:
        db = borrow(self.path)
        self._tell("store-unkept", path=str(self.path.parent))
        return db


def _sorted_out(
    rows: Iterable[Any], read: Callable[[Any], _Read], what: str
) -> tuple[list[_Read], list[str]]:
    """What can be read, and the names of the rows that cannot."""
    found, bad = [], []
    for row in rows:
        try:
            found.append(read(row))
        except (ValueError, TypeError, RecursionError):
            bad.append(f"{what}{row[0]}")
    return found, bad


def _run(row: Iterable[Any]) -> Run:
    id_, command, request, started, status, result, ended = row
    return Run(
        id_,
        command,
        _object(request),
        started,
        RunState(status or RunState.RUNNING),
        _object(result or "{}"),
        ended or "",
    )


def _failure(row: Iterable[Any]) -> dict[str, Any]:
    _, run, probe, subject, failure, created = row
    return {
        "run": run,
        "probe": probe,
        "subject": subject,
        "failure": _object(failure),
        "created": created,
    }


def _evidence(row: Iterable[Any]) -> Evidence:
    """ValueError or TypeError where the row is not the content that its id was made of."""
    id_, kind, model, revision, level, key, values, provenance, source, created = row
    found = Evidence(
        kind, model, revision, level, _object(key), _object(values), Provenance(provenance), source, created
    )
    if found.id != id_ or not isinstance(source, str) or not isinstance(created, str):
        raise ValueError(id_)
    return found


def _object(text: str) -> dict[str, Any]:
    found = json.loads(text)
    if not isinstance(found, dict):
        raise ValueError(text)
    return found


def _one(value: str | None) -> list[str] | None:
    return None if value is None else [value]


def _dump(value: Mapping[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, default=dict)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
