"""What is asked of a trial, and the key that makes two of them comparable. No heavy import."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

from catalog.evidence.records import Evidence
from catalog.problem import Problem
from catalog.quantization.levels import find_level, tuning_level
from probes.training.settings import METHODS
from probes.trial.presets import apply

LEVEL = tuning_level("qlora")
EXAMPLES = 256
FULL_EPOCHS = 3.0
BATCH = 8
RANK = 16
MAX_CHARS = 4000
ANSWERING = ("metric", "databases", "samples", "shots")
"""Settings of the answers that a trial generates when it has been trained."""
LENGTH_SETTINGS = ("examples", "minutes", "full_examples", "full_epochs", *ANSWERING)
"""Settings that may change while the run stays the same run: it only goes on for longer, or tells more."""
_LIBRARIES = ("torch", "transformers", "bitsandbytes", "peft")


@dataclass(frozen=True)
class TrialJob:
    """The job as probes.trial.probe reads it.

    `target` is a directory, `name` as shown. `examples` is how many are seen, epochs included; `minutes`
    stops the training earlier. `rate` None is 2e-4 × 4096 / width, `alpha` None twice the rank, `targets`
    empty all linear layers. `context_factor` stretches the context by RoPE interpolation. `columns` names
    prompt and target. `holdout` rows of the data are held out, or those of `holdout_file`, whose content
    has the hash `holdout_file_sha256`. `max_chars` cuts examples, by characters so that every model gets
    the same text. The adapter goes to `out` and the run's state beside it; None keeps neither. `metric`
    scores generated answers (`databases`: where sqlite finds them), `samples` shows so many, `shots` (0 or
    1) precede an untuned model's prompt. `full_examples` (None: all there are) and `full_epochs` describe
    the long run to be predicted.
    """

    target: str
    name: str
    data: str
    level: str = LEVEL
    method: str = "qlora"
    examples: int = EXAMPLES
    minutes: float | None = None
    holdout: int = 40
    holdout_file: str | None = None
    holdout_file_sha256: str | None = None
    rank: int = RANK
    batch: int = BATCH
    rate: float | None = None
    alpha: int | None = None
    dropout: float = 0.0
    targets: tuple[str, ...] = ()
    virtual_tokens: int = 32
    context_factor: float = 1.0
    seed: int = 0
    out: str | None = None
    max_chars: int = MAX_CHARS
    device: str = "cpu"
    threads: int | None = None
    format: str | None = None
    columns: tuple[str, str] | None = None
    layout: str | None = None
    metric: str | None = None
    databases: str | None = None
    samples: int = 0
    shots: int = 1
    full_examples: int | None = None
    full_epochs: float = FULL_EPOCHS

    @property
    def effective_method(self) -> str:
        """QLoRA is LoRA over a quantized model: over an unquantized one it is called lora."""
        return find_level(self.level).adapter if self.method in ("qlora", "lora") else self.method


def parse(job: Mapping[str, Any]) -> TrialJob:
    """The job with its defaults; unknown entries (a revision told for the store) are left alone.

    Problems: preset-unknown; method-unknown; trial-setting, trial-not-positive: a number out of range.
    """
    job = apply(job)
    known = {name: job[name] for name in TrialJob.__dataclass_fields__ if job.get(name) is not None}
    if columns := known.get("columns"):
        known["columns"] = (str(columns[0]), str(columns[1]))
    known["targets"] = tuple(known.get("targets", ()))
    parsed = TrialJob(**known)
    if parsed.method not in METHODS:
        raise Problem("method-unknown", method=parsed.method, known=", ".join(METHODS))
    low = {"examples": 1, "holdout": 2, "rank": 1, "batch": 1, "max_chars": 16}
    for name, least in low.items():
        if getattr(parsed, name) < least:
            raise Problem("trial-setting", setting=name, value=getattr(parsed, name), least=least)
    for name in ("minutes", "rate", "full_examples", "full_epochs"):
        value = getattr(parsed, name)
        if value is not None and not 0 < value < math.inf:
            raise Problem("trial-not-positive", setting=name, value=value)
    return parsed


def evidence_key(
    job: TrialJob, data_sha256: str, holdout_sha256: str, rate: float, layout: str
) -> dict[str, Any]:
    """The `key` of the metric. Two trials pair example by example where `holdout_sha256` is equal."""
    found = {"holdout_sha256": holdout_sha256, "rate": rate, "layout": layout}
    return _asked(job, data_sha256) | found


def _asked(job: TrialJob, data_sha256: str) -> dict[str, Any]:
    """The part of the key that is known before anything is read but the data's hash."""
    return {
        "data_sha256": data_sha256,
        "format": job.format,
        "columns": list(job.columns) if job.columns else None,
        "holdout": job.holdout,
        "holdout_file": job.holdout_file_sha256,
        "method": job.effective_method,
        "rank": job.rank,
        "alpha": job.alpha or 2 * job.rank,
        "dropout": job.dropout,
        "targets": list(job.targets),
        "virtual_tokens": job.virtual_tokens,
        "context_factor": job.context_factor,
        "batch": job.batch,
        "examples": job.examples,
        "minutes": job.minutes,
        "seed": job.seed,
        "max_chars": job.max_chars,
        "device": job.device,
        "versions": {name: version(name) for name in _LIBRARIES},
    }


def answers(arguments: Mapping[str, Any], data_sha256: str, known: Evidence) -> bool:
    """Whether a trial in the store is what a job with these arguments asks for.

    A rate or a layout that the job leaves open is no difference.
    """
    job = parse(arguments)
    wanted = _asked(job, data_sha256)
    wanted |= {name: getattr(job, name) for name in ("rate", "layout") if getattr(job, name) is not None}
    return (
        known.kind == "trial"
        and known.revision == arguments.get("revision")
        and known.level == job.level
        and all(known.key.get(name) == value for name, value in wanted.items())
    )


def run_identity(key: Mapping[str, Any], revision: str, level: str) -> dict[str, Any]:
    """What makes a state on disk this run's: all of the key but how long it goes on."""
    length = () if key["method"] == "adalora" else ("examples", "minutes")  # its ranks follow a plan
    same = {name: value for name, value in key.items() if name not in length}
    return same | {"revision": revision, "level": level}
