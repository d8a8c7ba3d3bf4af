"""What commands share: the text, the device and the room that are meant."""

from pathlib import Path

from catalog.evidence.store import Store
from probes.checkpoint.revision import revision
from probes.checkpoint.target import DEMO, Target
from probes.jobs.devices import CPU
from probes.machine.budget import Room, known_of, room_here, room_of
from probes.machine.device import Device, id_of
from probes.machine.hardware import Machine, asked_machine, read_machine
from tui.cli.output import tell, words
from tui.wording import why_words


def sample_text(text: Path | None) -> Path:
    """The person's text, or the bundled bilingual sample."""
    return text if text is not None else DEMO / "sample.txt"


def devices_here(wanted: str | None) -> tuple[Device, ...]:
    """The devices asked for, by place, name or identity, else the one to run on; why a card is not taken
    is told. Problems: those of probes.machine.device.chosen.
    """
    if wanted == CPU:
        return read_machine().chosen(CPU)
    machine = asked_machine()
    found = machine.chosen(wanted)
    if wanted is None:
        tell_unused(machine)
    return found


def device_here(wanted: str | None) -> str:
    """What a job is given that runs on the devices asked for (see probes.jobs.devices)."""
    return id_of(devices_here(wanted))


def tell_unused(machine: Machine) -> None:
    """Say why the processor is taken although there is a card."""
    unused = machine.unused
    if unused is not None and unused.why_not is not None:
        tell(words("cli.card-unused", name=unused.name, why=why_words(unused.why_not)))


def identity(target: Target) -> tuple[str, str, str]:
    """(name shown, path, revision) of a target whose directory is here."""
    assert target.directory is not None
    return target.name, str(target.directory), revision(target.directory)


def room(budget: str | None, store: Store) -> Room:
    """The room to plan for, corrected by what was deployed on the same device before."""
    if budget is None:
        tell_unused(read_machine())
    return room_of(budget, known_of(store))


def room_and_device(budget: str | None, device: str | None, store: Store) -> tuple[Room, str]:
    """The room to plan for, and what a job is given: where no budget is named, both of the same devices."""
    found, known = devices_here(device), known_of(store)
    if budget is None:
        return room_here(read_machine(), known, found), id_of(found)
    return room_of(budget, known), id_of(found)
