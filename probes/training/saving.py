"""Writing beside what may fill up: a full disk is told as such, whichever library met it."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from catalog.problem import Problem
from probes.machine.host import disk_free

SPARE_BYTES = 2**20


@contextmanager
def saving(path: Path) -> Iterator[None]:
    """Problem("disk-full") for what torch, safetensors and the system say each in their own way."""
    try:
        yield
    except Exception as error:  # torch raises RuntimeError, safetensors its own: both only in words
        free = disk_free(path.parent)
        full = getattr(error, "errno", None) == errno.ENOSPC or "No space left" in str(error)
        if full or (free is not None and free < SPARE_BYTES):
            raise Problem("disk-full", path=str(path)) from error
        raise
