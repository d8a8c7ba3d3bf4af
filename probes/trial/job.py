"""What is asked of a trial, and the key that makes two of them comparable. No heavy import."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any, ClassVar

from catalog.evidence.records import Evidence
from catalog.problem import Problem
from catalog.quantization.levels import find_level, tuning_level
from probes.jobs.devices import kind_of
from probes.jobs.record import Record, key_of, keyed, option, read
from probes.training.settings import METHODS
from probes.trial.presets import PRESETS, apply

LEVEL = tuning_level("qlora")
EXAMPLES = 256
FULL_EPOCHS = 3.0
BATCH = 8
RANK = 16
ANSWERING = ("metric", "databases", "samples", "shots")
"""Settings of the answers that a trial generates when it has been trained."""
LENGTH_SETTINGS = ("examples", "minutes", "full_examples", "full_epochs", *ANSWERING)
"""Settings that may change while the run stays the same run: it only goes on for longer, or tells more."""
_LIBRARIES = ("torch", "transformers", "bitsandbytes", "peft")


@dataclass(frozen=True)
class TrialJob(Record):
    """The job as probes.trial.probe reads it.

    `target` is a directory, `name` as shown. `examples` is how many are seen, epochs included; `minutes`
    stops the training earlier. `rate` None is 2e-4 × 4096 / width, `alpha` None twice the rank, `targets`
    empty all linear layers. `context_factor` stretches the context by RoPE interpolation. `columns` names
    prompt and target, `encoding` None is UTF-8. `holdout` rows of the data are held out, or those of
    `holdout_file`, whose content has the hash `holdout_file_sha256`. `max_chars` cuts examples, by
    characters so that every model gets the same text. The adapter goes to `out` and the run's state beside
    it; None keeps neither. `metric` scores generated answers (`databases`: where sqlite finds them),
    `samples` shows so many, `shots` (0 or 1) precede an untuned model's prompt. `full_examples` (None: all
    there are) and `full_epochs` describe the long run to be predicted.
    """

    PROBE: ClassVar[str] = "trial"
    COMMAND: ClassVar[str] = "trial"

    target: str
    name: str
    data: str = option(path=True)
    revision: str = ""
    preset: str | None = option(None, "lora-land, codellama-sql, longqlora or ptuning-adgen.")
    level: str = option(LEVEL, "", "--levels", always=True)
    method: str = option("qlora", "qlora, lora, adalora, prefix, prompt, p-tuning.", key="effective_method")
    examples: int = option(
        EXAMPLES, "Examples for a model (default 256; in a race all, up to 3200).", least=1, key=True
    )
    minutes: float | None = option(None, "Minutes of training for a model, at most.", key=True)
    holdout: int = keyed(40, least=2)
    holdout_file: str | None = option(
        None,
        "A file of held-out rows (default: a part of the data).",
        "--holdout",
        path=True,
        key="holdout_file_sha256",
    )
    holdout_file_sha256: str | None = None
    rank: int = option(RANK, "Rank of the adapter.", least=1, key=True)
    rate: float | None = option(None, "Learning rate (default 2e-4 x 4096/width).")
    batch: int = option(BATCH, "Effective batch.", least=1, key=True)
    alpha: int | None = keyed(None, of="scale")
    dropout: float = keyed(0.0)
    targets: tuple[str, ...] = keyed(())
    virtual_tokens: int = keyed(32)
    context_factor: float = keyed(1.0)
    seed: int = option(0, "Of the order, the split and the adapter.", key=True)
    max_chars: int = option(4000, "Characters of an example at most.", least=16, key=True)
    format: str | None = option(None, "If it is not recognised.", key=True)
    encoding: str | None = option(
        None, "Of the data, if not UTF-8, such as gb18030.", key=True, unusual=True
    )
    columns: tuple[str, str] | None = option(None, "", "--prompt-column", "--target-column", key=True)
    layout: str | None = option(None, "chat, alpaca, wenda or plain.")
    metric: str | None = option(None, "exact-match, rouge-l, sqlite, choice or json.")
    databases: str | None = option(None, "Folder of databases for sqlite.", path=True)
    samples: int = option(0, "Answers to show, before and after.", least=0)
    shots: int = 1
    full_examples: int | None = option(None, "Size of the long run to predict.")
    full_epochs: float = option(FULL_EPOCHS, "Epochs of the long run to predict.")
    out: str | None = None
    device: str = option("cpu", always=True, key="device_kind")
    threads: int | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.method not in METHODS:
            raise Problem("method-unknown", method=self.method, known=", ".join(METHODS))
        for name in ("minutes", "rate", "full_examples", "full_epochs"):
            value = getattr(self, name)
            if value is not None and not 0 < value < math.inf:
                raise Problem("trial-not-positive", setting=name, value=value)

    @classmethod
    def completed(cls, found: Mapping[str, Any]) -> Mapping[str, Any]:
        """With the settings of its preset. Problem preset-unknown."""
        return apply(found)

    def defaults(self) -> dict[str, Any]:
        """The preset's, where there is one."""
        return super().defaults() | dict(PRESETS[self.preset] if self.preset else {})

    @property
    def device_kind(self) -> str:
        """`cpu` or `cuda`."""
        return kind_of(self.device)

    @property
    def scale(self) -> int:
        """LoRA's alpha."""
        return self.alpha or 2 * self.rank

    @property
    def effective_method(self) -> str:
        """QLoRA is LoRA over a quantized model: over an unquantized one it is called lora."""
        return find_level(self.level).adapter if self.method in ("qlora", "lora") else self.method


def parse(job: Mapping[str, Any]) -> TrialJob:
    """The job file as its record. Problems: of reading, and preset-, method-unknown, trial-not-positive."""
    return read(TrialJob, job)


def evidence_key(
    job: TrialJob, data_sha256: str, holdout_sha256: str, rate: float, layout: str
) -> dict[str, Any]:
    """The `key` of the metric. Two trials pair example by example where `holdout_sha256` is equal."""
    found = {"holdout_sha256": holdout_sha256, "rate": rate, "layout": layout}
    return _asked(job, data_sha256) | found


def _asked(job: TrialJob, data_sha256: str) -> dict[str, Any]:
    """The part of the key that is known before anything is read but the data's hash."""
    versions = {name: version(name) for name in _LIBRARIES}
    return key_of(job, data_sha256=data_sha256, versions=versions)


def answers(arguments: Mapping[str, Any], data_sha256: str, known: Evidence) -> bool:
    """Whether a trial in the store is what a job with these arguments asks for.

    A rate or a layout that the job leaves open is no difference.
    """
    job = parse(arguments)
    wanted = _asked(job, data_sha256)
    wanted |= {name: getattr(job, name) for name in ("rate", "layout") if getattr(job, name) is not None}
    return (
        known.kind == "trial"
        and known.revision == job.revision
        and known.level == job.level
        and all(known.key.get(name) == value for name, value in wanted.items())
    )


def run_identity(key: Mapping[str, Any], revision: str, level: str) -> dict[str, Any]:
    """What makes a state on disk this run's: all of the key but how long it goes on."""
    length = () if key["method"] == "adalora" else ("examples", "minutes")  # its ranks follow a plan
    same = {name: value for name, value in key.items() if name not in length}
    return same | {"revision": revision, "level": level}
