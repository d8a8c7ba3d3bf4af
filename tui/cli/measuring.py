"""What commands share: the text, the device and the room that are meant."""

from pathlib import Path

from catalog.evidence.store import Store
from catalog.problem import Problem
from probes.checkpoint.revision import revision
from probes.checkpoint.target import DEMO, Target
from probes.machine.budget import Room, room_of
from probes.machine.hardware import read_machine


def sample_text(text: Path | None) -> Path:
    """The person's text, or the bundled bilingual sample."""
    return text if text is not None else DEMO / "sample.txt"


def device_here(wanted: str | None) -> str:
    """`cpu` or `cuda`: the one asked for, else CUDA where NVML sees a card."""
    if wanted not in (None, "cpu", "cuda"):
        raise Problem("device-unknown", device=wanted)
    if wanted:
        return wanted
    return read_machine().budget_device


def identity(target: Target) -> tuple[str, str, str]:
    """(name shown, path, revision) of a target whose directory is here."""
    assert target.directory is not None
    return target.name, str(target.directory), revision(target.directory)


def room(budget: str | None, store: Store) -> Room:
    """The room to plan for, corrected by what was deployed on the same device before."""
    return room_of(budget, store.find("deploy"))
