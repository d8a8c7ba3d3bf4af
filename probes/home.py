"""Where basefit keeps what it measured: `$BASEFIT_HOME`, else the platform's data directory."""

import errno
import os
import sqlite3
from collections.abc import Callable
from pathlib import Path

import platformdirs

from catalog.evidence.database import is_held, lacks_room
from catalog.evidence.store import Borrowed, Store
from catalog.files import FULL
from catalog.problem import Problem

FORBIDDEN = tuple(
    getattr(errno, name)
    for name in (
        *("EACCES", "EPERM", "EROFS", "EEXIST", "ENOTDIR", "EISDIR", "ELOOP", "ENAMETOOLONG"),
        *("EIO", "EFBIG", "ESTALE", "EBUSY", "ENODEV", "ENXIO", "EMFILE", "ENFILE"),
    )
    if hasattr(errno, name)
)
"""How the system says that a place cannot be read or written so: it is not this person's, of another kind,
on a disk that fails, or beyond what the system allows."""


def home_shown() -> Path:
    """The folder, whether it is there or not: where what is kept is read."""
    given = os.environ.get("BASEFIT_HOME")
    return Path(os.path.expanduser(given)) if given else platformdirs.user_data_path("basefit")


def home() -> Path:
    """The folder to write in, made if need be. Problem home-unusable; OSError where the disk is full."""
    folder = home_shown()
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        if error.errno in FULL:
            raise
        raise Problem("home-unusable", path=str(folder), detail=error.strerror or "") from error
    return folder


def open_store(tell: Callable[[Problem], None] = lambda problem: None) -> Store:
    """The evidence store of this person on this machine; what it has to `tell` see there.

    Problems: those of `home`, of catalog.evidence.database.connect, and of `store_problem`.
    """
    place = home() / STORE
    if place.exists() and not os.access(place, os.W_OK):
        detail = os.strerror(errno.EACCES)
        raise Problem("home-unusable", path=str(place.parent), detail=detail)
    try:
        return Store(place, tell)
    except sqlite3.OperationalError as error:
        raise store_problem(error) from error


def open_to_read(tell: Callable[[Problem], None] = lambda problem: None) -> Store:
    """The same for what needs no place to write: where there is none, what is there is read, and that told.

    Problems: those of catalog.evidence.database.connect.
    """
    try:
        return open_store(tell)
    except (Problem, OSError) as error:
        full = isinstance(error, OSError) and error.errno in FULL
        if not full and getattr(error, "code", "") not in ("home-unusable", "disk-full"):
            raise
        return Borrowed(home_shown() / STORE, tell)


STORE = "evidence.sqlite"


def store_problem(error: sqlite3.OperationalError) -> Problem:
    """What SQLite's complaint means: held, no space, or (home-unusable) a place that cannot be written."""
    folder = home_shown()
    if is_held(error):
        return Problem("store-held", path=str(folder / STORE))
    if lacks_room(error, folder / STORE):
        return Problem("disk-full", path=str(folder))
    return Problem("home-unusable", path=str(folder), detail=str(error))
