"""Temporary folders of jobs, `basefit-*`: gone when they are left, or swept at the start after a kill."""

import os
import shutil
import stat
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from catalog.problem import Problem

PREFIX = "basefit-"
_HELD = ".held"
"""The file that the owner holds locked for as long as it lives."""
_YOUNG_S = 60.0
"""Nobody sweeps a folder younger than this: its owner may not hold it yet."""
_FILES = {"job.json", "log"}
"""What stands in the folder of a job; one that was killed at its very beginning holds nothing else."""
_OLD_S = 24 * 3600.0


@contextmanager
def scratch() -> Iterator[Path]:
    """A folder for the files of one job. Problem temporary-unusable, and disk-full."""
    from filelock import FileLock  # some milliseconds, and only who measures needs it

    try:
        folder = tempfile.TemporaryDirectory(prefix=PREFIX, ignore_cleanup_errors=True)
    except OSError as error:
        detail = error.strerror or str(error)
        raise Problem("temporary-unusable", path=os.environ.get("TMPDIR", "/tmp"), detail=detail) from error
    with folder as name, FileLock(Path(name, _HELD)):
        yield Path(name)


def sweep(folder: Path | None = None) -> list[Path]:
    """Delete what killed runs of this person left among temporary files; the folders that are gone.

    A folder whose owner lives is left alone, and so are links, files, what is another person's, and folders
    that only happen to be called so.
    """
    with suppress(OSError):
        place = folder or Path(tempfile.gettempdir())
        return [left for left in place.glob(f"{PREFIX}*") if _is_ours(left) and _sweep(left)]
    return []


def _is_ours(folder: Path) -> bool:
    with suppress(OSError):
        about = folder.lstat()
        mine = not hasattr(os, "getuid") or about.st_uid == os.getuid()
        return stat.S_ISDIR(about.st_mode) and mine and time.time() - about.st_mtime > _YOUNG_S
    return False


def _sweep(folder: Path) -> bool:
    from filelock import FileLock, Timeout

    held = folder / _HELD
    if not held.exists():
        begun = {one.name for one in folder.iterdir()} <= _FILES
        if not begun or time.time() - folder.lstat().st_mtime < _OLD_S:
            return False
        shutil.rmtree(folder, ignore_errors=True)
        return True
    try:
        with FileLock(held, timeout=0):
            shutil.rmtree(folder, ignore_errors=True)
    except (Timeout, OSError):
        return False
    return True
