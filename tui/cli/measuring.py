"""What commands that measure share."""

from pathlib import Path

from catalog.problem import Problem
from probes.checkpoint.revision import revision
from probes.checkpoint.target import DEMO, Target


def sample_text(text: Path | None) -> Path:
    """The person's text, or the bundled bilingual sample."""
    return text if text is not None else DEMO / "sample.txt"


def device_here(wanted: str | None) -> str:
    """`cpu` or `cuda`: the one asked for, else CUDA where NVML sees a card."""
    from probes.machine.hardware import read_machine

    if wanted not in (None, "cpu", "cuda"):
        raise Problem("device-unknown", device=wanted)
    if wanted:
        return wanted
    return read_machine().budget_device


def identity(target: Target) -> tuple[str, str, str]:
    """(name shown, path, revision) of a target whose directory is here."""
    assert target.directory is not None
    return target.name, str(target.directory), revision(target.directory)
