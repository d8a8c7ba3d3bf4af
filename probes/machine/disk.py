"""How fast weights come off the disk: a cold read where the system allows one."""

import mmap
import os
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from catalog.problem import Problem
from probes.machine.host import disk_free

FILE_BYTES = 256 * 2**20
BLOCK_BYTES = 4 * 2**20
WRITE_S = READ_S = 0.9
"""Neither writing the file nor reading it back goes on for longer."""


@dataclass(frozen=True)
class DiskRate:
    """Bytes per second of one sequential reader.

    `cache` says what stood between: "bypassed" (direct reading), "dropped" (the system was told to
    forget the file first), "possible" (it could not be told: memory may have answered). A drive's own
    cache, or a hypervisor's, can not be avoided from here.
    """

    bytes_per_s: float
    cache: str


def read_rate(folder: Path) -> DiskRate:
    """Write a file into `folder`, read it back cold, delete it. Problem("disk-full") without the room."""
    free = disk_free(folder)
    if free is not None and free < 2 * FILE_BYTES:
        raise Problem("disk-full", path=str(folder))
    with tempfile.NamedTemporaryFile(dir=folder, prefix="disk-rate-") as file:
        size = _fill(file.fileno())
        return _read_direct(file.name, size) or _read_plain(file.name, size)


def _fill(descriptor: int) -> int:
    """Random blocks, so that no file system can compress them, flushed to the disk; the bytes written."""
    block = os.urandom(BLOCK_BYTES)
    began, size = time.perf_counter(), 0
    while size < FILE_BYTES and (size == 0 or time.perf_counter() - began < WRITE_S):
        size += os.write(descriptor, block)
    os.fsync(descriptor)
    return size


def _read_direct(path: str, size: int) -> DiskRate | None:
    """Past the page cache; None where the system or the file system has no such thing (tmpfs, macOS)."""
    if not hasattr(os, "O_DIRECT"):
        return None
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_DIRECT)
    except OSError:
        return None
    try:
        return DiskRate(_rate(descriptor, size), "bypassed")
    except OSError:
        return None
    finally:
        os.close(descriptor)


def _read_plain(path: str, size: int) -> DiskRate:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        cache = "possible"
        if hasattr(os, "posix_fadvise"):
            os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
            cache = "dropped"
        return DiskRate(_rate(descriptor, size), cache)
    finally:
        os.close(descriptor)


def _rate(descriptor: int, size: int) -> float:
    with mmap.mmap(-1, BLOCK_BYTES) as buffer:  # anonymous memory is aligned to pages, as direct reads want
        began, done = time.perf_counter(), 0
        while done < size and time.perf_counter() - began < READ_S:
            count = _read_into(descriptor, buffer)
            if count == 0:
                break
            done += count
        return done / (time.perf_counter() - began)


def _read_into(descriptor: int, buffer: mmap.mmap) -> int:
    """Bytes read; where the system cannot read into memory that is there (Windows), into new."""
    if hasattr(os, "readv"):
        return os.readv(descriptor, [buffer])
    return len(os.read(descriptor, len(buffer)))
