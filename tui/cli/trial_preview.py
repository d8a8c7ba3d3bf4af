"""Before a trial: the first rows as the first model will see them, with what is trained on marked."""

import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from probes.dataset.layouts import choose
from probes.dataset.summary import preview
from probes.jobs.runner import Job, JobError, Runner
from probes.race.halving import Racer
from probes.trial.job import parse
from probes.trial.preview import first_examples, has_own_layout
from tui.cli.output import tell, words

SHOWN_CHARS = 160
"""Of each piece: its beginning and its end, where the marks of a layout stand."""


def first_rows(racer: Racer, data: Path, settings: Mapping[str, object]) -> dict[str, Any] | None:
    """`model`, `layout` and `rows` (pieces of text, and whether each is trained on).

    None where the model's own template fails on them: the trial itself will say so.
    Problems: those of load_dataset and layouts.choose.
    """
    job = {**settings, "target": racer.path, "name": racer.name, "data": str(data)}
    asked = parse(job)
    if asked.layout in (None, "chat") and has_own_layout(Path(racer.path)):
        try:
            seen = dict(asyncio.run(Runner(None).result(Job("preview", job, racer.name))))
        except JobError:
            return None
    else:
        name, layout = choose(asked.layout, None)
        seen = {"layout": name, "rows": preview(first_examples(asked), layout)}
    return {"model": racer.name} | seen


def tell_rows(seen: Mapping[str, Any]) -> None:
    """The rows, each on one line, on stderr: a person reads them while the first model is loaded."""
    tell(words("cli.preview", model=seen["model"]))
    for number, row in enumerate(seen["rows"], 1):
        tell(words("cli.preview-row", row=number, text=_marked(row)))


def _marked(row: Sequence[Mapping[str, Any]]) -> str:
    pieces = ((_cut(str(piece["text"])), piece["trained"]) for piece in row)
    return "".join(f"«{text}»" if trained else text for text, trained in pieces)


def _cut(text: str) -> str:
    half = SHOWN_CHARS // 2
    shown = text if len(text) <= SHOWN_CHARS else f"{text[:half]} [...] {text[-half:]}"
    return shown.replace("\r", "").replace("\n", "\\n")
