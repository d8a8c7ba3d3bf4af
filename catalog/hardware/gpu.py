"""Cards by name and budgets as people write them."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from catalog.problem import Problem

GIB = 1024**3
_MOST_BYTES = 2**60
"""An exbibyte: what is meant to be more is a slip of the hand."""
_UNITS = {"": GIB, "b": 1, "k": 1024, "m": 1024**2, "g": GIB, "t": 1024**4}
_SIZE = re.compile(r"(\d+(?:[.,]\d+)?|[.]\d+)\s*(?:([kmgt])?(?:i?b)?|(b))", re.IGNORECASE)
_COUNT = re.compile(r"(\d{1,2})\s*(?:[x×*]|个|张)\s*(.+)", re.IGNORECASE)


BANDWIDTH, RATE = "bandwidth_bytes_per_s", "bf16_flops"
"""The figures of a card that can be measured."""
PREFILL = "prefill"
"""The pace of prompts."""
DATA_SHEET, MEASURED, DRIVER = "data-sheet", "measured", "driver"
"""Where a figure comes from."""


class Pace(NamedTuple):
    """How fast a card was against the estimate: measured / expected.

    `of` is a runner's name or PREFILL, `ratio` the median of `seen` measurements, `spread` the relative
    half-width around it that held them all.
    """

    of: str
    ratio: float
    spread: float
    seen: int


@dataclass(frozen=True)
class Gpu:
    """A card: from `gpus.toml`, from what the driver says, or with what was measured on it.

    Bandwidth and rate are the data sheet's, never reached in full, but for those that `measured` names.
    `bf16_flops` is the dense matrix rate with float32 accumulation (float16 where `capability` < 8).
    `unified` memory is the host's; `derived` figures follow from what the driver says, for a card that the
    table does not have. `paces` are what models that ran on the card say of estimates.
    """

    name: str
    memory_bytes: int
    bandwidth_bytes_per_s: float
    bf16_flops: float
    capability: float
    laptop: bool = False
    source: str = ""
    unified: bool = False
    derived: bool = False
    measured: tuple[str, ...] = ()
    paces: tuple[Pace, ...] = ()

    def from_where(self, figure: str) -> str:
        """Whether a figure is the data sheet's, measured, or the driver's."""
        if figure in self.measured:
            return MEASURED
        return DRIVER if self.derived else DATA_SHEET

    def pace(self, of: str) -> Pace | None:
        """What measurements say of that runner's estimates, None without any."""
        return next((pace for pace in self.paces if pace.of == of), None)

    @classmethod
    def restored(cls, saved: Mapping[str, Any]) -> "Gpu":
        """The card that was written as JSON; TypeError where it is of another form."""
        fields = dict(saved)
        fields["measured"] = tuple(fields.get("measured") or ())
        fields["paces"] = tuple(Pace(*pace) for pace in fields.get("paces") or ())
        return cls(**fields)


@dataclass(frozen=True)
class Budget:
    """Memory to plan for: `bytes` on each of `count` cards."""

    label: str
    bytes: int
    gpu: Gpu | None = None
    simulated: bool = False
    count: int = 1

    @property
    def total_bytes(self) -> int:
        return self.bytes * self.count


@cache
def _table() -> dict[str, Any]:
    return tomllib.loads((Path(__file__).parent / "gpus.toml").read_text("utf-8"))


@cache
def load_gpus() -> dict[str, Gpu]:
    """All cards of `gpus.toml` by name."""
    table = _table()
    return {
        name: Gpu(
            name=name,
            memory_bytes=entry["mib"] * 1024**2,
            bandwidth_bytes_per_s=entry["gb_per_s"] * 1e9,
            bf16_flops=entry["tflops"] * 1e12,
            capability=float(entry["capability"]),
            laptop=bool(entry.get("laptop", False)),
            source=entry.get("source", table["source"]),
            unified=bool(entry.get("unified", False)),
        )
        for name, entry in table["gpu"].items()
    }


def parse_size(text: str) -> int:
    """Bytes of "24", "24G", "24GB", "24GiB" (all 24 GiB), "24000MiB", "12MiB", "500B".

    Card and memory sizes are sold in powers of two whatever the unit says, so GB and GiB are the same
    here; a bare number is GiB. Raises Problem("budget-unreadable").
    """
    match = _SIZE.fullmatch(text.strip())
    if not match:
        raise Problem("budget-unreadable", text=text, nearest="24GiB")
    number = float(match[1].replace(",", "."))
    if number > _MOST_BYTES:
        raise Problem("budget-unreadable", text=text[:80], nearest="24GiB")
    bare_bytes = bool(re.search(r"\d\s*b$", text.strip(), re.IGNORECASE))
    size = int(number * (1 if bare_bytes else _UNITS[(match[2] or "").lower()]))
    if not 0 < size <= _MOST_BYTES:
        raise Problem("budget-unreadable", text=text, nearest="24GiB")
    return size


def parse_budget(text: str) -> Budget:
    """A budget as written: a size, a card's name, or several of either ("2x24GiB", "2x a40").

    A size or a card by name is not the machine at hand, so it is marked simulated. Raises
    Problem("budget-unreadable", text=, nearest=) with the nearest card names, Problem("gpu-too-old").
    """
    count, rest = 1, text.strip()
    several = _COUNT.fullmatch(rest)
    if several and int(several[1]) > 0:
        count, rest = int(several[1]), several[2].strip()
    _refuse_old(rest)
    gpu = _named(rest)
    label = f"{count}x {gpu.name if gpu else rest}" if count > 1 else (gpu.name if gpu else rest)
    if gpu:
        return Budget(label, gpu.memory_bytes, gpu, simulated=True, count=count)
    if not re.match(r"[\d.]", rest):
        raise Problem("budget-unreadable", text=text, nearest=nearest_gpus(rest))
    try:
        return Budget(_size_label(parse_size(rest), count), parse_size(rest), None, True, count)
    except Problem as problem:
        raise Problem("budget-unreadable", text=text, nearest=nearest_gpus(rest)) from problem


def find_gpu(name: str, memory_bytes: int | None = None) -> Gpu:
    """The card of that name however it is spelled; of those that share it, the one with that memory.

    Raises Problem("budget-unreadable"), ("gpu-too-old").
    """
    _refuse_old(name)
    gpu = _named(name)
    if gpu is None:
        raise Problem("budget-unreadable", text=name, nearest=nearest_gpus(name))
    if memory_bytes is None:
        return gpu
    return min(_of_one_name(gpu), key=lambda one: abs(one.memory_bytes - memory_bytes))


def same_card(device: str, name: str) -> bool:
    """Whether a driver's name for a card is the catalog's card of that name, or the card's own name where
    the catalog has none. A driver calls cards alike that differ in memory alone.
    """
    gpu = _named(device)
    if gpu is None:
        return device == name
    return name in {one.name for one in _of_one_name(gpu)}


def nearest_gpus(text: str) -> str:
    """Up to three card names that begin or look like `text`, comma-separated."""
    wanted, keys = _key(text), {_key(name): name for name in load_gpus()}
    begin = [key for key in keys if wanted and key.startswith(wanted)]
    alike = get_close_matches(wanted, keys, 3, 0.0)
    return ", ".join(keys[key] for key in list(dict.fromkeys(begin + alike))[:3])


def _refuse_old(text: str) -> None:
    """Problem("gpu-too-old", name=, capability=, gib=) for a card that is known and not planned for."""
    for name, (gib, capability) in _table()["old"].items():
        if _key(name) == _key(text):
            raise Problem("gpu-too-old", name=name, capability=capability, gib=gib)


def _of_one_name(gpu: Gpu) -> list[Gpu]:
    """The card and those that a driver calls the same: NAME and NAME-..gb."""
    alike = re.compile(re.escape(gpu.name) + r"-\d+gb")
    return [gpu, *(one for name, one in load_gpus().items() if alike.fullmatch(name))]


def _named(text: str) -> Gpu | None:
    """Spelling does not matter: "NVIDIA GeForce RTX 4090", "rtx4090" and "4090" are one card.

    Drivers add the socket, the memory's kind and its size ("NVIDIA H100 80GB HBM3"): these are dropped
    one after another until a name is left.
    """
    known = {_key(name): gpu for name, gpu in load_gpus().items()}
    wanted = _key(text)
    without_socket = re.sub(r"sxm\d?|pcie|hbm\d?e?|nvl", "", wanted)
    for key in (wanted, without_socket, re.sub(r"\d{2}gb$", "", without_socket)):
        if key in known:
            return known[key]
    # A bare "4090" is a card; a bare "24" or "40" is a size.
    return known.get("rtx" + wanted) if re.match(r"\d{4}", wanted) else None


_WORDS = re.compile("nvidia|geforce|tesla|quadro|generation|blackwell|workstation|edition|gpu")
"""Of a driver's name what tells no card from another."""


def _key(text: str) -> str:
    words = _WORDS.sub("", text.lower())
    return re.sub(r"[^a-z0-9]", "", words)


def _size_label(size: int, count: int) -> str:
    gib = size / GIB
    each = f"{gib:g} GiB" if gib >= 1 else f"{size / 1024**2:g} MiB"
    return f"{count}x {each}" if count > 1 else each
