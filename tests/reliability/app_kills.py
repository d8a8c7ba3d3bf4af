"""Random signals at the app in a terminal, and at its probes, while it measures the bundled family.

The terminal is given back, nothing that was kept is lost, nothing outlives the app, and whatever it has
kept by the end is what an undisturbed demo measures.
"""

import fcntl
import os
import random
import select
import signal
import sys
import termios
import time
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from tests.reliability import contract
from tests.reliability.case import Case, Found
from tests.reliability.kills import SIGNALS, WHO, hit_at
from tests.reliability.programs import Running, forked, settings, started
from tests.tui.app.test_signals import ENTERED, MODES

MOST_HITS = 5
_MEASURED = ("perplexity", "tokenizer", "trial")
_MOST_S = 12.0
"""Of a measurement that is let run before the signal."""


class Screen:
    """The app in a terminal of its own; `shown` is every byte that it has written."""

    def __init__(self, place: Path) -> None:
        ours, theirs = os.openpty()
        name = os.ttyname(theirs)
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, b"\x18\0\x50\0\0\0\0\0")
        self.shown, self._ours, self._theirs = b"", ours, theirs

        def program() -> None:
            terminal = os.open(name, os.O_RDWR)  # a session's first terminal is the one that rules it
            for number in range(3):
                os.dup2(terminal, number)
            _streams[:] = (os.fdopen(number, "rw"[number > 0], closefd=False) for number in range(3))
            sys.stdin, sys.stdout, sys.stderr = _streams
            sys.__stdin__, sys.__stdout__, sys.__stderr__ = _streams
            sys.argv = ["basefit"]
            from tui.cli import main

            main()

        environment = {**os.environ, **settings(place), "TERM": "xterm-256color"}
        self.app: Running = forked(place, program, environment, 120.0)

    def read(self, until: Callable[[], bool], seconds: float) -> bool:
        """Until it is so, or the time is over, or the app has ended; whether it is so."""
        deadline = time.monotonic() + seconds
        while not until():
            if time.monotonic() > deadline:
                return False
            if select.select([self._ours], [], [], 0.05)[0]:
                try:
                    self.shown += os.read(self._ours, 65536)
                except OSError:
                    return until()
            elif self.app.poll():
                return until()
        return True

    def is_open(self) -> bool:
        return ENTERED in self.shown and b"basefit" in self.shown

    def type(self, keys: bytes) -> None:
        os.write(self._ours, keys)

    def close(self) -> None:
        os.close(self._ours)
        os.close(self._theirs)


_streams: list[Any] = []


@cache
def undisturbed() -> dict[str, str]:
    """What a demo measures that nobody hits."""
    place = Path(mkdtemp(prefix="torture-demo-"))
    ended = started(place, "demo", "--json", patience=900.0).wait()
    if ended.status:
        raise AssertionError(f"the demo fails when nobody hits it: {ended.err[-500:]}")
    return _measured(place)


def _measured(place: Path) -> dict[str, str]:
    return {
        what: values
        for what, values in contract.numbers(place / "home", keyed=True).items()
        if what.startswith(_MEASURED)
    }


def case(seed: int, hits: int = MOST_HITS) -> Case:
    """So many starts of the app on one home, each ended by a signal."""
    return Case("kills", "app", seed, lambda place: _series(seed, place, hits))


def _series(seed: int, place: Path, hits: int) -> Found:
    dice, found = random.Random(f"app {seed}"), Found()
    for number in range(hits):
        before = contract.stored(place / "home")
        screen = Screen(place)
        if not screen.read(screen.is_open, 60.0):
            found.faults.append(f"app seed {seed}: it never opened: {screen.shown[-300:]!r}")
        screen.read(lambda: False, 1.0)
        screen.type(b"1\r")
        screen.read(lambda: False, dice.random() * _MOST_S)
        who, sign = dice.choice(WHO), dice.choice(SIGNALS)
        hit = hit_at(screen.app, who, sign)
        if hit == "child":  # the app goes on, with a row that says so
            screen.read(lambda: False, 1.0)
            if not screen.app.poll():
                hit_at(screen.app, "parent", signal.SIGTERM)
        screen.read(screen.app.poll, 60.0)
        screen.read(lambda: False, 0.2)
        ended = screen.app.wait()
        screen.close()
        told = f"app seed {seed} start {number}: {sign.name} at {who}"
        killed = sign == signal.SIGKILL and hit in ("parent", "both")
        wrong = list(_after(screen.shown, ended.status, killed, ended.orphans))
        if lost := {*before} - {*contract.stored(place / "home")}:
            wrong.append(f"lost {len(lost)} of {len(before)} results")
        found.faults += [f"{told}: {fault}" for fault in wrong]
        found.count("hits")
        found.count("hits app")
        found.count(f"hits at {hit or 'nobody'}")
    wanted, kept = undisturbed(), _measured(place)
    found.count("results compared", len(wanted.keys() & kept.keys()))
    found.count("results kept", len(kept))
    for what in wanted.keys() & kept.keys():
        if kept[what] != wanted[what]:
            found.faults.append(f"app seed {seed}: {what[:80]} is another")
    return found


def _after(shown: bytes, status: int, killed: bool, orphans: tuple[str, ...]) -> Iterator[str]:
    if b"Traceback (most" in shown:
        yield f"traceback: {shown[-400:]!r}"
    if orphans:
        yield f"orphans: {', '.join(orphans)}"
    if killed:
        if status != -signal.SIGKILL:
            yield f"exit {status}"
        return
    if status != 130:
        yield f"exit {status}: {shown[-300:]!r}"
    left = [on for on, off in MODES if shown.rfind(on) > shown.rfind(off)]
    if left:
        yield f"the terminal keeps {left}"


def cases(seed: int) -> Iterator[Case]:
    """Without end."""
    number = seed * 10_000_019
    while True:
        yield case(number)
        number += 1
