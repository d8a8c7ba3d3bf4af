"""The app that is told to end gives the terminal back: its screen, no mouse, a cursor."""

import asyncio
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from catalog.evidence.store import RunState, Store
from probes.jobs.published import RUNNING
from probes.measurement.following import measurements
from tests.places import ROOT

pty = pytest.importorskip("pty")

ENTERED = b"\x1b[?1049h"
MODES = ((ENTERED, b"\x1b[?1049l"), (b"\x1b[?1000h", b"\x1b[?1000l"), (b"\x1b[?25l", b"\x1b[?25h"))
"""What turns the other screen and the mouse on, and the cursor off, each with what undoes it."""


class Terminal:
    """The app in a terminal of its own; `shown` is every byte that it has written."""

    def __init__(self, home: Path) -> None:
        self.shown = b""
        self._ours, theirs = pty.openpty()
        self.app = subprocess.Popen(
            [sys.executable, "-c", "from tui.cli import main; main()"],
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            cwd=ROOT,
            env=os.environ | {"BASEFIT_HOME": str(home), "BASEFIT_LANG": "en", "TERM": "xterm-256color"},
            preexec_fn=_as_a_shell_does,
        )
        os.close(theirs)

    def read(self, until: Callable[[bytes], bool] = lambda shown: False, seconds: float = 90.0) -> None:
        """Until what was shown is so, or to the end of what is written."""
        deadline = time.monotonic() + seconds
        while not until(self.shown):
            assert time.monotonic() < deadline, self.shown[-500:]
            if select.select([self._ours], [], [], 0.1)[0]:
                try:
                    self.shown += os.read(self._ours, 65536)
                except OSError:  # nobody holds the other end any more
                    return
            elif self.app.poll() is not None:
                return

    def type(self, keys: bytes) -> None:
        os.write(self._ours, keys)

    def hang_up(self) -> None:
        """The terminal is closed: the system sends SIGHUP."""
        os.close(self._ours)


def _as_a_shell_does() -> None:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)
    os.setsid()
    import fcntl
    import termios

    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


@pytest.mark.parametrize("sign", [signal.SIGTERM, signal.SIGHUP])
def test_the_terminal_is_given_back(tmp_path: Path, sign: signal.Signals) -> None:
    terminal = Terminal(tmp_path)
    terminal.read(lambda shown: ENTERED in shown and b"basefit" in shown)
    terminal.app.send_signal(sign)
    terminal.read()
    assert terminal.app.wait(timeout=30) == 130
    assert [on for on, off in MODES if terminal.shown.rfind(on) > terminal.shown.rfind(off)] == []
    assert terminal.shown.rstrip().endswith(b"goes on from there.")
    assert b"Traceback" not in terminal.shown


@pytest.mark.slow
def test_a_closed_terminal_leaves_what_is_measured_running(tmp_path: Path) -> None:
    terminal = Terminal(tmp_path)
    terminal.read(lambda shown: b"Enter" in shown)
    terminal.type(b"\r")  # the demo
    terminal.read(lambda _: _statuses(tmp_path) == ["running"])
    terminal.hang_up()
    assert terminal.app.wait(timeout=60) == 130
    (found,) = measurements(tmp_path / RUNNING)
    assert found.kept
    assert _statuses(tmp_path) == ["running"]
    found.stop()
    assert asyncio.run(found.apart()) is RunState.CANCELLED
    assert _statuses(tmp_path) == ["cancelled"]


def _statuses(home: Path) -> list[str]:
    if not (home / "evidence.sqlite").exists():
        return []
    with closing(Store(home / "evidence.sqlite")) as store:
        return [run.status for run in store.runs()]
