"""What a trial answers and what it leaves as evidence: plain rows from a finished attempt."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from catalog.evidence.kinds import (
    Prediction,
    Sample,
    Skipped,
    Trial,
    TrialData,
    TrialKey,
    TrialRow,
    read,
    write,
)
from catalog.export.card import card
from catalog.export.full_run import run_of
from probes.dataset.repeats import near_held
from probes.dataset.rows import Skipped as LeftOut
from probes.dataset.summary import summary
from probes.jobs.events import Emit
from probes.jobs.queue import JobState
from probes.machine.torch_device import peak_memory
from probes.open_checkpoint import Checkpoint
from probes.training.answers import Answers
from probes.training.attempt import Attempt
from probes.training.loop import Trainer
from probes.training.reading import Reading
from probes.trial.data import Parts
from probes.trial.extrapolate import predict, training_hours
from probes.trial.job import ANSWERING, TrialJob

SKIPPED_SHOWN = 3


def trial_row(asked: TrialJob, attempt: Attempt, answers: Answers | None, unique: int) -> TrialRow:
    """The trial's line in the answer; `unique` examples are there to train on."""
    trainer = attempt.trainer
    return TrialRow(
        model=asked.name,
        level=asked.level,
        method=trainer.settings.method,
        points=tuple(point.row() for point in trainer.points),
        tokens_per_second=trainer.tokens / trainer.seconds if trainer.seconds else None,
        training_seconds=round(trainer.seconds, 3),
        peak_memory_bytes=peak_memory(trainer.loaded.device),
        status=JobState.FAILED if attempt.failure else JobState.DONE,
        reason=attempt.failure,
        retried=attempt.retried,
        rate=trainer.settings.rate,
        batch=trainer.settings.batch,
        micro_batch=trainer.micro_batch,
        gradient_checkpointing=trainer.checkpointing,
        computed_in=str(trainer.loaded.half).removeprefix("torch.") if trainer.loaded.mixed else None,
        metric=answers.metric if answers else None,
        metric_name=asked.metric,
        prediction=prediction(asked, trainer, unique),
    )


def prediction(asked: TrialJob, trainer: Trainer, unique: int) -> Prediction | None:
    """What the full run would reach, and how long it would take at the measured rate."""
    points = [(point.examples, point.held.bits_per_byte) for point in trainer.points]
    found = predict(points, asked.full_examples or unique, asked.full_epochs)
    if found is None or not trainer.seconds:
        return None
    rate = trainer.tokens / trainer.seconds
    hours = training_hours(found.examples, trainer.tokens / trainer.seen, rate)
    each = trainer.tokens / trainer.seen
    return replace(found, hours=hours, tokens_per_epoch=round(each * found.unique))


def tell(
    emit: Emit,
    asked: TrialJob,
    checkpoint: Checkpoint,
    key: Mapping[str, Any],
    row: TrialRow,
    facts: TrialData,
    trainer: Trainer,
    samples: Sequence[Sample],
) -> None:
    """Hand the metric over, with all that is needed to pair it, to show it and to export the full run."""
    first, last = trainer.points[0].held, trainer.points[-1].held
    found = Trial(
        **vars(row),
        target=asked.target,
        data_path=asked.data,
        data=facts,
        bits_per_byte=last.bits_per_byte,
        bits_per_byte_se=last.se,
        spans=last.spans,
        before=first.bits_per_byte,
        before_se=first.se,
        before_spans=first.spans,
        samples=tuple(samples),
        answers={name: getattr(asked, name) for name in ANSWERING},
        holdout_ids=tuple(dict.fromkeys(row.id for row in trainer.holdout)),
    )
    emit.metric(
        kind="trial",
        model=asked.name,
        revision=checkpoint.revision,
        level=asked.level,
        key=key,
        values=write(found),
    )


def card_text(asked: TrialJob, facts: TrialData, key: Mapping[str, Any], row: TrialRow) -> str:
    """The Markdown card that lies beside the adapter."""
    known = read(TrialKey, key)
    return card(run_of(asked.target, asked.data, facts, known, row), facts, known, row)


def describe(found: Parts, reading: Reading) -> TrialData:
    """What the data was read as, and what of it was left out."""
    dataset, parts = found.dataset, found.split
    return TrialData(
        format=dataset.format,
        columns=tuple(dataset.columns) if dataset.columns else None,
        layout=reading.layout,
        examples=len({row.id for row in reading.train}),
        holdout=len({row.id for row in reading.holdout}),
        target_bytes=sum(example.bytes for example in reading.holdout),
        data_sha256=dataset.sha256,
        summary=summary(dataset),
        holdout_sha256=parts.holdout_sha256,
        duplicates=parts.duplicates,
        shared_prompts=parts.shared_prompts,
        leaked=parts.leaked,
        too_long=reading.too_long,
        longest_tokens=max(len(example.ids) for example in (*reading.train, *reading.holdout)),
        skipped=_counted(dataset.skipped),
        unused=dataset.unused or None,
        rejected=dataset.rejected or None,
        refused=_counted(reading.refused) if reading.refused else None,
        unthought=reading.unthought or None,
        cut=found.cut if found.cut.rows else None,
        groups=parts.groups,
        near_held=near_held(parts.train, parts.holdout),
        unscored=parts.unscored or None,
    )


def _counted(rows: Sequence[LeftOut]) -> Skipped:
    first = tuple({"row": row.number, "reason": row.reason} for row in rows[:SKIPPED_SHOWN])
    return Skipped(len(rows), first)
