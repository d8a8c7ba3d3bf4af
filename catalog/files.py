"""Files and folders written whole or not at all: beside, to the disk itself, and then under their name.

Whoever writes something that matters goes through here, so that no kill, power cut or full disk leaves half
of it, and a full disk is told as such.
"""

import errno
import hashlib
import os
import platform
import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

from catalog.problem import Problem

FULL = (errno.ENOSPC, errno.EDQUOT) if hasattr(errno, "EDQUOT") else (errno.ENOSPC,)
"""How the system says that there is no room left: on the disk, or of what this person may use of it."""
SPARE_BYTES = 2**20
"""With less than this free a disk counts as full for libraries that say only that they cannot write."""
_MOST_OF_A_NAME = 40
_FRESH, _OLD = ".new", ".old"
_STREAMS = ("/dev/fd/", "/dev/std", "/proc/")
_numbers = count()


@contextmanager
def written(path: Path, follow: bool = True) -> Iterator[Path]:
    """A file beside `path` to write; it takes that name, flushed to the disk, when the block ends in peace.

    The folder is made if need be. A link is followed, or replaced where it is not to be; what is no plain
    file (a pipe, /dev/stdout) is itself what is to be written. The file keeps the permissions of the one it
    replaces. Problem disk-full; OSError where the place cannot be written: what stood there before is then
    still there, and nothing beside it.
    """
    if follow and _is_no_file(path):
        with _told(path):
            yield path
        return
    path = Path(os.path.realpath(path)) if follow else path
    with _beside(path) as fresh:
        fresh.touch()
        like = path if path.is_file() and not path.is_symlink() else fresh
        mode = stat.S_IMODE(like.stat().st_mode)
        yield fresh
        fresh.chmod(mode)  # safetensors leaves what it writes to the owner alone
        to_disk(fresh)
        fresh.replace(path)
        to_disk(path.parent)


@contextmanager
def written_folder(folder: Path) -> Iterator[Path]:
    """The same for a folder, all of which is replaced: a new one beside it, to be filled.

    A kill between the two renames leaves the former folder beside: the next writing puts it back first.
    """
    folder = Path(os.path.realpath(folder))
    old = folder.with_name(_hidden(folder) + _OLD)
    with _beside(folder) as fresh:
        if old.exists() and not folder.exists():
            old.rename(folder)
        shutil.rmtree(old, ignore_errors=True)
        fresh.mkdir()
        yield fresh
        for inner in fresh.rglob("*"):
            if inner.is_file():
                inner.chmod(fresh.stat().st_mode & 0o666)
            to_disk(inner)
        to_disk(fresh)
        if folder.exists():
            folder.rename(old)
        try:
            fresh.rename(folder)
        except OSError:
            if old.exists():
                old.rename(folder)
            raise
        to_disk(folder.parent)
    shutil.rmtree(old, ignore_errors=True)


def write_text(path: Path, text: str, errors: str = "strict", *, follow: bool = True) -> None:
    """UTF-8 as a file of its own, as `written`; line feeds stay as they are."""
    data = text.encode("utf-8", errors)
    with written(path, follow) as fresh:
        fresh.write_bytes(data)


def is_full(error: BaseException, folder: Path) -> bool:
    """Whether an error means that the disk of `folder` is full, whichever library met it.

    torch raises RuntimeError and safetensors an error of its own: both only in words, or not even so.
    """
    if isinstance(error, OSError) and error.errno is not None:
        return error.errno in FULL
    if "No space left" in str(error) or "(os error 28)" in str(error):
        return True
    try:
        return isinstance(error, Exception) and shutil.disk_usage(folder).free < SPARE_BYTES
    except OSError:
        return False


def set_aside(path: Path) -> Path:
    """Rename a file that cannot be used; what is in it stays for the person. Its new name; OSError."""
    return path.rename(free_name(path, "damaged", path.suffix))


def free_name(path: Path, what: str, suffix: str) -> Path:
    """A name beside `path` that nothing has yet: `evidence.WHAT-20260101T120000.SUFFIX`."""
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S")
    names = (f"{path.stem}.{what}-{stamp}{f'-{n}' if n else ''}{suffix}" for n in count())
    return next(place for name in names if not (place := path.with_name(name)).exists())


@contextmanager
def _beside(path: Path) -> Iterator[Path]:
    """A free name beside `path`, gone when the block is left. What dead writers of it left goes first."""
    ours = f"{_hidden(path)}.{platform.node()}-"
    fresh = path.with_name(f"{ours}{os.getpid()}-{next(_numbers)}{_FRESH}")
    try:
        with _told(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            _sweep(path.parent, ours)
            yield fresh
    finally:
        _remove(fresh)


def _hidden(path: Path) -> str:
    """What the names of all begin with that is beside `path` for its sake, and for no other's."""
    return f".{path.name[:_MOST_OF_A_NAME]}.{hashlib.sha256(os.fsencode(path.name)).hexdigest()[:8]}"


def _sweep(folder: Path, ours: str) -> None:
    with suppress(OSError):  # a folder that may be written need not be readable
        for left in folder.iterdir():
            owner = left.name.removeprefix(ours).partition("-")[0]
            ended = left.name.startswith(ours) and left.name.endswith(_FRESH) and owner.isdecimal()
            if ended and not is_alive(int(owner)):
                _remove(left)


@contextmanager
def _told(path: Path) -> Iterator[None]:
    try:
        yield
    except Problem:
        raise
    except Exception as error:
        if is_full(error, path.parent):
            raise Problem("disk-full", path=str(path)) from error
        raise


def _is_no_file(path: Path) -> bool:
    """Whether it is a pipe, a device, or another name of an open stream."""
    return str(path).startswith(_STREAMS) or (path.exists() and not path.is_file() and not path.is_dir())


def is_alive(process: int) -> bool:
    """Whether a process of that number runs on this machine; yes where the system cannot be asked."""
    if os.name != "posix":  # where a signal of number 0 is one that ends processes
        return True
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):
        return True
    return True


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        with suppress(OSError):
            path.unlink(missing_ok=True)


def to_disk(path: Path) -> None:
    """What is in a file, or the names in a folder, to the disk itself. Not every system flushes folders."""
    if path.is_dir():
        with suppress(OSError):
            descriptor = os.open(path, os.O_RDONLY)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
        return
    with path.open("rb+") as stream:
        os.fsync(stream.fileno())
