"""Which process holds something on the disk, and whether it still lives."""

import os
import platform
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any

import psutil

AWAY_S = 60.0
"""A process of another machine is believed to live while its file was touched within so many seconds."""
BEAT_S = 10.0
"""How often whoever holds a file touches it."""
_SAME_S = 1.0
"""Start times of one process differ by less, where the system tells them by its clock."""


@dataclass(frozen=True)
class Owner:
    """A process by its number, when it `started` (a number is given again), and its machine's name."""

    pid: int
    started: float
    host: str

    def lives(self, file: Path) -> bool:
        """Whether it is still there; another machine's process tells by touching its `file`."""
        if self.host != platform.node():
            return _age(file) < AWAY_S
        began = started(self.pid)
        return began is not None and abs(began - self.started) < _SAME_S

    def plain(self) -> dict[str, Any]:
        """As JSON; `owner_of` reads it."""
        return asdict(self)


@cache
def _this(pid: int) -> Owner:
    return Owner(pid, started(pid) or 0.0, platform.node())


def this_process() -> Owner:
    """The process that asks."""
    return _this(os.getpid())


def owner_of(plain: Mapping[str, Any]) -> Owner | None:
    """The Owner of `Owner.plain`; None where it is of another form."""
    try:
        return Owner(int(plain["pid"]), float(plain["started"]), str(plain["host"]))
    except (KeyError, TypeError, ValueError):
        return None


def started(pid: int) -> float | None:
    """When a process started; None where there is none, or only what is left of it until it is waited for.

    Linux counts it in hundredths of a second since the machine did: setting the clock changes nothing.
    """
    try:
        if platform.system() == "Linux":
            state, *fields = (
                Path(f"/proc/{pid}/stat").read_text("utf-8", "replace").rpartition(")")[2].split()
            )
            return None if state in "ZX" else int(fields[18]) / os.sysconf("SC_CLK_TCK")
        process = psutil.Process(pid)
        return None if process.status() == psutil.STATUS_ZOMBIE else process.create_time()
    except psutil.AccessDenied:  # another person's: it took the number of one that is gone
        return None
    except (OSError, psutil.NoSuchProcess, ValueError, IndexError):
        return None


def _age(file: Path) -> float:
    try:
        return time.time() - file.stat().st_mtime
    except OSError:
        return float("inf")
