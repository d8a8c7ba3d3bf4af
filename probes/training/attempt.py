"""One attempt at a run, from where it was left: train, score at each doubling, keep the state."""

import logging
import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from probes.jobs.events import Emit
from probes.jobs.stopping import Stopped, stoppable
from probes.training.adapter import attach, detach
from probes.training.loop import Trainer, TrainingFailed
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
    state is then written.
    """
    state = read_state(*keep) if keep else None
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
    telling = Telling(trainer, emit, deadline)
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
                    write_state(trainer, *keep)
        except TrainingFailed as error:
            return trainer, error.reason
        except (Stopped, BrokenPipeError):  # told to stop, or nobody reads any more
            if keep and trainer.seen:
                write_state(trainer, *keep)
            raise
    return trainer, None
