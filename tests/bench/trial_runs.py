"""What the trial benches share: the bundled family on real data, trained in this one process.

The code that trains is the trial's own (`train_with_retry`); only start-up is saved: each model is loaded
once, each dataset tokenized once a vocabulary. Seconds are of this process's one core, so that a busy
machine does not lengthen them.
"""

import json
import logging
import time
import warnings
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch

from probes.dataset.examples import Example
from probes.dataset.split import Split
from probes.training.adapter import attach, detach
from probes.training.loop import Trainer, TrainingFailed
from probes.training.model import Loaded, load
from probes.training.reading import Reading, read
from probes.training.settings import RETRY_SHARE, Settings, default_rate
from tests.bench.trial_tasks import task
from tests.places import DEMO

MODELS = ("demo-llama-s", "demo-llama-m", "demo-llama-l", "demo-glm")
BATCH, RANK = 8, 16
FIRST_KEPT = 100
"""Losses of single examples are written from this size on: no rung is smaller."""


class Stable:
    """The family's models, each loaded once at each level, and what they read."""

    def __init__(self) -> None:
        torch.set_num_threads(1)
        logging.disable(logging.WARNING)
        warnings.simplefilter("ignore")
        self._loaded: dict[tuple[str, str], Loaded] = {}
        self._read: dict[tuple[str, str], tuple[dict[str, Any], str]] = {}

    def loaded(self, model: str, level: str) -> Loaded:
        """See probes.training.model.load."""
        if (model, level) not in self._loaded:
            self._loaded[model, level] = load(DEMO / model, level, torch.device("cpu"))
        return self._loaded[model, level]

    def reading(
        self, model: str, level: str, name: str, train: Sequence[Example], held: Sequence[Example]
    ) -> Reading:
        """These rows of the task as the model reads them, in their order."""
        whole = task(name)
        if (model, name) not in self._read:
            parts = Split(whole.train, whole.held, 0, 0)
            found = read(DEMO / model, None, parts, self.loaded(model, level))
            rows = {row.id: row for row in (*found.train, *found.holdout)}
            self._read[model, name] = (rows, found)
        rows, found = self._read[model, name]
        return replace(
            found,
            train=tuple(rows[example.id] for example in train if example.id in rows),
            holdout=tuple(rows[example.id] for example in held if example.id in rows),
        )

    def settings(self, model: str, level: str, examples: int, seed: int) -> Settings:
        """As the trial chooses them."""
        method = "lora" if level == "bf16" else "qlora"
        rate = default_rate(self.loaded(model, level).width, method)
        return Settings(method, RANK, rate, BATCH, examples, seed, alpha=2 * RANK)

    def full(self, model: str, level: str, name: str, sizes: Iterable[int], seed: int) -> dict[str, Any]:
        """Train once through `sizes`, scoring at each; again at a third of the rate where that fails."""
        whole = task(name)
        reading = self.reading(model, level, name, whole.ordered(seed), whole.held)
        sizes = list(sizes)
        settings = self.settings(model, level, sizes[-1], seed)
        try:
            return self._through(model, level, reading, settings, sizes)
        except TrainingFailed as failed:
            slower = replace(settings, rate=settings.rate * RETRY_SHARE)
            return self._through(model, level, reading, slower, sizes) | {"failed_first": failed.reason}

    def _through(
        self, model: str, level: str, reading: Reading, settings: Settings, sizes: Sequence[int]
    ) -> dict[str, Any]:
        loaded = self.loaded(model, level)
        trainer = Trainer(loaded, attach(loaded, settings), settings, reading.train, reading.holdout)
        spent, began = 0.0, time.process_time()
        points = []
        try:
            for size in (0, *sizes):
                start = time.process_time()
                trainer.train_to(size, lambda trainer, loss: None)
                spent += time.process_time() - start
                held = trainer.score().held
                point = {
                    "examples": trainer.seen,
                    "bits_per_byte": round(held.bits_per_byte, 5),
                    "se": round(held.se, 5),
                    "seconds": round(spent, 2),
                }
                kept = {"nats": [round(nats, 2) for nats in held.nats]} if size >= FIRST_KEPT else {}
                points.append(point | kept)
        finally:
            detach(trainer.model, settings)
        return {
            "model": model,
            "level": level,
            "method": settings.method,
            "rate": settings.rate,
            "points": points,
            "tokens_per_second": round(trainer.tokens / spent),
            "seconds": round(time.process_time() - began, 1),
        }


def doublings(full: int, first: int = 25) -> list[int]:
    """25, 50, 100 ... up to the full run."""
    sizes = [full]
    while sizes[0] // 2 >= first:
        sizes.insert(0, sizes[0] // 2)
    return sizes


def write(path: Path, found: Any) -> None:
    """One line a run: small, and a change shows where it is."""
    path.parent.mkdir(parents=True, exist_ok=True)
    head = {key: value for key, value in found.items() if key != "runs"}
    lines = ",\n".join(json.dumps(run, separators=(",", ":")) for run in found["runs"])
    opening = json.dumps(head)[:-1] + ', "runs": [\n'
    path.write_text(f"{opening}{lines}\n]}}\n", encoding="utf-8")
