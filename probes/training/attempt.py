"""One attempt at a run, from where it was left: train, score at each doubling, keep the state."""

import errno
import logging
import math
import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from catalog.problem import Problem
from probes.jobs.events import Emit, Told
from probes.jobs.stopping import Stopped, stoppable
from probes.training.adapter import attach, detach
from probes.training.loop import OVERFLOW, Trainer, TrainingFailed
from probes.training.model import Loaded
from probes.training.reading import Reading
from probes.training.settings import RETRY_SHARE, Settings, evaluation_points
from probes.training.state import read_state, restore, write_state
from probes.training.telling import Telling


@dataclass(frozen=True)
class Attempt:
    """How it ended: `failure` is a code (None where it succeeded), `retried` whether the rate was cut."""

    trainer: Trainer
    failure: str | None
    retried: bool


def train_with_retry(
    loaded: Loaded,
    settings: Settings,
    reading: Reading,
    emit: Emit,
    keep: tuple[Mapping[str, Any], Path] | None = None,
) -> Attempt:
    """Train; a run that fails is tried once more at a third of the rate.

    `keep` is the run's identity and where its state is kept: what is found there is gone on from, unless
    it has seen more than is asked for: then it is left alone. Stopped, where SIGTERM ended the run: its
    state is then written. A disk that is full, or gone, costs the state and is told; so does a damaged one.
    """
    state = None
    try:
        state = read_state(*keep) if keep else None
    except Problem as damaged:
        emit(Told(damaged.code, damaged.params))
    if state is not None and state["progress"]["seen"] >= settings.examples + settings.batch:
        state = keep = None
    if state is not None:
        retried = state["rate"] != settings.rate
        trainer, failure = _train(loaded, replace(settings, rate=state["rate"]), reading, emit, keep, state)
        if failure is None or retried:
            return Attempt(trainer, failure, retried)
    else:
        trainer, failure = _train(loaded, settings, reading, emit, keep)
        if failure is None:
            return Attempt(trainer, None, False)
    logging.getLogger(__name__).warning("%s at rate %g: once more at a third", failure, settings.rate)
    detach(trainer.model, settings)
    slower = replace(settings, rate=settings.rate * RETRY_SHARE)
    trainer, failure = _train(loaded, slower, reading, emit, keep)
    return Attempt(trainer, failure, True)


def _train(
    loaded: Loaded,
    settings: Settings,
    reading: Reading,
    emit: Emit,
    keep: tuple[Mapping[str, Any], Path] | None,
    state: Mapping[str, Any] | None = None,
) -> tuple[Trainer, str | None]:
    trainer = Trainer(loaded, attach(loaded, settings), settings, reading.train, reading.holdout)
    if state is not None:
        restore(trainer, state)
    deadline = settings.minutes * 60 if settings.minutes else math.inf
    telling, told = Telling(trainer, emit, deadline), False
    with stoppable() as stop:
        trainer.half_done = stop.held
        try:
            if state is None:
                trainer.score(telling.scored)
                trainer.rehearse()
            for point in evaluation_points(settings.examples, settings.batch, bounded=deadline < math.inf):
                scored = trainer.points[-1].examples
                if point <= scored or (trainer.seconds >= deadline and trainer.seen == scored):
                    continue
                telling.begin()
                trainer.train_to(point, telling.stepped, deadline)
                trainer.score(telling.scored)
                if keep:
                    told = _keep_state(trainer, *keep, emit, told)
        except TrainingFailed as error:
            if error.reason == OVERFLOW:
                emit(Told("training-overflow", {"step": trainer.step + 1, "level": loaded.level}))
            return trainer, error.reason
        except (Stopped, BrokenPipeError):  # told to stop, or nobody reads any more
            if keep and trainer.seen:
                with suppress(BrokenPipeError):
                    _keep_state(trainer, *keep, emit, told)
            raise
    return trainer, None


def _keep_state(trainer: Trainer, identity: Mapping[str, Any], path: Path, emit: Emit, told: bool) -> bool:
    """Write the state, or say once that it could not be: whether that is `told`."""
    try:
        write_state(trainer, identity, path)
    except (Problem, OSError) as error:
        why = why_lost(error)
        if not told:
            emit(Told("state-unkept", {"path": str(path), "detail": why}))
        return True
    return told


def why_lost(error: Problem | OSError) -> str:
    """What the system says of a disk that is full, or fails, or is gone; else `error` is raised."""
    number = errno.ENOSPC if isinstance(error, Problem) else error.errno or errno.EINVAL
    if number not in _LOST:
        raise error
    return os.strerror(number)


_LOST = (errno.ENOSPC, errno.EIO, errno.EROFS, errno.ENODEV, errno.ENXIO, getattr(errno, "ESTALE", None))
