"""Disks that are full and folders that cannot be written, as they are and not as a stand-in has them."""

import ctypes
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path

import pytest

from tests.places import ROOT

_PR_CAPBSET_DROP, _CAP_DAC_OVERRIDE = 24, 1
_MOUNT = 'mount -t tmpfs -o size="$1" tmpfs "$2" && shift 2 && exec "$@"'


def on_a_small_disk(
    size: str, folder: Path, *command: str, environment: Mapping[str, str] | None = None
) -> "subprocess.CompletedProcess[str]":
    """Run a command to which `folder` is an empty disk of that size ("2m"), in memory; skips where none is.

    The disk is there for the command alone, in a name space of its own, and is gone with it.
    """
    if not _can_mount():
        pytest.skip("no disk can be made here")
    return subprocess.run(
        [*_SPACE, _MOUNT, "sh", size, str(folder), *command],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT), **(environment or {})},
    )


def python_on_a_small_disk(size: str, folder: Path, code: str) -> "subprocess.CompletedProcess[str]":
    """Run Python code as `on_a_small_disk`; `disk` is the folder in it."""
    code = f"from pathlib import Path\ndisk = Path({str(folder)!r})\n{code}"
    return on_a_small_disk(size, folder, sys.executable, "-c", code)


def bound_by_permissions() -> Callable[[], None]:
    """For a child before it runs its program: permission bits hold for it even where tests run as root."""
    if os.name != "posix" or (os.geteuid() == 0 and not sys.platform.startswith("linux")):
        pytest.skip("nothing here is forbidden")
    system = ctypes.CDLL(None)
    return lambda: system.prctl(_PR_CAPBSET_DROP, _CAP_DAC_OVERRIDE, 0, 0, 0) if _is_root() else None


def _is_root() -> bool:
    return os.geteuid() == 0


_SPACE = ("unshare", "--user", "--map-root-user", "--mount", "sh", "-c")


@cache
def _can_mount() -> bool:
    if shutil.which("unshare") is None:
        return False
    return subprocess.run([*_SPACE, "mount -t tmpfs tmpfs /mnt"], capture_output=True).returncode == 0
