"""What is asked of the download of a checkpoint, and of one written at a GPTQ level. No heavy import."""

from dataclasses import dataclass
from typing import ClassVar

from probes.jobs.record import Record, option


@dataclass(frozen=True)
class DownloadJob(Record):
    """`repo` is owner/name on `hub`, `revision` None its usual branch.

    `ask` only says what would be fetched. `config_only` fetches config.json alone, `texts_only` no weights:
    counting tokens needs none.
    """

    PROBE: ClassVar[str] = "download"

    repo: str
    revision: str | None = None
    ask: bool = False
    config_only: bool = False
    texts_only: bool = False
    hub: str = "huggingface"

    @property
    def subject(self) -> str:
        """The repository."""
        return self.repo


@dataclass(frozen=True)
class QuantizeJob(Record):
    """The job as probes.gptq_checkpoint reads it; `text` is a file of calibration text."""

    PROBE: ClassVar[str] = "quantize"
    COMMAND: ClassVar[str] = "quantize"

    target: str
    name: str
    level: str = option(help="gptq-4-g128, gptq-8-g128, gptq-4-col, ...")
    out: str = option(help="A new folder, or one that a run of the same left unfinished.", path=True)
    text: str = option(help="Calibration text (default: the sample).", path=True)
    device: str = option("cpu", always=True)
    threads: int | None = None
