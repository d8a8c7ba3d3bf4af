"""A question as JSON, as the store keeps it with a run, and read back."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

from catalog.evidence.store import Store
from catalog.hardware.gpu import Budget, Gpu
from catalog.memory.footprint import Correction
from catalog.memory.serving import Serving
from catalog.problem import Problem
from catalog.verdict.wishes import wishes_of
from probes.measurement.question import Question


def plain(question: Question) -> dict[str, Any]:
    """The question as JSON, as it stands in the store's record of the run."""
    return {
        name: str(value) if isinstance(value, Path) else value for name, value in asdict(question).items()
    }


def question_of(saved: Any) -> Question | None:
    """The question of an earlier run; None where the record is of another form."""
    try:
        fields = dict(saved)
        budget = dict(fields["budget"])
        gpu = Gpu.restored(budget["gpu"]) if budget.get("gpu") else None
        fields["correction"] = Correction(**fields["correction"]) if fields.get("correction") else None
        fields["serving"] = Serving(**fields.get("serving") or {})
        fields["wishes"] = wishes_of(fields.get("wishes"))
        fields["budget"] = Budget(**{**budget, "gpu": gpu})
        fields["text"] = Path(fields["text"])
        fields["data"] = Path(fields["data"]) if fields.get("data") else None
        for name in ("targets", "levels"):
            fields[name] = tuple(fields[name])
        return Question(**fields)
    except (KeyError, TypeError, ValueError, Problem):
        return None


def last_question(store: Store) -> Question | None:
    """The question of the latest run that had one and measured something."""
    for run in store.runs():
        question = question_of(run.request.get("question"))
        if question is not None:
            return question
    return None
