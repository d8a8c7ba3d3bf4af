"""Machines of machines.toml behind a driver library of one's own: pynvml itself reads them, in this process
or in another.

Unlike tests.probes.machine.fake_nvml, which stands in for pynvml, this is called by it, and by the
processes that a command or the app begins.
"""

import ctypes
import os
import shutil
import subprocess
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pynvml
import pytest

HERE = Path(__file__).parent
LIBRARY = "libnvidia-ml.so.1"
MACHINES: dict[str, dict[str, Any]] = tomllib.loads((HERE / "machines.toml").read_text("utf-8"))
NAMES = tuple(MACHINES)
DRIVER, CUDA = "580.65.06", 13000
_OF_A_CARD = ("name", "total", "free", "capability")


def compiler() -> str | None:
    """The C compiler of this machine."""
    return shutil.which("cc")


def build(folder: Path) -> Path:
    """The library, compiled into `folder`.

    Without a name of its own inside: this process would take it for the real one ever after.
    """
    library = folder / LIBRARY
    command = [compiler() or "cc", "-std=c11", "-Wall", "-Wextra", "-Werror", "-O1", "-shared", "-fPIC"]
    subprocess.run([*command, "-o", library, HERE / "driver.c"], check=True)
    return library


def facts(machine: Mapping[str, Any]) -> str:
    """The table that driver.c reads."""
    cards = [card for card in machine.get("card", ()) for _ in range(card.get("count", 1))]
    lines = [f"driver {machine.get('driver', DRIVER)}", f"cuda {machine.get('cuda', CUDA)}"]
    lines += [f"cards {len(cards)}", *_fails("", machine)]
    for number, card in enumerate(cards):
        lines += _of_card(f"{number}.", card, uuid(number))
        slices = card.get("slice", ())
        lines += [f"{number}.slices {len(slices)}"] if slices else []
        for place, part in enumerate(slices):
            lines += _of_card(f"{number}.{place}.", part, uuid(number, place))
    return "".join(f"{line}\n" for line in lines)


def uuid(card: int, part: int | None = None) -> str:
    """The identity of a card, or of a slice of it, that names none."""
    kind = "GPU" if part is None else "MIG"
    return f"{kind}-{card:08}-{0 if part is None else part + 1:04}-0000-0000-000000000000"


def _of_card(of: str, card: Mapping[str, Any], identity: str) -> Iterator[str]:
    yield f"{of}uuid {card.get('uuid', identity)}"
    yield from (f"{of}{name} {card[name]}" for name in _OF_A_CARD if name in card)
    yield from (f"{of}process.{number} {line}" for number, line in enumerate(card.get("process", ())))
    yield from _fails(of, card)


def _fails(of: str, table: Mapping[str, Any]) -> Iterator[str]:
    yield from (f"{of}fails.{call} {code}" for call, code in table.get("fails", {}).items())


class FakeDriver:
    """Says which machine the driver describes from now on."""

    def __init__(self, library: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self._library, self._table, self._patch = library, folder / "facts", monkeypatch

    def describes(self, name: str) -> None:
        """In this process, and in those it begins."""
        self._table.write_text(facts(MACHINES[name]), "utf-8")
        self._patch.setenv("FAKE_NVML", str(self._table))
        self._patch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
        paths = [str(self._library.parent), *filter(None, [os.environ.get("LD_LIBRARY_PATH")])]
        self._patch.setenv("LD_LIBRARY_PATH", os.pathsep.join(dict.fromkeys(paths)))
        self._patch.setattr(pynvml, "nvmlLib", ctypes.CDLL(str(self._library)))
        self._patch.setattr(pynvml, "_nvmlGetFunctionPointer_cache", {})
