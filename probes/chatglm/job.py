"""What is asked of the conversion of a published ChatGLM. No heavy import."""

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from probes.jobs.record import Record


@dataclass(frozen=True)
class ConvertJob(Record):
    """`directory` is read, `out` is written."""

    PROBE: ClassVar[str] = "convert"
    COMMAND: ClassVar[str] = "convert"

    directory: str
    out: str

    @property
    def subject(self) -> str:
        """The directory's name."""
        return Path(self.directory).name
