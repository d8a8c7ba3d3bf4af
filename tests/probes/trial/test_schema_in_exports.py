"""A question to a database stands under its schema, in the trial and in every tool alike."""

import json

import pytest

from catalog.export import FullRun, export
from probes.dataset.formats import choose
from probes.dataset.forms.cells import Notes
from probes.dataset.forms.form import convert
from probes.dataset.layouts import alpaca

ROW = {"question": "How many?", "sql": "SELECT 1", "context": "CREATE TABLE t (x INT)"}
RUN = FullRun("m", "d.jsonl", "question-sql", columns=("question", "sql"), schema="context")


def trained_prompt() -> str:
    form = choose("d.jsonl", tuple(ROW), None, None, {})
    return alpaca(convert(form, ROW, 1, Notes()))[0].text


def test_llama_factory_joins_query_to_prompt_as_the_trial_does() -> None:
    columns = json.loads(export("llama-factory", RUN)["dataset_info.json"])["basefit"]["columns"]
    # its Alpaca converter: "\n".join of the prompt's and the query's column, then the template's layout
    joined = "\n".join((ROW[columns["prompt"]], ROW[columns["query"]]))
    assert trained_prompt() == f"### Instruction:\n{joined}\n\n### Response:\n"


def test_axolotl_formats_it_as_the_trial_does() -> None:
    yaml = pytest.importorskip("yaml")
    (dataset,) = yaml.safe_load(export("axolotl", RUN)["axolotl.yaml"])["datasets"]
    kind = dataset["type"]
    fields = {"instruction": ROW[kind["field_instruction"]], "input": ROW[kind["field_input"]]}
    assert trained_prompt() == kind["format"].format(**fields)
