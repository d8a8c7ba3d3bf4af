"""What is asked of the measurement of a machine. No heavy import."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from probes.jobs.record import Record


@dataclass(frozen=True)
class Measured(Record):
    """A device (`cpu`, `cuda:N`), its name, and the evidence key of its figures."""

    device: str
    name: str
    key: Mapping[str, object]


@dataclass(frozen=True)
class HardwareJob(Record):
    """`folder` is read to know its disk; None where that is known. `device` is what the process is shown
    (see probes.jobs.devices), by which the `devices` are named as they are called in it.
    """

    PROBE: ClassVar[str] = "hardware"
    COMMAND: ClassVar[str] = "profile"

    devices: tuple[Measured, ...]
    folder: str | None = None
    device: str = "cpu"

    @property
    def subject(self) -> str:
        """The names of the devices."""
        return ", ".join(one.name for one in self.devices)
