"""The first rows as one model will see them, in its own layout. No weights are read.

Job: see probes.trial.job.TrialJob; of it `target`, `data`, `format`, `encoding`, `columns`, `layout` and
`max_chars`.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from probes import chatglm
from probes.chatglm.config import has_own_dialogues
from probes.dataset.clipping import clip
from probes.dataset.examples import Example
from probes.dataset.layouts import choose
from probes.dataset.load import load_dataset
from probes.dataset.summary import PREVIEWED, preview
from probes.jobs.events import Emit
from probes.jobs.record import reads
from probes.templates.of_tokenizer import has_template, templated_tokenizer
from probes.trial.job import TrialJob

SPARE = 10
Rows = list[list[dict[str, Any]]]


@reads(TrialJob)
def run(asked: TrialJob, emit: Emit) -> dict[str, Any]:
    """`layout` and `rows`: pieces of text, and whether each is trained on.

    Problems: those of load_dataset, layouts.choose and summary.preview.
    """
    emit.progress("read", 0, 1, note=asked.name)
    examples, directory = first_examples(asked), Path(asked.target)
    if asked.layout in (None, "chat") and has_own_dialogues(directory):
        name, rows = "chat", _chatglm_rows(examples, directory)
    else:
        name, layout = choose(asked.layout, templated_tokenizer(directory))
        rows = preview(examples, layout)
    emit.progress("read", 1, 1, note=asked.name)
    return {"layout": name, "rows": rows}


def has_own_layout(directory: Path) -> bool:
    """Whether rows look otherwise to this model than to one without a template: the probe shows how."""
    return has_template(directory) or has_own_dialogues(directory)


def first_examples(asked: TrialJob) -> list[Example]:
    """The first rows, clipped as the trial clips them, with some to spare for those that a layout does not
    take. Problems: those of load_dataset.
    """
    dataset = load_dataset(asked.data, asked.format, asked.columns, encoding=asked.encoding)
    return [clip(example, asked.max_chars) for example in dataset.examples[: SPARE * PREVIEWED]]


def _chatglm_rows(examples: Sequence[Example], directory: Path) -> Rows:
    """Of a dialogue the last answer, with all that came before it as its prompt."""
    from probes.training import encode_chatglm  # brings transformers

    tokenizer = chatglm.load_tokenizer(directory)
    rows = []
    for example in examples[:PREVIEWED]:
        row = encode_chatglm.encode(example, tokenizer)[-1]
        answer = row.targets[0]
        parts = ((row.ids[:answer], False), (row.ids[answer:], True))
        rows.append([{"text": tokenizer.shown(ids), "trained": trained} for ids, trained in parts if ids])
    return rows
