"""The memory to plan for: a card or size by name, or this machine, with what was measured on it."""

from collections.abc import Sequence
from dataclasses import dataclass

from catalog.evidence.kinds import DeployKey
from catalog.evidence.records import Evidence
from catalog.hardware.gpu import Budget, parse_budget, same_card
from catalog.memory.correction import correction_from
from catalog.memory.footprint import Correction
from probes.jobs.devices import CUDA
from probes.machine.device import Device
from probes.machine.hardware import Machine, machine_budget, read_machine

SMALLEST_CARD_BYTES = 2**30


@dataclass(frozen=True)
class Room:
    """A budget, and whose it is: `cuda`, `cpu` where this machine has no card, or `simulated` below what
    a driver's context alone takes (no such card exists, so none of it is set aside for one).

    `correction` is what `basefit deploy` measured on that very device, None where it did not; `host_bytes`
    the free memory beside a card of this machine, None elsewhere.
    """

    budget: Budget
    device: str
    correction: Correction | None = None
    host_bytes: int | None = None


def room_of(text: str | None, deployed: Sequence[Evidence] = ()) -> Room:
    """The room a person wrote (see catalog.hardware.gpu.parse_budget), or this machine's free memory."""
    if text is None:
        return room_here(read_machine(), deployed)
    return room_elsewhere(parse_budget(text), deployed)


def room_here(machine: Machine, deployed: Sequence[Evidence] = (), devices: Sequence[Device] = ()) -> Room:
    """The free memory of the machine at hand: of its best device where none is named."""
    meant = tuple(devices) or (machine.best,)
    names = {one.name for one in meant}
    correction = correction_from(deployed, meant[0].name) if len(names) == 1 else None
    apart = meant[0].kind == CUDA and not meant[0].unified
    beside = machine.host.ram_available_bytes if apart else None
    return Room(machine_budget(machine, meant), meant[0].kind, correction, beside)


def room_elsewhere(budget: Budget, deployed: Sequence[Evidence] = ()) -> Room:
    """A budget that is not this machine's memory; what was deployed on such a card counts."""
    if budget.bytes < SMALLEST_CARD_BYTES:
        return Room(budget, "simulated")
    for device in {str(DeployKey.of(e).device) for e in deployed}:
        if budget.gpu is not None and same_card(device, budget.gpu.name):
            return Room(budget, "cuda", correction_from(deployed, device))
    return Room(budget, "cuda")
