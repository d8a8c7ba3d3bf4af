"""Opening the store's file: whose form it is, whether it is whole, and whether another holds it."""

import shutil
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from catalog.evidence.migrations import LATEST, migrate, version_of
from catalog.files import set_aside
from catalog.problem import Problem

RETRY_S = 0.1
_HELD = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
_UNWRITTEN = (sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN)
_PAGES = 64 * 1024
_DAMAGED = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


def is_held(error: sqlite3.Error) -> bool:
    """Whether nothing is wrong but that another process is writing."""
    return _primary(error) in _HELD


def lacks_room(error: sqlite3.Error, path: Path) -> bool:
    """Whether the disk of the database at `path` is full.

    SQLite calls that an I/O error, or a file that it cannot open, where it maps its log into memory.
    """
    if _primary(error) not in _UNWRITTEN:
        return _primary(error) == sqlite3.SQLITE_FULL
    try:
        return shutil.disk_usage(path.parent).free < _PAGES
    except OSError:
        return False


def connect(path: Path, patience: float, waiting: Callable[[], None]) -> sqlite3.Connection:
    """The database in its latest form. Where another process holds it, `waiting` is called once.

    Problems, the file left as it is: store-newer; store-foreign, where tables or columns are other than
    the store's; store-held, after `patience` seconds. sqlite3.DatabaseError where `is_damage`, and
    sqlite3.OperationalError for a place that cannot be read or written.
    """
    version = version_of(path)
    if version > LATEST:
        raise Problem("store-newer", path=str(path), version=version, known=LATEST)
    until, told = time.monotonic() + patience, False
    while True:
        try:
            return _connect(path)
        except sqlite3.OperationalError as error:
            if _primary(error) == sqlite3.SQLITE_ERROR:
                raise Problem("store-foreign", path=str(path), detail=str(error)) from error
            if not is_held(error):
                raise
            if time.monotonic() >= until:
                raise Problem("store-held", path=str(path)) from error
        if not told:
            waiting()
            told = True
        time.sleep(RETRY_S)


def is_damage(error: sqlite3.Error) -> bool:
    """Whether the file is no database, or a torn one."""
    return _primary(error) in _DAMAGED


def put_aside(path: Path) -> Path:
    """Rename a database with its journal to a name that is free; what was in it stays for the person."""
    aside = set_aside(path)
    for suffix in ("-wal", "-shm"):
        journal = path.with_name(path.name + suffix)
        if journal.exists():
            journal.rename(aside.with_name(aside.name + suffix))
    return aside


def borrow(path: Path) -> sqlite3.Connection:
    """A database in memory, with what can be read of one that cannot be written: nothing, perhaps.

    What a writer has in its log and not yet in the file is not seen. Problem store-newer.
    """
    version = version_of(path)
    if version > LATEST:
        raise Problem("store-newer", path=str(path), version=version, known=LATEST)
    db = _in_memory()
    try:
        if path.is_file():
            place = f"{path.absolute().as_uri()}?mode=ro&immutable=1"
            with closing(sqlite3.connect(place, uri=True)) as source:
                source.backup(db)
        migrate(db)
    except sqlite3.Error:
        db.close()
        db = _in_memory()
        migrate(db)
    return db


def _in_memory() -> sqlite3.Connection:
    db = sqlite3.connect(":memory:", isolation_level=None)
    db.text_factory = _text
    return db


def _text(raw: bytes) -> str:
    """A character that is none spoils its row (see Store.skipped), not the reading of all others."""
    return raw.decode("utf-8", "replace")


def _connect(path: Path) -> sqlite3.Connection:
    db = sqlite3.connect(path, isolation_level=None, timeout=1)
    try:
        db.text_factory = _text
        found = db.execute("PRAGMA quick_check(1)").fetchone()[0]
        if found != "ok":
            raise _damage(found)
        migrate(db)
        db.execute("PRAGMA journal_mode=WAL")
        db.execute("PRAGMA synchronous=NORMAL")
    except BaseException:
        db.close()
        raise
    return db


def _damage(found: str) -> sqlite3.DatabaseError:
    error = sqlite3.DatabaseError(found)
    error.sqlite_errorcode = sqlite3.SQLITE_CORRUPT
    return error


def _primary(error: sqlite3.Error) -> int:
    """The primary result code: the low byte of an extended one (sqlite.org/rescode.html)."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF
