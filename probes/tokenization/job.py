"""What is asked of the probe that counts tokens. No heavy import."""

from dataclasses import dataclass
from typing import ClassVar

from probes.jobs.record import Record, option


@dataclass(frozen=True)
class Target(Record):
    """One tokenizer to measure, and what is known of the model around it (None: not known)."""

    path: str
    name: str = ""
    revision: str = ""
    context_tokens: int | None = None
    kv_bytes_per_token: float | None = None


@dataclass(frozen=True)
class TokenizersJob(Record):
    """The job as probes.tokenization.probe reads it; `whole_limit` and `sample_bytes` in bytes of text."""

    PROBE: ClassVar[str] = "tokenizers"
    COMMAND: ClassVar[str] = "tokenizers"

    targets: tuple[Target, ...]
    text: tuple[str, ...] = option(help="Your text; again for several (default: the sample).", path=True)
    parallel: str | None = option(None, "The same text in English: gives the premium.", path=True)
    encoding: str | None = option(None, "If not UTF-8, such as gb18030.")
    price: float | None = option(None, "Of a million tokens: gives that of 1,000 characters.", least=0)
    sentence: str | None = None
    whole_limit: int | None = None
    sample_bytes: int | None = None
    seed: int | None = None

    @property
    def subject(self) -> str:
        """The names of all."""
        return ", ".join(target.name for target in self.targets)
