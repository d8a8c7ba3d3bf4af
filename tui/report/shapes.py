"""The itemised memory of what was ranked, computed again from the shapes that the question names."""

from collections.abc import Iterable, Mapping
from itertools import product
from typing import Any

from catalog.memory.estimate import footprint, served
from catalog.memory.footprint import Footprint
from catalog.models.spec import ModelSpec
from catalog.problem import Problem
from catalog.quantization.levels import find_level


def footprints(
    saved: Mapping[str, Any] | None, ranking: Iterable[Mapping[str, Any]]
) -> dict[tuple[str, str], Footprint]:
    """(model, level) -> its terms, for the rows whose sum is still the one that was judged by.

    A model that is gone, or a memory model that has changed since, leaves a row without its items.
    """
    from probes.checkpoint.target import resolve
    from probes.measurement.question_json import question_of

    question = question_of(saved) if saved else None
    if question is None:
        return {}
    specs: dict[str, ModelSpec] = {}
    for target in question.targets:
        try:
            found = resolve(target)
        except Problem:
            continue
        specs[found.name] = found.spec
    items = {}
    uses = ("infer", "qlora") if question.use == "both" else (question.use,)
    for row, use in product(ranking, uses):
        if row["model"] not in specs:
            continue
        spec, level = specs[row["model"]], find_level(row["level"])
        by = served(spec, level, question.context, question.serving, question.card)
        size = footprint(
            spec,
            level,
            use=use,
            context=question.context,
            batch=question.batch,
            by=by,
            cards=question.budget.count,
            device=question.card,
            correction=question.correction,
            context_bytes=question.context_bytes,
        )
        if size.expected == row["expected_bytes"]:
            items[row["model"], row["level"]] = size
    return items
