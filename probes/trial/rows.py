"""The rows of a trial written as they were trained, for a tool that does the full run. No weights are read.

Job: see RowsJob.
"""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, ClassVar

from catalog.export.rows import HELD_OUT, IDS, TRAIN, Row, Written, ids, line
from catalog.export.templates import ASKED, recognise
from catalog.problem import Problem
from probes.bounds.panics import reading as in_bounds
from probes.bounds.small_files import check_small_files
from probes.chatglm.config import family_of
from probes.dataset.examples import Example, Turn
from probes.jobs.events import Emit
from probes.jobs.record import reads
from probes.training.limits import Limits, limits
from probes.training.reading import Reading, read
from probes.trial.data import Parts, read_parts
from probes.trial.job import TrialJob
from probes.trial.spelled import Cut, Spell, by_chatglm, by_layout, cuts_alike, spelled


@dataclass(frozen=True)
class RowsJob(TrialJob):
    """A trial's job, and the `tool` that will read its rows; `out` is the folder they are written to."""

    PROBE: ClassVar[str] = "rows"
    COMMAND: ClassVar[str] = ""

    tool: str = "trl"


@reads(RowsJob)
def run(asked: RowsJob, emit: Emit) -> dict[str, Any]:
    """`files`, `written` (see catalog.export.rows.Written), and `rows`: where each of the data's went.

    `rows` has `in`, `out`, `held_out` and `left_out` (reason -> count), which add up, and `cut_otherwise`:
    how many of the written ones a tool would cut into other ids from their text.
    Problems: those of read_parts and of probes.training.reading.read.
    """
    emit.progress("read", 0, 2, note=asked.name)
    found, directory, out = read_parts(asked), Path(asked.target), Path(asked.out or ".")
    bounds = limits(directory, asked.context_factor)
    reading = read(directory, asked.layout, found.split, bounds)
    emit.progress("read", 1, 2, note=asked.name)
    tokenizer = _tokenizer(directory)
    spell = _spell(directory, reading, bounds, tokenizer)
    train = list(spelled(found.split.train, reading.train, spell))
    held = list(spelled(found.split.holdout, reading.holdout, spell))
    cut, rows = _cut(tokenizer), (*train, *held)
    otherwise = len(rows) if cut is None else sum(not cuts_alike(row, cut) for row in rows)
    template, system = _template(directory, reading, tokenizer)
    longest = max(len(row.ids) for row in rows)
    written = Written(otherwise > 0, bool(held), longest, template, system)
    files = _write(asked.tool, written, train, held, out)
    emit.progress("read", 2, 2, note=asked.name)
    return {
        "files": files,
        "written": asdict(written),
        "rows": _counts(found, reading) | {"cut_otherwise": otherwise},
        "format": found.dataset.format,
        "columns": found.dataset.columns,
        "layout": reading.layout,
        "data_sha256": found.dataset.sha256,
    }


def _tokenizer(directory: Path) -> Any:
    """The tokenizer as other tools load it; None where transformers' own classes do not."""
    from transformers import AutoTokenizer

    check_small_files(directory)
    try:
        with in_bounds(directory):
            return AutoTokenizer.from_pretrained(directory, trust_remote_code=False, local_files_only=True)
    except Problem:
        return None


def _cut(tokenizer: Any) -> Cut | None:
    if tokenizer is None:
        return None

    def cut(text: str) -> list[int]:
        return list(tokenizer.encode(text, add_special_tokens=False))

    return cut


def _spell(directory: Path, reading: Reading, bounds: Limits, tokenizer: Any) -> Spell:
    if reading.render is None:
        return by_chatglm(directory)
    names = tokenizer.convert_ids_to_tokens if tokenizer else lambda found: [""] * len(found)
    prefix = "".join(names(list(reading.cutter.prefix_ids)))
    end = "" if bounds.end_id is None else "".join(names([bounds.end_id]))
    return by_layout(reading.render, prefix, end)


def _template(directory: Path, reading: Reading, tokenizer: Any) -> tuple[str | None, str]:
    """The name of the model's own template, and what it says where a row says nothing."""
    if reading.layout != "chat":
        return None, ""
    if reading.render is None:
        return family_of(directory), ""
    source = getattr(tokenizer, "chat_template", None)
    try:
        segments = reading.render(Example(tuple(Turn(role, text) for role, text in ASKED), 0))
    except Problem:  # a template that takes no such dialogue is none of those with a name
        return None, ""
    rendered = "".join(segment.text for segment in segments)
    return recognise(rendered, source if isinstance(source, str) else "")


def _write(tool: str, written: Written, train: Sequence[Row], held: Sequence[Row], out: Path) -> list[str]:
    """The files' names under `out`."""
    out.mkdir(parents=True, exist_ok=True)
    files = {TRAIN: train} | ({HELD_OUT: held} if held else {})
    for name, rows in files.items():
        with (out / name).open("w", encoding="utf-8") as stream:
            for row in rows:
                stream.write(json.dumps(line(tool, row, written.with_ids), ensure_ascii=False) + "\n")
    if tool == "llama-factory" and written.with_ids:
        _write_ids({"train": train} | ({"validation": held} if held else {}), out / IDS)
    return [str(path.relative_to(out)) for path in sorted(out.rglob("*")) if path.is_file()]


def _write_ids(parts: Mapping[str, Sequence[Row]], out: Path) -> None:
    """The folder that LLaMA-Factory takes for rows that it has cut before: it reads no ids from JSON."""
    from datasets import Dataset, DatasetDict

    made = {name: Dataset.from_list([ids(row) for row in rows]) for name, rows in parts.items()}
    DatasetDict(made).save_to_disk(out)


def _counts(found: Parts, reading: Reading) -> dict[str, Any]:
    """Where each row of the data went: `out`, `left_out` and `held_out` add up to `in`.

    Of a holdout in a file of its own `held_out` counts other rows, `held_out_in` all that are there.
    """
    parts, apart, skipped = found.split, found.held, found.dataset.skipped
    out, held = ({row.id for row in rows} for rows in (reading.train, reading.holdout))
    here = parts.train if apart else (*parts.train, *parts.holdout)
    refused = {row.number: row.reason for row in reading.refused}
    told = {"in": len(found.dataset.examples) + len(skipped), "out": len(out), "held_out": len(held)}
    if apart:
        told["held_out_in"] = len(apart.examples) + len(apart.skipped)
    left_out = Counter(row.reason for row in skipped)
    left_out.update(refused.get(e.number, "too-long") for e in here if e.id not in (out | held))
    left_out["duplicate"] = parts.duplicates
    left_out["in-holdout"] = parts.leaked
    left_out["shared-prompt"] = len(found.dataset.examples) - len(here) - parts.duplicates - parts.leaked
    return told | {"left_out": {reason: count for reason, count in left_out.items() if count}}
