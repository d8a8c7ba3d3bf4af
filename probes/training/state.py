"""A trial's state on disk, written at each evaluation: killed runs and races go on from there."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from peft import get_peft_model_state_dict, set_peft_model_state_dict

from catalog.files import written
from catalog.problem import Problem
from probes.training.evaluate import Held
from probes.training.loop import Point, Trainer


def state_path(out: Path) -> Path:
    """Beside the adapter's folder, so that the folder stays what PEFT expects."""
    return out.with_name(out.name + ".state")


def write_state(trainer: Trainer, identity: Mapping[str, Any], path: Path) -> None:
    """Whole, or not at all: Problem("disk-full"). `identity` says which run this is (see `read_state`)."""
    state = {
        "identity": dict(identity),
        "rate": trainer.settings.rate,
        "adapter": get_peft_model_state_dict(trainer.model, save_embedding_layers=False),
        "optimizer": trainer.optimizer.state_dict(),
        "progress": {name: getattr(trainer, name) for name in _PROGRESS},
        "points": [[p.examples, p.seconds, list(p.held.nats), list(p.held.bytes)] for p in trainer.points],
    }
    with written(path) as fresh:
        torch.save(state, fresh)


_PROGRESS = ("seen", "step", "tokens", "seconds", "micro_batch")
_ENTRIES = {"rate", "adapter", "optimizer", "progress", "points"}


def read_state(identity: Mapping[str, Any], path: Path) -> dict[str, Any] | None:
    """The state of the run with this identity; None where there is none, or another's.

    Problem state-damaged for a file that is torn, or is no state.
    """
    if not path.is_file():
        return None
    try:
        state: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
        ours = state["identity"] == dict(identity)
        whole = not ours or (state.keys() >= _ENTRIES and {*_PROGRESS} <= state["progress"].keys())
    except MemoryError:
        raise
    except Exception as error:  # pickle, zip and torch each have their own for a file that is torn
        raise Problem("state-damaged", path=str(path)) from error
    if not whole:
        raise Problem("state-damaged", path=str(path))
    return state if ours else None


def restore(trainer: Trainer, state: Mapping[str, Any]) -> None:
    """Put a fresh trainer where the written one stood."""
    set_peft_model_state_dict(trainer.model, state["adapter"])
    trainer.optimizer.load_state_dict(state["optimizer"])
    for name, value in state["progress"].items():
        setattr(trainer, name, value)
    trainer.points = [
        Point(examples, Held(tuple(nats), tuple(sizes)), seconds)
        for examples, seconds, nats, sizes in state["points"]
    ]
