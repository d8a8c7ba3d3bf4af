"""NVIDIA cards as their driver describes them (NVML). No torch, no CUDA context, no permission assumed.

Whatever cannot be read is None, with the reason as a code: an unknown is never shown as a zero.
"""

import os
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any, TypeVar

import psutil

T = TypeVar("T")

MISSING, MISMATCH, NO_DRIVER = "nvml-missing", "nvml-mismatch", "nvml-no-driver"
NO_PERMISSION, NOT_SUPPORTED, FAILED = "nvml-permission", "nvml-unsupported", "nvml-failed"
HIDDEN, NO_CARD = "cuda-hidden", "no-nvidia-card"
NVIDIA = "nvidia"

_CORE_CLOCK, _MEMORY_CLOCK = 1, 2
"""NVML_CLOCK_SM, NVML_CLOCK_MEM: which clock is asked for."""
_REASONS = {
    "NVML_ERROR_LIBRARY_NOT_FOUND": MISSING,
    "NVML_ERROR_FUNCTION_NOT_FOUND": NOT_SUPPORTED,
    "NVML_ERROR_LIB_RM_VERSION_MISMATCH": MISMATCH,
    "NVML_ERROR_DRIVER_NOT_LOADED": NO_DRIVER,
    "NVML_ERROR_NO_PERMISSION": NO_PERMISSION,
    "NVML_ERROR_NOT_SUPPORTED": NOT_SUPPORTED,
}


@dataclass(frozen=True)
class Unknown:
    """Why something could not be read or used: a reason code (worded in tui.strings), the library's words,
    and what else the sentence says.
    """

    reason: str
    detail: str = ""
    about: Mapping[str, str | int | float] = field(default_factory=dict, hash=False)


@dataclass(frozen=True)
class CardProcess:
    """A process with memory on a card. `name` is "" and `used_bytes` None where the driver will not say."""

    pid: int
    name: str
    used_bytes: int | None


@dataclass(frozen=True)
class Figures:
    """What the driver says of a card's speed: its memory's bus in bits, cores, and greatest clocks in Hz.

    None for what it does not say.
    """

    bus_bits: int | None = None
    memory_hz: float | None = None
    cores: int | None = None
    core_hz: float | None = None


@dataclass(frozen=True)
class Card:
    """One card, or one MIG slice of a card. Sizes in bytes; `capability` is the compute capability.

    `processes` leaves out the process that asks. `unknown` says why a field is None, by field name.
    """

    index: int
    name: str
    uuid: str
    total_bytes: int | None
    free_bytes: int | None
    capability: float | None
    processes: tuple[CardProcess, ...] | None
    mig: bool
    unknown: dict[str, Unknown]
    maker: str = NVIDIA
    figures: Figures | None = None


@dataclass(frozen=True)
class Cards:
    """All visible cards with the driver's version; `unknown` says why there is none to see. `cuda` is the
    newest CUDA that the driver runs, (major, minor).
    """

    cards: tuple[Card, ...]
    driver: str | None = None
    unknown: Unknown | None = None
    cuda: tuple[int, int] | None = None


def read_cards(library: ModuleType | Any | None = None, visible: str | None = None) -> Cards:
    """What NVML says now. `library` stands in for pynvml, `visible` for $CUDA_VISIBLE_DEVICES.

    Never raises for what a driver, a container or a missing permission may do.
    """
    if library is None:
        try:
            import pynvml
        except ImportError as error:
            return Cards((), None, Unknown(MISSING, str(error)))
        library = pynvml
    visible = os.environ.get("CUDA_VISIBLE_DEVICES") if visible is None else visible
    try:
        library.nvmlInit()
    except (library.NVMLError, OSError) as error:
        return Cards((), None, _why(library, error))
    try:
        return _Reader(library).cards(visible)
    finally:
        with suppress(library.NVMLError):
            library.nvmlShutdown()


def own_bytes(library: ModuleType | Any, uuid: str, pid: int) -> int | None:
    """Bytes that process `pid` holds on the card `uuid`, context included; None where it cannot be read.

    In a container the driver may know the process under another number; a lone process is taken for it.
    """
    try:
        library.nvmlInit()
        try:
            handle = library.nvmlDeviceGetHandleByUUID(uuid)
            found = {p.pid: p.usedGpuMemory for p in library.nvmlDeviceGetComputeRunningProcesses(handle)}
        finally:
            library.nvmlShutdown()
    except (library.NVMLError, OSError):
        return None
    used = found.get(pid, next(iter(found.values())) if len(found) == 1 else None)
    return None if used is None else int(used)


class _Reader:
    """Guards every call, and notes why one failed under the field it was for."""

    def __init__(self, library: Any) -> None:
        self._nvml = library
        self._unknown: dict[str, Unknown] = {}

    def cards(self, visible: str | None) -> Cards:
        driver = self._ask("driver", lambda: _text(self._nvml.nvmlSystemGetDriverVersion()))
        cuda = self._ask("cuda", lambda: int(self._nvml.nvmlSystemGetCudaDriverVersion()))
        runs = (cuda // 1000, cuda % 1000 // 10) if cuda else None
        count = self._ask("count", lambda: int(self._nvml.nvmlDeviceGetCount()))
        if count is None:
            return Cards((), driver, self._unknown["count"], runs)
        found: list[Card] = []
        for index in range(count):
            self._unknown = {}
            handle = self._ask("handle", lambda i=index: self._nvml.nvmlDeviceGetHandleByIndex(i))  # type: ignore[misc]
            if handle is None:
                found.append(_unreadable(index, self._unknown["handle"]))
                continue
            found += self._slices(index, handle) or [self._card(index, handle, mig=False)]
        if not found:
            return Cards((), driver, Unknown(NO_CARD), runs)
        shown = _visible(found, visible)
        return Cards(shown, driver, None if shown else Unknown(HIDDEN, visible or ""), runs)

    def _slices(self, index: int, handle: Any) -> list[Card]:
        """The MIG slices of a card; none where MIG is off or the card has no such thing."""
        mode = self._ask("mig", lambda: self._nvml.nvmlDeviceGetMigMode(handle))
        if not mode or mode[0] != 1:
            self._unknown.pop("mig", None)
            return []
        slices = []
        for place in range(
            self._ask("mig", lambda: self._nvml.nvmlDeviceGetMaxMigDeviceCount(handle)) or 0
        ):
            self._unknown = {}
            part = self._ask(
                "slice",
                lambda at=place: self._nvml.nvmlDeviceGetMigDeviceHandleByIndex(handle, at),  # type: ignore[misc]
            )
            if part is not None:
                slices.append(self._card(index, part, mig=True))
        self._unknown = {}
        return slices

    def _card(self, index: int, handle: Any, *, mig: bool) -> Card:
        nvml = self._nvml
        memory = self._ask("memory", lambda: nvml.nvmlDeviceGetMemoryInfo(handle))
        name = self._ask("name", lambda: _text(nvml.nvmlDeviceGetName(handle)))
        capability = self._ask("capability", lambda: nvml.nvmlDeviceGetCudaComputeCapability(handle))
        return Card(
            index=index,
            name=name or "NVIDIA",
            uuid=self._ask("uuid", lambda: _text(nvml.nvmlDeviceGetUUID(handle))) or "",
            total_bytes=int(memory.total) if memory is not None else None,
            free_bytes=int(memory.free) if memory is not None else None,
            capability=float(f"{capability[0]}.{capability[1]}") if capability else None,
            processes=self._processes(handle),
            mig=mig,
            unknown=self._unknown,
            figures=None if mig else self._figures(handle),
        )

    def _figures(self, handle: Any) -> Figures:
        """A driver, or an NVML binding, that knows no such question leaves them open: no gap to be told."""
        nvml, before = self._nvml, dict(self._unknown)

        def number(function: str, *kind: int) -> int | None:
            ask = getattr(nvml, function, None)
            found = None if ask is None else self._ask("figures", lambda: int(ask(handle, *kind)))
            return found or None

        memory = number("nvmlDeviceGetMaxClockInfo", _MEMORY_CLOCK)
        core = number("nvmlDeviceGetMaxClockInfo", _CORE_CLOCK)
        bus, cores = number("nvmlDeviceGetMemoryBusWidth"), number("nvmlDeviceGetNumGpuCores")
        self._unknown.clear()
        self._unknown.update(before)
        return Figures(bus, memory and memory * 1e6, cores, core and core * 1e6)

    def _processes(self, handle: Any) -> tuple[CardProcess, ...] | None:
        nvml = self._nvml
        compute = self._ask("processes", lambda: nvml.nvmlDeviceGetComputeRunningProcesses(handle))
        if compute is None:
            return None
        before = dict(self._unknown)
        graphics = self._ask("processes", lambda: nvml.nvmlDeviceGetGraphicsRunningProcesses(handle)) or []
        # A card without a display has no graphics list: that is no gap in what is known.
        self._unknown = before
        used = {p.pid: p.usedGpuMemory for p in [*graphics, *compute] if p.pid != os.getpid()}
        return tuple(
            CardProcess(int(pid), self._process_name(pid), None if size is None else int(size))
            for pid, size in sorted(used.items(), key=lambda item: -(item[1] or 0))
        )

    def _process_name(self, pid: int) -> str:
        try:
            return os.path.basename(_text(self._nvml.nvmlSystemGetProcessName(pid)))
        except (self._nvml.NVMLError, OSError, UnicodeError):
            try:
                return str(psutil.Process(pid).name())
            except psutil.Error:
                return ""

    def _ask(self, field: str, call: Callable[[], T]) -> T | None:
        try:
            return call()
        except (self._nvml.NVMLError, OSError, UnicodeError) as error:
            self._unknown[field] = _why(self._nvml, error)
            return None


def _why(library: Any, error: Exception) -> Unknown:
    value = getattr(error, "value", None)
    reasons = (reason for name, reason in _REASONS.items() if getattr(library, name) == value)
    return Unknown(next(reasons, FAILED), str(error))


def _unreadable(index: int, why: Unknown) -> Card:
    fields = dict.fromkeys(("memory", "name", "capability", "processes"), why)
    return Card(index, "NVIDIA", "", None, None, None, None, False, fields)


def _visible(cards: list[Card], wanted: str | None) -> tuple[Card, ...]:
    """The cards that $CUDA_VISIBLE_DEVICES leaves, in its order; its first bad entry ends the list.

    Numbers count in the order of the PCI bus, which is CUDA's own order under
    CUDA_DEVICE_ORDER=PCI_BUS_ID (and wherever all cards are alike).
    """
    if wanted is None:
        return tuple(cards)
    shown: list[Card] = []
    for word in (part.strip() for part in wanted.split(",")):
        found = [
            card
            for card in cards
            if (word.isdigit() and card.index == int(word))
            or (word[:3] in ("GPU", "MIG") and card.uuid.startswith(word))
        ]
        if not found or found[0] in shown:
            break
        shown += found[:1]
    return tuple(shown)


def _text(value: str | bytes) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
