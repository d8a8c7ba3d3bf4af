"""A stand-in for pynvml: the same names, with cards and failures of a test's choosing."""

from collections.abc import Callable
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pynvml

GIB = 2**30


@dataclass
class FakeCard:
    """One card; `processes` are (pid, bytes or None), `fails` maps a function's name to its error code."""

    name: str = "NVIDIA GeForce RTX 4090"
    uuid: str = "GPU-0000"
    total: int = 24 * GIB
    free: int = 20 * GIB
    capability: tuple[int, int] = (8, 9)
    processes: tuple[tuple[int, int | None], ...] = ()
    fails: dict[str, int] = field(default_factory=dict)
    slices: tuple["FakeCard", ...] = ()
    bus_bits: int = 384
    memory_mhz: int = 10501
    cores: int = 16384
    core_mhz: int = 3105


class FakeNvml:
    """Answers like pynvml for `cards`; `fails` maps a function without a card to its error code."""

    NVMLError = pynvml.NVMLError

    def __init__(self, *cards: FakeCard, names: dict[int, str] | None = None, **fails: int) -> None:
        self.cards, self.fails, self.names = cards, fails, names or {}
        self.shutdowns = 0

    def __getattr__(self, name: str) -> Any:
        if name.startswith("NVML_"):
            return getattr(pynvml, name)
        raise AttributeError(name)

    def _answer(self, function: str, card: FakeCard | None, answer: Callable[[], Any]) -> Any:
        code = self.fails.get(function) if card is None else card.fails.get(function)
        if code is not None:
            raise pynvml.NVMLError(code)
        return answer()

    def nvmlInit(self) -> None:
        self._answer("init", None, lambda: None)

    def nvmlShutdown(self) -> None:
        self.shutdowns += 1

    def nvmlSystemGetDriverVersion(self) -> str:
        return self._answer("driver", None, lambda: "580.65.06")

    def nvmlSystemGetCudaDriverVersion(self) -> int:
        return self._answer("cuda", None, lambda: 13000)

    def nvmlDeviceGetCount(self) -> int:
        return self._answer("count", None, lambda: len(self.cards))

    def nvmlDeviceGetHandleByIndex(self, index: int) -> FakeCard:
        card = self.cards[index]
        return self._answer("handle", card, lambda: card)

    def nvmlDeviceGetHandleByUUID(self, uuid: str) -> FakeCard:
        return next(card for card in self.cards if card.uuid == uuid)

    def nvmlDeviceGetMigMode(self, card: FakeCard) -> list[int]:
        if not card.slices and "mig" not in card.fails:
            raise pynvml.NVMLError(pynvml.NVML_ERROR_NOT_SUPPORTED)
        return self._answer("mig", card, lambda: [1, 1])

    def nvmlDeviceGetMaxMigDeviceCount(self, card: FakeCard) -> int:
        return 7

    def nvmlDeviceGetMigDeviceHandleByIndex(self, card: FakeCard, index: int) -> FakeCard:
        if index >= len(card.slices):
            raise pynvml.NVMLError(pynvml.NVML_ERROR_NOT_FOUND)
        return card.slices[index]

    def nvmlDeviceGetName(self, card: FakeCard) -> str:
        return self._answer("name", card, lambda: card.name)

    def nvmlDeviceGetUUID(self, card: FakeCard) -> str:
        return self._answer("uuid", card, lambda: card.uuid)

    def nvmlDeviceGetMemoryInfo(self, card: FakeCard) -> SimpleNamespace:
        return self._answer("memory", card, lambda: SimpleNamespace(total=card.total, free=card.free))

    def nvmlDeviceGetCudaComputeCapability(self, card: FakeCard) -> tuple[int, int]:
        return self._answer("capability", card, lambda: card.capability)

    def nvmlDeviceGetMemoryBusWidth(self, card: FakeCard) -> int:
        return self._answer("bus", card, lambda: card.bus_bits)

    def nvmlDeviceGetNumGpuCores(self, card: FakeCard) -> int:
        return self._answer("cores", card, lambda: card.cores)

    def nvmlDeviceGetMaxClockInfo(self, card: FakeCard, kind: int) -> int:
        clock = {pynvml.NVML_CLOCK_SM: card.core_mhz, pynvml.NVML_CLOCK_MEM: card.memory_mhz}[kind]
        return self._answer("clock", card, lambda: clock)

    def nvmlDeviceGetComputeRunningProcesses(self, card: FakeCard) -> list[SimpleNamespace]:
        rows = [SimpleNamespace(pid=pid, usedGpuMemory=used) for pid, used in card.processes]
        return self._answer("processes", card, lambda: rows)

    def nvmlDeviceGetGraphicsRunningProcesses(self, card: FakeCard) -> list[SimpleNamespace]:
        raise pynvml.NVMLError(pynvml.NVML_ERROR_NOT_SUPPORTED)

    def nvmlSystemGetProcessName(self, pid: int) -> str:
        if pid not in self.names:
            raise pynvml.NVMLError(pynvml.NVML_ERROR_NO_PERMISSION)
        return self.names[pid]
