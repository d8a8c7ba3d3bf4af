"""The jobs of a measurement: from models, levels and files to the records that the probes read."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from probes.checkpoint.target import spoken
from probes.jobs.record import job_file, job_of, read
from probes.jobs.runner import Job
from probes.perplexity.job import PerplexityJob, resumable
from probes.tokenization.job import Target, TokenizersJob
from probes.trial.job import LENGTH_SETTINGS, TrialJob

Identity = tuple[str, str, str]
"""(name shown, path, revision) of a model or tokenizer on this disk."""
_ELSEWHERE = ("target", "name", "revision", "data", "device", "out", "threads")
"""Settings of a trial that are no part of what is asked, or stand in its folder's name themselves."""


def tokenizer_job(
    targets: Sequence[Target], texts: Sequence[Path], settings: Mapping[str, object] | None = None
) -> Job:
    """What a text costs each of several tokenizers; `settings` as in TokenizersJob, None for unsaid."""
    about = {"targets": targets, "text": [str(text) for text in texts]}
    job = read(TokenizersJob, dict(settings or {}) | about)
    return job_of(job, *(spoken(target.name, target.path) for target in job.targets))


def perplexity_job(
    target: Identity, levels: Sequence[str], texts: Sequence[Path], device: str, **settings: Any
) -> Job:
    """All levels of one model from one reading of its weights; `settings` as in PerplexityJob."""
    name, path, revision = target
    about = {"target": path, "name": name, "revision": revision, "device": device}
    files = {"levels": list(levels), "text": [str(text) for text in texts]}
    return job_of(resumable(read(PerplexityJob, settings | about | files)), spoken(name, path))


def trial_job(target: Identity, data: Path, device: str, out: Path, settings: Mapping[str, object]) -> Job:
    """A short fine-tune of one model; its adapter and its state go into a folder of its own under `out`.

    `settings` are entries of `probes.trial.job.TrialJob`, or a `preset`; None is the job's own choice.
    """
    name, path, revision = target
    about = {"target": path, "name": name, "revision": revision, "data": str(data), "device": device}
    job = read(TrialJob, dict(settings) | about)
    folder = out / f"{name}-{revision}-{job.level}-{_run_name(job)}"
    return job_of(replace(job, out=str(folder)), spoken(name, path))


def _run_name(job: TrialJob) -> str:
    """Six hex digits that keep runs on other data or of other settings apart; a longer run is the same."""
    usual = job.defaults() | {"level": None}
    left_out = (*LENGTH_SETTINGS, *_ELSEWHERE)
    same = {
        name: value
        for name, value in job_file(job).items()
        if name not in left_out and getattr(job, name) != usual[name]
    }
    content = json.dumps([str(Path(job.data).absolute()), same], sort_keys=True)
    return hashlib.sha256(content.encode()).hexdigest()[:6]
