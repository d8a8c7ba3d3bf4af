"""What a trial answers and what it leaves as evidence: plain rows from a finished attempt."""

from collections.abc import Mapping, Sequence
from typing import Any

from catalog.export.card import card
from catalog.export.full_run import run_of
from probes.dataset.load import Dataset
from probes.dataset.split import Split
from probes.dataset.summary import summary
from probes.jobs.events import Emit
from probes.machine.torch_device import peak_memory
from probes.open_checkpoint import Checkpoint
from probes.training.attempt import Attempt
from probes.training.loop import Trainer
from probes.training.reading import Reading
from probes.trial.extrapolate import predict, training_hours
from probes.trial.job import ANSWERING, TrialJob

SKIPPED_SHOWN = 3


def trial_row(asked: TrialJob, attempt: Attempt) -> dict[str, Any]:
    """The trial's line in the answer: its curve, its speed and memory, how it ended."""
    trainer = attempt.trainer
    return {
        "model": asked.name,
        "level": asked.level,
        "method": trainer.settings.method,
        "points": [point.row() for point in trainer.points],
        "tokens_per_second": trainer.tokens / trainer.seconds if trainer.seconds else None,
        "training_seconds": round(trainer.seconds, 3),
        "peak_memory_bytes": peak_memory(trainer.loaded.device),
        "status": "failed" if attempt.failure else "done",
        "reason": attempt.failure,
        "retried": attempt.retried,
        "rate": trainer.settings.rate,
        "batch": trainer.settings.batch,
        "micro_batch": trainer.micro_batch,
        "gradient_checkpointing": trainer.checkpointing,
        "adapter": None,
    }


def prediction(asked: TrialJob, trainer: Trainer, unique: int) -> dict[str, Any] | None:
    """What the full run would reach, and how long it would take at the measured rate."""
    points = [(point.examples, point.held.bits_per_byte) for point in trainer.points]
    found = predict(points, asked.full_examples or unique, asked.full_epochs)
    if found is None or not trainer.seconds:
        return None
    rate = trainer.tokens / trainer.seconds
    hours = training_hours(found.examples, trainer.tokens / trainer.seen, rate)
    return found.row() | {
        "hours": hours,
        "tokens_per_epoch": round(trainer.tokens / trainer.seen * found.unique),
    }


def tell(
    emit: Emit,
    asked: TrialJob,
    checkpoint: Checkpoint,
    key: Mapping[str, Any],
    row: Mapping[str, Any],
    facts: Mapping[str, Any],
    trainer: Trainer,
    samples: Sequence[Mapping[str, Any]],
) -> None:
    """Hand the metric over, with all that is needed to pair it, to show it and to export the full run."""
    first, last = trainer.points[0].held, trainer.points[-1].held
    values = dict(row) | {
        "target": asked.target,
        "data_path": asked.data,
        "data": dict(facts),
        "bits_per_byte": last.bits_per_byte,
        "bits_per_byte_se": last.se,
        "spans": last.spans,
        "before": first.bits_per_byte,
        "before_se": first.se,
        "before_spans": first.spans,
        "samples": list(samples),
        "answers": {name: getattr(asked, name) for name in ANSWERING},
        "holdout_ids": list(dict.fromkeys(row.id for row in trainer.holdout)),
    }
    emit.metric(
        kind="trial",
        model=asked.name,
        revision=checkpoint.revision,
        level=asked.level,
        key=key,
        values=values,
    )


def card_text(
    asked: TrialJob, facts: Mapping[str, Any], key: Mapping[str, Any], row: Mapping[str, Any]
) -> str:
    """The Markdown card that lies beside the adapter."""
    return card(run_of(asked.target, asked.data, facts, key, row), facts, key, row)


def describe(dataset: Dataset, parts: Split, reading: Reading) -> dict[str, Any]:
    """What the data was read as, and what of it was left out."""
    return {
        "format": dataset.format,
        "columns": list(dataset.columns) if dataset.columns else None,
        "layout": reading.layout,
        "examples": len({row.id for row in reading.train}),
        "holdout": len({row.id for row in reading.holdout}),
        "target_bytes": sum(example.bytes for example in reading.holdout),
        "data_sha256": dataset.sha256,
        "summary": summary(dataset),
        "holdout_sha256": parts.holdout_sha256,
        "duplicates": parts.duplicates,
        "shared_prompts": parts.shared_prompts,
        "leaked": parts.leaked,
        "too_long": reading.too_long,
        "longest_tokens": max(len(example.ids) for example in (*reading.train, *reading.holdout)),
        "skipped": {
            "count": len(dataset.skipped),
            "first": [{"row": row.number, "reason": row.reason} for row in dataset.skipped[:SKIPPED_SHOWN]],
        },
    }
