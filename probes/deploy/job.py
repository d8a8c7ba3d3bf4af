"""What is asked of the deployment of a model. No heavy import."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from probes.jobs.record import Record, option


@dataclass(frozen=True)
class DeployJob(Record):
    """The job as probes.deploy.probe reads it: a directory `target`, or a configuration `config` alone.

    `context` tokens in each of `batch` sequences in the end, of which the last `new_tokens` are decoded one
    by one. `prefill` is how much of the prompt goes through at once, None for all of it. `context_bytes` is
    what the driver's context takes, where that was measured.
    """

    PROBE: ClassVar[str] = "deploy"
    COMMAND: ClassVar[str] = "deploy"

    target: str | None = None
    config: Mapping[str, Any] | None = None
    name: str = ""
    revision: str = ""
    level: str = option("nf4", "Quantization level.", always=True)
    context: int = option(2048, "Tokens of context.", least=1, always=True, key=True)
    batch: int = option(1, "Sequences at a time.", least=1, always=True, key=True)
    new_tokens: int = option(64, "Tokens to decode.", least=0, always=True, key=True)
    prefill: int | None = option(
        None, "Tokens of the prompt at once (default: all).", least=1, key=True, unusual=True
    )
    random_weights: bool = option(False, "Build the shapes only; nothing is read.", key="unread")
    device: str = option("cpu", always=True)
    context_bytes: int | None = None

    @property
    def unread(self) -> bool:
        """Whether no weights are read: memory and speed do not depend on what the numbers are."""
        return self.random_weights or self.target is None
