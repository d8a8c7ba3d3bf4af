"""The memory to plan for: a card or size by name, or this machine, with what was measured on it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from catalog.evidence.kinds import DeployKey, Hardware, HardwareKey
from catalog.evidence.records import Evidence
from catalog.evidence.store import Store
from catalog.hardware.gpu import Budget, parse_budget, same_card
from catalog.hardware.measured_card import with_paces, with_rates
from catalog.memory.correction import correction_from
from catalog.memory.footprint import Correction
from catalog.models.registry import load_models
from probes.jobs.devices import CUDA
from probes.machine.device import Device
from probes.machine.driver_gpu import gpu_by_driver
from probes.machine.hardware import Machine, machine_budget, measured, read_machine

SMALLEST_CARD_BYTES = 2**30


@dataclass(frozen=True)
class Room:
    """A budget, and whose it is: `cuda`, `cpu` where this machine has no card, or `simulated` below what
    a driver's context alone takes (no such card exists, so none of it is set aside for one).

    `correction` is what `basefit deploy` measured on that very device, None where it did not; `host_bytes`
    the free memory beside a card of this machine, None elsewhere. The budget's card has the figures that
    `basefit profile` measured of it, `context_bytes` is what it measured of the driver's context, and what
    models were deployed there say of speeds.
    """

    budget: Budget
    device: str
    correction: Correction | None = None
    host_bytes: int | None = None
    context_bytes: int | None = None


def known_of(store: Store) -> list[Evidence]:
    """What a store holds of devices: what was deployed on them, and their own figures."""
    return [*store.find("deploy"), *store.find("hardware")]


def room_of(text: str | None, known: Sequence[Evidence] = ()) -> Room:
    """The room a person wrote (see catalog.hardware.gpu.parse_budget), or this machine's free memory."""
    if text is None:
        return room_here(read_machine(), known)
    return room_elsewhere(parse_budget(text), known)


def room_here(machine: Machine, known: Sequence[Evidence] = (), devices: Sequence[Device] = ()) -> Room:
    """The free memory of the machine at hand: of its best device where none is named. Its card has the
    figures that were measured under this driver and torch.
    """
    meant = tuple(devices) or (machine.best,)
    first, alike = meant[0], len({one.name for one in meant}) == 1
    apart = first.kind == CUDA and not first.unified
    beside = machine.host.ram_available_bytes if apart else None
    budget = machine_budget(machine, meant)
    if first.kind == CUDA and budget.gpu is None:
        cards = (card for card, at in zip(machine.gpus, machine.devices, strict=False) if at == first)
        card = next(cards, None)
        budget = replace(budget, gpu=gpu_by_driver(card) if card else None)
    correction = correction_from(known, first.name) if alike else None
    room = Room(budget, first.kind, correction, beside)
    if first.kind != CUDA or not alike:
        return room
    return _measured(room, first.name, measured(machine, known).get(first.place), known)


def room_elsewhere(budget: Budget, known: Sequence[Evidence] = ()) -> Room:
    """A budget that is not this machine's memory; what was measured on such a card counts."""
    if budget.bytes < SMALLEST_CARD_BYTES:
        return Room(budget, "simulated")
    room, gpu = Room(budget, "cuda"), budget.gpu
    if gpu is None:
        return room
    alike = [
        (str(key.device), one)
        for one in known
        for key in (DeployKey.of(one) if one.kind == "deploy" else HardwareKey.of(one),)
        if same_card(str(key.device), gpu.name)
    ]
    rates = [Hardware.of(one) for _, one in alike if one.kind == "hardware"]
    deployed = [device for device, one in alike if one.kind == "deploy"]
    if deployed:
        room = replace(room, correction=correction_from(known, deployed[-1]))
    return _measured(room, deployed[-1] if deployed else "", rates[-1] if rates else None, known)


def _measured(room: Room, device: str, rates: Hardware | None, known: Sequence[Evidence]) -> Room:
    gpu = room.budget.gpu
    context = rates.context_bytes or None if rates else None
    if gpu is not None and rates is not None:
        gpu = with_rates(gpu, rates)
    deployed = [one for one in known if one.kind == "deploy"]
    if gpu is not None and deployed:
        specs = {name: entry.spec for name, entry in load_models().items()}
        gpu = with_paces(gpu, deployed, device, specs)
    return replace(room, budget=replace(room.budget, gpu=gpu), context_bytes=context)
