"""The trial: a short (Q)LoRA run on the person's data, scored on what was held out, before and after.

Job: see probes.trial.job.TrialJob.
"""

from dataclasses import replace
from pathlib import Path
from typing import Any

import torch

from catalog.evidence.kinds import TrialRow, write
from catalog.memory.estimate import finetune
from catalog.memory.trainers import BASEFIT
from catalog.problem import Problem
from catalog.quantization.levels import find_level
from catalog.quantization.precision import level_for
from probes.checkpoint.target import read_config
from probes.dataset.split import Split
from probes.jobs.events import Emit, Told
from probes.jobs.record import reads
from probes.machine.free_memory import embedding_bytes, look
from probes.machine.precision import capability_of
from probes.machine.torch_device import device_of, threads_for
from probes.open_checkpoint import Checkpoint, open_checkpoint
from probes.shapes.spec import spec_of
from probes.training.adapter import save
from probes.training.answers import Answers, ask
from probes.training.attempt import Attempt, train_with_retry, why_lost
from probes.training.model import load
from probes.training.reading import Reading, read
from probes.training.scoring import Scoring, scorer
from probes.training.settings import Settings, default_rate
from probes.training.state import state_path
from probes.trial.data import read_parts
from probes.trial.job import TrialJob, evidence_key, run_identity
from probes.trial.result import card_text, describe, tell, trial_row

SHORT = 64
"""Tokens of an example shorter than most: what a trial takes is hardly less."""


@reads(TrialJob)
def run(asked: TrialJob, emit: Emit) -> dict[str, Any]:
    """Train and score one model; one metric if it succeeds. See the module for the job.

    A run that fails (no number, zero or rising loss) is tried once more at a third of the rate, and is
    then reported as failed: it says nothing about the model.
    """
    scoring = scorer(asked.metric, asked.databases)
    emit.progress("read", 0, 2, note=asked.name)
    found = read_parts(asked)
    dataset, parts = found.dataset, found.split
    scoring = scoring.ready(parts) if scoring else None
    if found.held is not None:
        asked = replace(asked, holdout_file_sha256=found.held.sha256)
    checkpoint = open_checkpoint(asked.target)
    device = device_of(asked.device)
    asked = replace(asked, level=level_for(asked.level, capability_of(device)))
    if device.type == "cuda":
        look(device, asked.name, _least_bytes(asked, checkpoint), emit)
    torch.set_num_threads(asked.threads or threads_for(checkpoint.config))
    emit.progress("read", 1, 2, note=asked.name)
    loaded = load(checkpoint.directory, asked.level, device, asked.context_factor)
    reading = read(checkpoint.directory, asked.layout, parts, loaded)
    emit.progress("read", 2, 2, note=asked.name)
    settings = _settings(asked, loaded.width)
    facts = describe(found, reading)
    key = evidence_key(asked, dataset.sha256, parts.holdout_sha256, settings.rate, reading.layout)
    identity = run_identity(key, checkpoint.revision, asked.level)
    keep = (identity, state_path(Path(asked.out))) if asked.out else None
    attempt = train_with_retry(loaded, settings, reading, emit, keep)
    answers = _answers(asked, attempt, reading, parts, scoring, emit)
    if answers and answers.constant:
        attempt = replace(attempt, failure="constant-output")
    row = trial_row(asked, attempt, answers, len(parts.train))
    samples = answers.samples if answers else ()
    if attempt.failure is None:
        key |= {"rate": attempt.trainer.settings.rate}
        if asked.out:
            row = _saved(row, attempt, asked, card_text(asked, facts, key, row), emit)
        tell(emit, asked, checkpoint, key, row, facts, attempt.trainer, samples)
    told = write(row)
    shown = [write(sample) for sample in samples]
    return {"data": write(facts), "trials": [told], "prediction": told["prediction"], "samples": shown}


def _saved(row: TrialRow, attempt: Attempt, asked: TrialJob, card: str, emit: Emit) -> TrialRow:
    """The row with its adapter; without one where the disk is full, or gone: what was measured is told."""
    try:
        save(attempt.trainer.model, Path(str(asked.out)), card)
    except (Problem, OSError) as error:
        emit(Told("adapter-unkept", {"path": asked.out, "detail": why_lost(error)}))
        return row
    return replace(row, adapter=asked.out)


def _least_bytes(asked: TrialJob, checkpoint: Checkpoint) -> int:
    """What the trial does not do with less than: the low end for one short example, everything recomputed;
    of a model that cannot be counted its embedding.
    """
    text = checkpoint.config.get_text_config()
    level = find_level(asked.level)
    try:
        spec = spec_of(read_config(checkpoint.directory), asked.name)
    except Problem:
        return embedding_bytes(text.vocab_size, text.hidden_size)
    return finetune(
        spec,
        level,
        use=level.adapter,
        rank=asked.rank,
        length=SHORT,
        batch=1,
        checkpointing=True,
        by=BASEFIT,
        context_bytes=0,
    ).low


def _settings(asked: TrialJob, width: int) -> Settings:
    return Settings(
        method=asked.effective_method,
        rank=asked.rank,
        rate=asked.rate or default_rate(width, asked.effective_method),
        batch=asked.batch,
        examples=asked.examples,
        seed=asked.seed,
        minutes=asked.minutes,
        alpha=asked.scale,
        dropout=asked.dropout,
        targets=asked.targets,
        virtual_tokens=asked.virtual_tokens,
    )


def _answers(
    asked: TrialJob, attempt: Attempt, reading: Reading, parts: Split, scoring: Scoring | None, emit: Emit
) -> Answers | None:
    """Generated answers on the holdout: all of it for a metric, else as many as are to be shown."""
    if attempt.failure or (scoring is None and not asked.samples):
        return None
    trainer = attempt.trainer
    read = {row.id for row in (*reading.train, *reading.holdout)}
    held, trained = ([e for e in side if e.id in read] for side in (parts.holdout, parts.train))
    examples = held if scoring else held[: asked.samples]
    emit.progress("answer", 0, len(examples), "answers", asked.name)
    shot = trained[0] if asked.shots else None
    found = ask(trainer.loaded, trainer.model, reading, examples, shot, scoring)
    emit.progress("answer", len(examples), len(examples), "answers", asked.name)
    return found
