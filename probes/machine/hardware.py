"""What this machine has (read in milliseconds, without torch) and what it can do (measured as a probe).

Read by the app and the commands as `read_machine`; measured by `python -m probes hardware`, whose job is
{"devices": ["cuda:0", "cpu"], "names": [...], "driver": ..., "folder": DIR}.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from catalog.evidence.kinds import Hardware
from catalog.evidence.records import Evidence
from catalog.hardware.gpu import Budget, Gpu, find_gpu
from catalog.problem import Problem
from probes.home import home_shown
from probes.jobs.events import Emit
from probes.jobs.record import job_of, reads
from probes.jobs.runner import Job
from probes.machine.host import Host, read_host
from probes.machine.job import HardwareJob, Measured
from probes.machine.nvml import Card, Cards, Unknown, read_cards

DISK = "disk"


@dataclass(frozen=True)
class Machine:
    """One reading of the machine. Free memory is what counts; it is of this moment."""

    gpus: tuple[Card, ...]
    driver: str | None
    no_gpu: Unknown | None
    host: Host

    @property
    def card(self) -> Card | None:
        """The card to plan for: the one with the most free memory, if any can be read."""
        readable = [card for card in self.gpus if card.free_bytes is not None]
        return max(readable, key=lambda card: card.free_bytes or 0, default=None)

    @property
    def device(self) -> str:
        """`cuda:N` (N counts the visible cards), or `cpu`."""
        card = self.card
        return "cpu" if card is None else f"cuda:{self.gpus.index(card)}"

    @property
    def budget_bytes(self) -> int:
        """Free memory of the card; without a readable one, the memory this process could still get."""
        card = self.card
        if card is None or card.free_bytes is None:
            return self.host.ram_available_bytes
        return card.free_bytes

    @property
    def budget_device(self) -> str:
        """`cuda` or `cpu`: whose memory `budget_bytes` is."""
        return self.device.partition(":")[0]


def read_machine(cards: Cards | None = None, folder: Path | None = None) -> Machine:
    """The machine now; never fails for want of a card. `folder` is where the disk's free space counts."""
    seen = read_cards() if cards is None else cards
    return Machine(seen.cards, seen.driver, seen.unknown, read_host(folder or home_shown()))


def machine_budget(machine: Machine) -> Budget:
    """The machine as a budget: real, with the catalog's card where its name is known."""
    card = machine.card
    if card is None:
        return Budget(f"CPU: {machine.host.cpu}", machine.budget_bytes)
    return Budget(card.name, machine.budget_bytes, _catalog_card(card))


def _catalog_card(card: Card) -> Gpu | None:
    """The catalog's entry for a whole card; a MIG slice is none of them."""
    if card.mig:
        return None
    try:
        return find_gpu(card.name, card.total_bytes)
    except Problem:
        return None


def device_keys(machine: Machine) -> dict[str, dict[str, str]]:
    """Device -> what its measurements hold for: {device, driver, torch}."""
    torch = version("torch")
    keys = {
        f"cuda:{index}": {"device": card.name, "driver": machine.driver or "", "torch": torch}
        for index, card in enumerate(machine.gpus)
    }
    return keys | {"cpu": {"device": machine.host.cpu, "driver": "", "torch": torch}}


def measured(machine: Machine, known: Sequence[Evidence]) -> dict[str, Hardware]:
    """Device (`cuda:N`, `cpu`, `disk`) -> the latest stored measurement that holds for it."""
    latest = {_frozen(e.key): e for e in known if e.kind == "hardware"}
    wanted = device_keys(machine) | {DISK: {"device": DISK, "folder": str(home_shown())}}
    return {
        name: Hardware.of(latest[_frozen(key)]) for name, key in wanted.items() if _frozen(key) in latest
    }


def _frozen(key: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    return tuple(sorted((name, str(value)) for name, value in key.items()))


def measuring_job(machine: Machine, known: Sequence[Evidence] = ()) -> Job | None:
    """The job that measures what is not yet known of this machine; None where all of it is."""
    done = measured(machine, known)
    missing = {device: key for device, key in device_keys(machine).items() if device not in done}
    if not missing and DISK in done:
        return None
    devices = tuple(Measured(device, key["device"], key) for device, key in missing.items())
    return job_of(HardwareJob(devices, None if DISK in done else str(home_shown())))


def profile(machine: Machine, known: Sequence[Evidence] = ()) -> dict[str, Any]:
    """The body of `basefit profile --json`: sizes in bytes, null for what is not known, and why."""
    done, unmeasured = measured(machine, known), Hardware()
    host, cpu, disk = machine.host, done.get("cpu", unmeasured), done.get(DISK, unmeasured)
    cards = enumerate(machine.gpus)
    return {
        "gpus": [_card_json(card, done.get(f"cuda:{n}", unmeasured)) for n, card in cards],
        "driver": machine.driver,
        "no_gpu": _unknown_json(machine.no_gpu) if machine.no_gpu else None,
        "cpu": {
            "name": host.cpu,
            "cores": host.cores,
            "flags": list(host.flags),
            "bandwidth_bytes_per_s": cpu.bandwidth_bytes_per_s,
            "bf16_flops": cpu.bf16_flops,
            "fp32_flops": cpu.fp32_flops,
        },
        "ram_bytes": host.ram_bytes,
        "ram_available_bytes": host.ram_available_bytes,
        "disk_free_bytes": host.disk_free_bytes,
        "disk_read_bytes_per_s": disk.read_bytes_per_s,
        "disk_cache": disk.cache,
        "budget_bytes": machine.budget_bytes,
        "budget_device": machine.budget_device,
    }


def _card_json(card: Card, rates: Hardware) -> dict[str, Any]:
    processes = None if card.processes is None else [vars(process) for process in card.processes]
    return {
        "name": card.name,
        "uuid": card.uuid,
        "mig": card.mig,
        "capability": card.capability,
        "total_bytes": card.total_bytes,
        "free_bytes": card.free_bytes,
        "context_bytes": rates.context_bytes,
        "bandwidth_bytes_per_s": rates.bandwidth_bytes_per_s,
        "bf16_flops": rates.bf16_flops,
        "processes": processes,
        "unknown": {field: _unknown_json(why) for field, why in card.unknown.items()},
    }


def _unknown_json(why: Unknown) -> dict[str, str]:
    return {"reason": why.reason, "detail": why.detail}


@reads(HardwareJob)
def run(job: HardwareJob, emit: Emit) -> dict[str, Any]:
    """Measure each device of the job, and its disk; each figure within two seconds.

    A figure that cannot be had (no memory left on the card, a kernel that is missing) is None and its
    reason stands under `unknown`; the others are measured all the same.
    """
    results = dict[str, Any]()
    from probes.machine import disk, rates  # torch: only here

    for entry in job.devices:
        values = _all(f"hardware {entry.device}", rates.steps(entry.device), emit)
        emit.metric(kind="hardware", model=entry.name, key=entry.key, values=values)
        results[entry.device] = values
    if job.folder is not None:
        folder = Path(job.folder)
        read = _all("hardware disk", {"read": lambda: disk.read_rate(folder)}, emit)
        found = read["read"]
        values = {
            "read_bytes_per_s": found.bytes_per_s if found else None,
            "cache": found.cache if found else None,
            "unknown": read["unknown"],
        }
        key = {"device": DISK, "folder": job.folder}
        emit.metric(kind="hardware", model=DISK, key=key, values=values)
        results[DISK] = values
    return {"measured": results}


def _all(phase: str, steps: Mapping[str, Callable[[], Any]], emit: Emit) -> dict[str, Any]:
    values: dict[str, Any] = {}
    unknown: dict[str, str] = {}
    began = time.monotonic()
    for number, (name, step) in enumerate(steps.items()):
        emit.progress(phase, number, len(steps), "figures", name)
        try:
            values[name] = step()
        except (RuntimeError, OSError, Problem) as error:
            values[name], unknown[name] = None, str(error).splitlines()[0][:200]
    emit.progress(phase, len(steps), len(steps), "figures")
    return values | {"unknown": unknown, "seconds": round(time.monotonic() - began, 2)}
