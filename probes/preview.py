"""The first rows as one model will see them, in its own chat template. No weights are read.

Job: see probes.trial_job.TrialJob; of it `target`, `data`, `format`, `columns`, `layout`, `max_chars`.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from probes import prompt
from probes.dataset.examples import clip
from probes.dataset.load import load_dataset
from probes.dataset.summary import PREVIEWED, preview
from probes.events import Emit
from probes.trial_job import parse


def run(job: Mapping[str, Any], emit: Emit) -> dict[str, Any]:
    """`layout` and `rows`: pieces of text, and whether each is trained on.

    Problems: those of load_dataset and prompt.choose.
    """
    asked = parse(job)
    emit.progress("read", 0, 1, note=asked.name)
    dataset = load_dataset(asked.data, asked.format, asked.columns)
    examples = [clip(example, asked.max_chars) for example in dataset.examples[:PREVIEWED]]
    name, layout = prompt.choose(asked.layout, prompt.templated_tokenizer(Path(asked.target)))
    emit.progress("read", 1, 1, note=asked.name)
    return {"layout": name, "rows": preview(examples, layout)}
