"""What this machine has (read in milliseconds, without torch) and what it can do (measured as a probe).

Read by the app and the commands as `read_machine`; measured by `python -m probes hardware`, whose job is
{"devices": ["cuda:0", "cpu"], "names": [...], "driver": ..., "folder": DIR}.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from typing import Any

from catalog.evidence.kinds import Hardware
from catalog.evidence.records import Evidence
from catalog.hardware.gpu import Budget, Gpu, find_gpu
from catalog.problem import Problem
from probes.home import home_shown
from probes.jobs.devices import CPU, CUDA, name_inside
from probes.jobs.events import Emit
from probes.jobs.record import job_of, reads
from probes.jobs.runner import Job
from probes.machine.device import Device, best, chosen, devices_of
from probes.machine.host import Host, read_host
from probes.machine.job import HardwareJob, Measured
from probes.machine.nvml import Card, Cards, Unknown, read_cards
from probes.machine.other_cards import other_cards
from probes.machine.torch_build import TorchBuild, asked_build, read_build

DISK = "disk"


@dataclass(frozen=True)
class Machine:
    """One reading of the machine. Free memory is what counts; it is of this moment. `cuda` is the newest
    that the driver runs; without a `build` nothing is held against torch.
    """

    gpus: tuple[Card, ...]
    driver: str | None
    no_gpu: Unknown | None
    host: Host
    cuda: tuple[int, int] | None = None
    build: TorchBuild | None = None

    @cached_property
    def devices(self) -> tuple[Device, ...]:
        """Every card, usable or not, then the processor."""
        seen = Cards(self.gpus, self.driver, self.no_gpu, self.cuda)
        return devices_of(seen, self.host, self.build)

    @property
    def best(self) -> Device:
        """What is planned for and run on where nothing is said: the usable card with the most free
        memory, else the processor.
        """
        return best(self.devices)

    @property
    def card(self) -> Card | None:
        """The card of that device, if it is one."""
        return next(
            (card for card, at in zip(self.gpus, self.devices, strict=False) if at is self.best), None
        )

    @property
    def device(self) -> str:
        """`cuda:N` (N counts the visible cards), or `cpu`."""
        return self.best.place

    @property
    def budget_bytes(self) -> int:
        """Free memory of the device."""
        return self.best.free_bytes or 0

    @property
    def budget_device(self) -> str:
        """`cuda` or `cpu`: whose memory `budget_bytes` is."""
        return self.best.kind

    @property
    def unused(self) -> Device | None:
        """The largest card, where none can be used: its reason is why the processor is taken."""
        cards = self.devices[:-1] if self.best.kind == CPU else ()
        return max(cards, key=lambda one: one.total_bytes or 0, default=None)

    def chosen(self, wanted: str | None) -> tuple[Device, ...]:
        """The devices that a person named; see probes.machine.device.chosen."""
        return chosen(wanted, self.devices, self.no_gpu)


def read_machine(
    cards: Cards | None = None, folder: Path | None = None, build: TorchBuild | None = None
) -> Machine:
    """The machine now; never fails for want of a card. `folder` is where the disk's free space counts.

    Cards that are given are held against the `build` that is given, if any.
    """
    if cards is None:
        build = build or read_build()
        cards = all_cards(build)
    host = read_host(folder or home_shown())
    return Machine(cards.cards, cards.driver, cards.unknown, host, cards.cuda, build)


def all_cards(build: TorchBuild) -> Cards:
    """The cards of every maker that can be seen."""
    seen = read_cards()
    return replace(seen, cards=(*seen.cards, *other_cards(build)))


def asked_machine() -> Machine:
    """The machine, torch asked for its architectures (once, seconds) where a card is held against them."""
    machine = read_machine()
    if machine.build is None or machine.best.kind == CPU:
        return machine
    return replace(machine, build=asked_build(machine.build))


def machine_budget(machine: Machine, devices: Sequence[Device] = ()) -> Budget:
    """These devices as a budget (the machine's best where none is named): real, with the catalog's card
    where its name is known. Of several cards the one with the least free memory counts for each.
    """
    meant = tuple(devices) or (machine.best,)
    first = meant[0]
    if first.kind == CPU:
        return Budget(f"CPU: {first.name}", first.free_bytes or 0)
    least = min(meant, key=lambda one: one.free_bytes or 0)
    return Budget(label_of(machine, meant), least.free_bytes or 0, _catalog_card(least), count=len(meant))


def label_of(machine: Machine, devices: Sequence[Device]) -> str:
    """The cards' names as a budget is labelled: with the place where two cards have one name."""
    names = [one.name for one in devices]
    if len(names) > 1:
        same = len(set(names)) == 1
        places = ", ".join(one.place for one in devices)
        return f"{len(names)}x {names[0]} ({places})" if same else " + ".join(names)
    alike = sum(one.name == names[0] for one in machine.devices)
    return names[0] if alike == 1 else f"{names[0]} ({devices[0].place})"


def offers(machine: Machine) -> tuple[tuple[Device, ...], ...]:
    """What of the machine can be planned for and run on: the best, each other card, all alike together, and
    the processor.
    """
    usable = sorted(
        (one for one in machine.devices if one.kind == CUDA and one.usable),
        key=lambda one: (one is not machine.best, one.place),
    )
    together = []
    for name in dict.fromkeys(one.name for one in usable if not one.mig):
        alike = tuple(sorted((one for one in usable if one.name == name), key=lambda one: one.place))
        together += [alike] if len(alike) > 1 else []
    return (*((one,) for one in usable), *together, (machine.devices[-1],))


def meant_by(machine: Machine, label: str) -> tuple[Device, ...]:
    """The devices of this machine that a budget of that label is; none where it is another's."""
    found = (meant for meant in offers(machine) if machine_budget(machine, meant).label == label)
    return next(found, ())


def _catalog_card(card: Device) -> Gpu | None:
    """The catalog's entry for a whole card; a MIG slice is none of them."""
    if card.mig:
        return None
    try:
        return find_gpu(card.name, None if card.unified else card.total_bytes)
    except Problem:
        return None


def device_keys(machine: Machine) -> dict[str, dict[str, str]]:
    """Device -> what its measurements hold for: {device, driver, torch}."""
    torch = version("torch")
    keys = {
        one.place: {"device": one.name, "driver": machine.driver or "", "torch": torch}
        for one in machine.devices
        if one.kind == CUDA
    }
    return keys | {CPU: {"device": machine.host.cpu, "driver": "", "torch": torch}}


def measured(machine: Machine, known: Sequence[Evidence]) -> dict[str, Hardware]:
    """Device (`cuda:N`, `cpu`, `disk`) -> the latest stored measurement that holds for it."""
    latest = {_frozen(e.key): e for e in known if e.kind == "hardware"}
    wanted = device_keys(machine) | {DISK: {"device": DISK, "folder": str(home_shown())}}
    return {
        name: Hardware.of(latest[_frozen(key)]) for name, key in wanted.items() if _frozen(key) in latest
    }


def rated(machine: Machine, known: Sequence[Evidence]) -> tuple[Device, ...]:
    """The machine's devices with what was measured of each."""
    done = measured(machine, known)
    return tuple(replace(one, rates=done.get(one.place, one.rates)) for one in machine.devices)


def _frozen(key: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    return tuple(sorted((name, str(value)) for name, value in key.items()))


def measuring_jobs(machine: Machine, known: Sequence[Evidence] = ()) -> list[Job]:
    """The jobs that measure what is not yet known of this machine: one for each kind of card that can be
    used, in a process that sees one such card alone, and one for the processor and the disk.
    """
    done, keys = measured(machine, known), device_keys(machine)
    jobs, meant = [], set()
    usable = [one for one in machine.devices if one.kind == CUDA and one.usable and one.place not in done]
    for one in sorted(usable, key=lambda one: -(one.free_bytes or 0)):
        if one.name not in meant:
            meant.add(one.name)
            seen = Measured(name_inside(one.id), one.name, keys[one.place])
            jobs.append(job_of(HardwareJob((seen,), device=one.id)))
    host = () if CPU in done else (Measured(CPU, keys[CPU]["device"], keys[CPU]),)
    folder = None if DISK in done else str(home_shown())
    return jobs + ([job_of(HardwareJob(host, folder))] if host or folder else [])


def profile(machine: Machine, known: Sequence[Evidence] = ()) -> dict[str, Any]:
    """The body of `basefit profile --json`: sizes in bytes, null for what is not known, and why."""
    done, unmeasured = measured(machine, known), Hardware()
    host, cpu, disk = machine.host, done.get(CPU, unmeasured), done.get(DISK, unmeasured)
    cards = zip(machine.gpus, rated(machine, known), strict=False)
    return {
        "gpus": [_card_json(card, at) for card, at in cards],
        "driver": machine.driver,
        "driver_cuda": _dotted(machine.cuda),
        "torch": _build_json(machine.build),
        "no_gpu": unknown_json(machine.no_gpu) if machine.no_gpu else None,
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
        "device": machine.best.id,
        "device_name": machine.best.name,
    }


def _card_json(card: Card, at: Device) -> dict[str, Any]:
    processes = None if card.processes is None else [vars(process) for process in card.processes]
    return {
        "name": card.name,
        "uuid": card.uuid,
        "place": at.place,
        "mig": card.mig,
        "unified": at.unified,
        "capability": card.capability,
        "dtype": at.dtype,
        "total_bytes": at.total_bytes,
        "free_bytes": at.free_bytes,
        "context_bytes": at.rates.context_bytes,
        "bandwidth_bytes_per_s": at.rates.bandwidth_bytes_per_s,
        "bf16_flops": at.rates.bf16_flops,
        "processes": processes,
        "usable": at.usable,
        "why_not": unknown_json(at.why_not) if at.why_not else None,
        "unknown": {field: unknown_json(why) for field, why in card.unknown.items()},
    }


def _build_json(build: TorchBuild | None) -> dict[str, Any] | None:
    if build is None:
        return None
    told = {"version": build.version, "cuda": _dotted(build.cuda), "hip": build.hip, "xpu": build.xpu}
    return told | {"architectures": build.architectures and list(build.architectures)}


def _dotted(version: tuple[int, int] | None) -> str | None:
    return f"{version[0]}.{version[1]}" if version else None


def unknown_json(why: Unknown) -> dict[str, Any]:
    """A reason as JSON: its code, the library's words, and what else the sentence says."""
    return {"reason": why.reason, "detail": why.detail, **({"about": dict(why.about)} if why.about else {})}


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
