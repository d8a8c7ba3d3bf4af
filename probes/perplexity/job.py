"""What is asked of the perplexity probe. No heavy import: the commands ask the store by its key."""

import hashlib
import json
from dataclasses import dataclass, replace
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any, ClassVar

from catalog.quantization.levels import canonical, usual_levels
from catalog.quantization.precision import level_for, levels_for
from probes.home import home_shown
from probes.jobs.devices import kind_of
from probes.jobs.record import Record, job_file, key_of, option

WINDOWS = 16
_LIBRARIES = ("torch", "transformers", "bitsandbytes")


@dataclass(frozen=True)
class PerplexityJob(Record):
    """The job as probes.perplexity.probe reads it.

    `target` is a directory, `name` as shown. `windows` are of each text, `known` levels not to measure
    again. `calibration` is a file for the GPTQ levels; else the parts of the texts that are not scored.
    `spend` decide scores no more windows for a level than its word needs. `sequential` solves each GPTQ
    level on its own states, layer after layer, as the GPTQ tools do; else all of them on the reference's.
    `standing` is a file in which it is written down while it runs where it stands, "" for nowhere.
    """

    PROBE: ClassVar[str] = "perplexity"
    COMMAND: ClassVar[str] = "perplexity"

    target: str
    name: str
    text: tuple[str, ...] = option(help="Your text; again for several (default: the sample).", path=True)
    revision: str = ""
    levels: tuple[str, ...] = option(
        usual_levels(), "Quantization levels, separated by commas.", joined=True, always=True
    )
    frame: str = option("probe", "probe, gptq or llama.cpp.", always=True, key=True)
    windows: int | None = option(None, "How many windows to score.", least=2, key="scored_windows")
    spend: str = option("all", "all, or decide: no more than the words need.", key=True, unusual=True)
    reference: str = option("bf16", "What levels are compared with.", key=True)
    calibration: str | None = option(
        None, "Text for GPTQ levels (default: what is not scored).", path=True, key=True, unusual=True
    )
    sequential: bool = option(
        False, "GPTQ on each level's own states, as the GPTQ tools do.", key=True, unusual=True
    )
    device: str = option("cpu", always=True, key="device_kind")
    known: tuple[str, ...] = ()
    standing: str = ""
    threads: int | None = None

    @property
    def scored_windows(self) -> int:
        """Of each text."""
        return self.windows or WINDOWS

    @property
    def device_kind(self) -> str:
        """`cpu` or `cuda`: which of several cards makes no difference to the numbers."""
        return kind_of(self.device)

    @property
    def texts(self) -> tuple[tuple[str, str], ...]:
        """(name, path) of each; one alone needs no name."""
        several = len(self.text) > 1
        return tuple((Path(path).stem if several else "", path) for path in self.text)

    def key(self, text_sha256: str) -> dict[str, Any]:
        """The `key` of every metric of this job on a text of that digest."""
        return key_of(self, text_sha256=text_sha256, versions=dict(_versions()))


def on_card(job: PerplexityJob, capability: float | None) -> PerplexityJob:
    """The job in the words the store keeps, in float16 throughout where a card of that capability has no
    bfloat16: what levels are compared with, and the level of 16 bits among them.
    """
    return replace(
        job,
        reference=level_for(canonical(job.reference), capability),
        levels=levels_for(map(canonical, job.levels), capability),
    )


def resumable(job: PerplexityJob) -> PerplexityJob:
    """The job with a file of its own under this person's home for where it stands.

    The same question has the same file, however many of its levels are known by now.
    """
    left_out = ("levels", "known", "threads", "standing")
    same = {name: value for name, value in job_file(job).items() if name not in left_out}
    same["device"] = job.device_kind
    digest = hashlib.sha256(json.dumps(same, sort_keys=True).encode()).hexdigest()[:16]
    return replace(job, standing=str(home_shown() / "standing" / f"{digest}.pass"))


@cache
def _versions() -> tuple[tuple[str, str], ...]:
    return tuple((name, version(name)) for name in _LIBRARIES)
