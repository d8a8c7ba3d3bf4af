"""Where basefit keeps what it measured: `$BASEFIT_HOME`, else the platform's data directory."""

import errno
import os
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path

import platformdirs

from catalog.evidence.database import is_held
from catalog.evidence.store import Store
from catalog.problem import Problem

FORBIDDEN = (errno.EACCES, errno.EPERM, errno.EROFS, errno.EEXIST, errno.ENOTDIR, errno.EISDIR)
"""How the system says that a place cannot be read or written so: not this person's, or of another kind."""


def home_shown() -> Path:
    """The folder, whether it is there or not."""
    given = os.environ.get("BASEFIT_HOME")
    return Path(os.path.expanduser(given)) if given else platformdirs.user_data_path("basefit")


def home() -> Path:
    """The folder, created if need be. Problem home-unusable, and OSError where the disk is full."""
    folder = home_shown()
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        if error.errno == errno.ENOSPC:
            raise
        raise Problem("home-unusable", path=str(folder), detail=error.strerror or "") from error
    return folder


def open_store(tell: Callable[[Problem], None] = lambda problem: None) -> Store:
    """The evidence store of this person on this machine; what it has to `tell` see there.

    Problems: those of `home`, of catalog.evidence.database.connect, and of `store_problem`.
    """
    folder = home()
    try:
        return Store(folder / "evidence.sqlite", tell)
    except sqlite3.OperationalError as error:
        raise store_problem(error) from error


def store_problem(error: sqlite3.OperationalError) -> Problem:
    """What SQLite's complaint means: held, no space, or (home-unusable) a place that cannot be written."""
    folder = home_shown()
    if is_held(error):
        return Problem("store-held", path=str(folder / "evidence.sqlite"))
    if error.sqlite_errorcode == sqlite3.SQLITE_FULL or not _has_room(folder):
        return Problem("disk-full", path=str(folder))
    return Problem("home-unusable", path=str(folder), detail=str(error))


def _has_room(folder: Path) -> bool:
    """Whether a page fits: SQLite calls a full disk an I/O error where it maps its log into memory."""
    return shutil.disk_usage(folder).free >= 64 * 1024
