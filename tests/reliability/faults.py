"""Disks that fill, memory that lacks, stores that are held, homes that are read only, clocks that jump.

Each is one command with one thing wrong around it: it does its work, or says in a sentence why not.
"""

import ctypes
import os
import random
import resource
import signal
import sqlite3
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import psutil

from catalog.evidence.store import Store
from tests.disks import bound_by_permissions
from tests.reliability import contract
from tests.reliability.case import Case, Found
from tests.reliability.kills import VICTIMS
from tests.reliability.programs import Ended, started

_CLONE_NEWNS, _CLONE_NEWUSER, _MS_REC_PRIVATE = 0x20000, 0x10000000, 0x44000
_QUICK = ("tokenizers", "demo-llama-s", "demo-glm", "--json")
_NAMES = ("perplexity", "trial", "vocab", "quantize")


def _command(place: Path, dice: random.Random) -> tuple[object, ...]:
    return _QUICK if dice.random() < 0.3 else VICTIMS[dice.choice(_NAMES)].words(place)


def _disk(place: Path, dice: random.Random) -> tuple[Ended, tuple[int, ...]]:
    """Home, results and temporary files on a disk with next to nothing free."""
    small = place / "small"
    small.mkdir()
    size = dice.choice((64, 200, 400, 1000, 3000)) * 1024

    def mount() -> None:
        system, ours = ctypes.CDLL(None, use_errno=True), (os.getuid(), os.getgid())
        if system.unshare(_CLONE_NEWUSER | _CLONE_NEWNS):
            raise OSError(ctypes.get_errno(), "unshare")
        Path("/proc/self/setgroups").write_text("deny")
        Path("/proc/self/uid_map").write_text(f"0 {ours[0]} 1")
        Path("/proc/self/gid_map").write_text(f"0 {ours[1]} 1")
        if system.mount(b"tmpfs", bytes(small), b"tmpfs", 0, f"size={size}".encode()):
            raise OSError(ctypes.get_errno(), "mount")

    words = _command(small, dice)
    more = {"BASEFIT_HOME": str(small / "home")}
    if dice.random() < 0.3:
        more["TMPDIR"] = str(small)
    return started(place, *words, first=mount, more=more, patience=150.0).wait(), (0, 2)


def _memory(place: Path, dice: random.Random) -> tuple[Ended, tuple[int, ...]]:
    """A limit of addresses a little above what is in use."""
    more = dice.choice((20, 60, 150, 400, 900)) * 2**20

    def limit() -> None:
        most = psutil.Process().memory_info().vms + more
        resource.setrlimit(resource.RLIMIT_AS, (most, most))

    return started(place, *_command(place, dice), first=limit, patience=150.0).wait(), (0, 2, 3)


def _held(place: Path, dice: random.Random) -> tuple[Ended, tuple[int, ...]]:
    """Another process holds the store for some seconds."""
    home = place / "home"
    home.mkdir()
    Store(home / "evidence.sqlite").close()
    seconds, began = dice.choice((0.2, 1.5, 4.0)), os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            with closing(sqlite3.connect(home / "evidence.sqlite", isolation_level=None)) as db:
                db.execute("BEGIN EXCLUSIVE")
                os.write(began[1], b"x")
                time.sleep(seconds)
        finally:
            os._exit(0)
    os.read(began[0], 1)
    ended = started(place, *_QUICK).wait()
    os.waitpid(pid, 0)
    for end in began:
        os.close(end)
    if ended.status == 0 and len(contract.stored(home)) != 2:
        raise AssertionError(f"kept {len(contract.stored(home))} of 2 results")
    return ended, (0,)


def _read_only(place: Path, dice: random.Random) -> tuple[Ended, tuple[int, ...]]:
    """A home that may not be written, with or without a store."""
    home = place / "home"
    home.mkdir()
    if dice.random() < 0.5:
        Store(home / "evidence.sqlite").close()
    for file in home.iterdir():
        file.chmod(0o444)
    home.chmod(0o555)
    reads = (
        ("plan", "qwen2.5-7b"),
        ("models", "--budget", "24GiB"),
        ("runs",),
        ("cost", "--gpu-hour", "1"),
    )
    words = dice.choice((*reads, _QUICK))
    ended = started(place, *words, first=bound_by_permissions()).wait()
    return ended, (0, 2)


def _clock(place: Path, dice: random.Random) -> tuple[Ended, tuple[int, ...]]:
    """The clock of the wall jumps by days at every look."""
    leaps, real = random.Random(dice.random()), time.time

    def jump() -> None:
        time.time = lambda: real() + leaps.uniform(-10, 10) * 86400

    return started(place, *_command(place, dice), first=jump, patience=150.0).wait(), (0,)


def _streams(place: Path, dice: random.Random) -> tuple[Ended, tuple[int, ...]]:
    """Streams that are closed, full, or whose reader has gone."""
    act = dice.randrange(3)

    def change() -> None:
        signal.signal(signal.SIGPIPE, signal.SIG_IGN)  # as the interpreter has it
        if act == 0:
            reading, writing = os.pipe()
            os.close(reading)
        else:
            writing = os.open("/dev/full" if act == 1 else os.devnull, os.O_WRONLY)
        sys.stdout = os.fdopen(writing, "w", encoding="utf-8")

    words = dice.choice(
        (("models", "--budget", "24GiB", "--all"), ("plan", "qwen2.5-7b", "--json"), _QUICK)
    )
    return started(place, *words, first=change).wait(), (0, 2)


def _temporary(place: Path, dice: random.Random) -> tuple[Ended, tuple[int, ...]]:
    """No place for temporary files."""
    gone = place / "gone"
    if dice.random() < 0.5:
        gone.write_text("a file")
    return started(place, *_QUICK, more={"TMPDIR": str(gone)}).wait(), (0, 2)


_FAULTS: dict[str, Callable[[Path, random.Random], tuple[Ended, tuple[int, ...]]]] = {
    "disk": _disk,
    "memory": _memory,
    "held": _held,
    "read-only": _read_only,
    "clock": _clock,
    "streams": _streams,
    "temporary": _temporary,
}


def case(name: str, seed: int) -> Case:
    """One command with that wrong around it."""
    return Case("faults", name, seed, lambda place: _met(name, seed, place))


def _met(name: str, seed: int, place: Path) -> Found:
    found = Found()
    ended, statuses = _FAULTS[name](place, random.Random(f"{name} {seed}"))
    found.count("faults met")
    found.count(f"exit {ended.status}")
    wrong = contract.faults(ended, statuses)
    found.faults = [f"{name} seed {seed}: {fault}" for fault in wrong]
    return found


def cases(seed: int) -> Iterator[Case]:
    """Without end: one after another."""
    number = seed * 10_000_019
    while True:
        for name in _FAULTS:
            yield case(name, number)
            number += 1
