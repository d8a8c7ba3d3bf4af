"""What is asked of the fetching of a named dataset. No heavy import."""

from dataclasses import dataclass
from typing import ClassVar

from probes.jobs.record import Record


@dataclass(frozen=True)
class DatasetJob(Record):
    """`repo` is owner/name, `config` None the only one, `out` the file.

    `ask` only says what would be fetched.
    """

    PROBE: ClassVar[str] = "dataset"

    repo: str
    split: str
    out: str
    config: str | None = None
    ask: bool = False

    @property
    def subject(self) -> str:
        """The repository."""
        return self.repo
