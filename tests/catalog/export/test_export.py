"""Exports: texts that their tools can read, with the numbers that were measured."""

import ast
import json
import shlex
from pathlib import Path
from typing import Any

import pytest

from catalog.evidence.kinds import TrialData, TrialKey, TrialRow, read
from catalog.export import EXPORTS, FullRun, export, serving_lines
from catalog.export.factories import dump
from catalog.export.full_run import run_of
from catalog.problem import Problem

RUN = FullRun(
    "/models/Llama 2: 7B", "/data/问答.jsonl", "alpaca", columns=("instruction", "output"), rate=1e-4
)
# Keys that the tools' own examples use (examples/train_qlora of LLaMA-Factory, examples/llama-3/qlora.yml
# of Axolotl), beside those of the transformers Trainer that LLaMA-Factory takes as they are.
LLAMA_FACTORY = {
    *("model_name_or_path", "quantization_bit", "quantization_method", "stage", "do_train"),
    *("finetuning_type", "lora_rank", "lora_target", "dataset", "template", "cutoff_len", "output_dir"),
    *("logging_steps", "save_steps", "per_device_train_batch_size", "gradient_accumulation_steps"),
    *("learning_rate", "num_train_epochs", "lr_scheduler_type", "bf16"),
}
AXOLOTL = {
    *("base_model", "load_in_8bit", "load_in_4bit", "datasets", "val_set_size", "output_dir", "adapter"),
    *("sequence_len", "lora_r", "lora_alpha", "lora_dropout", "lora_target_linear", "micro_batch_size"),
    *("gradient_accumulation_steps", "num_epochs", "optimizer", "lr_scheduler", "learning_rate"),
    *("train_on_inputs", "bf16", "gradient_checkpointing", "warmup_steps"),
}


def loaded(text: str) -> Any:
    yaml = pytest.importorskip("yaml")
    return yaml.safe_load(text)


def test_llama_factory_reads_its_yaml_and_dataset_info() -> None:
    files = export("llama-factory", RUN)
    settings = loaded(files["train.yaml"])
    assert settings.keys() >= LLAMA_FACTORY
    assert settings["model_name_or_path"] == RUN.model
    assert (settings["learning_rate"], settings["quantization_bit"]) == (1e-4, 4)
    info = json.loads(files["dataset_info.json"])[settings["dataset"]]
    assert info["file_name"] == RUN.data
    assert info["columns"] == {"prompt": "instruction", "query": "input", "response": "output"}


def test_axolotl_gets_the_trials_own_layout() -> None:
    settings = loaded(export("axolotl", RUN)["axolotl.yaml"])
    assert settings.keys() >= AXOLOTL
    (dataset,) = settings["datasets"]
    assert dataset["type"]["no_input_format"] == "### Instruction:\n{instruction}\n\n### Response:\n"
    assert (settings["adapter"], settings["load_in_4bit"]) == ("qlora", True)


@pytest.mark.parametrize("form", ["alpaca", "sharegpt", "messages", "adgen", "text", "columns"])
@pytest.mark.parametrize("level", ["nf4", "nf4-dq", "int8", "bf16"])
@pytest.mark.parametrize("layout", ["alpaca", "wenda", "plain", "chat"])
def test_every_combination_gives_files_that_parse(form: str, level: str, layout: str) -> None:
    columns = ("a", "b") if form in ("alpaca", "adgen", "columns") else None
    run = FullRun("org/model", "d.csv", form, layout, columns, level, targets=("q_proj",))
    for name in EXPORTS:
        for file, text in export(name, run).items():
            if file.endswith(".py"):
                ast.parse(text)
            elif file.endswith(".yaml"):
                loaded(text)
            elif file.endswith(".json"):
                json.loads(text)
            elif file.endswith(".sh"):
                assert [shlex.split(line)[:2] for line in text.splitlines() if line.startswith("exec")] == [
                    ["exec", "vllm"]
                ]


@pytest.mark.parametrize("name", ["trl", "unsloth"])
def test_a_script_puts_rows_as_the_trial_did(name: str) -> None:
    (text,) = export(name, RUN).values()
    found = next(node for node in ast.parse(text).body if isinstance(node, ast.FunctionDef))
    space: dict[str, Any] = {}
    exec(compile(ast.Module([found], []), "row", "exec"), space)
    row = space["row"]({"instruction": "Say {it}.", "input": "now", "output": " yes "})
    assert row == {
        "prompt": "### Instruction:\nSay {it}.\nnow\n\n### Response:\n",
        "completion": "yes",
    }


def test_a_question_comes_after_its_schema() -> None:
    run = FullRun("m", "d.jsonl", "question-sql", columns=("question", "sql"), schema="context")
    (text,) = export("trl", run).values()
    found = next(node for node in ast.parse(text).body if isinstance(node, ast.FunctionDef))
    space: dict[str, Any] = {}
    exec(compile(ast.Module([found], []), "row", "exec"), space)
    rows = {"question": "How many?", "sql": "SELECT 1", "context": "CREATE TABLE t (x INT)"}
    assert "CREATE TABLE t (x INT)\nHow many?\n\n###" in space["row"](rows)["prompt"]
    assert "\nHow many?\n\n###" in space["row"](rows | {"context": None})["prompt"]
    (dataset,) = loaded(export("axolotl", run)["axolotl.yaml"])["datasets"]
    assert dataset["type"]["field_input"] == "context"
    info = json.loads(export("llama-factory", run)["dataset_info.json"])
    assert info["basefit"]["columns"] == {"prompt": "context", "query": "question", "response": "sql"}


def test_dialogues_become_prompt_and_completion() -> None:
    (text,) = export("trl", FullRun("m", "d.jsonl", "sharegpt", "chat")).values()
    space: dict[str, Any] = {}
    kept = [node for node in ast.parse(text).body if ast.unparse(node).startswith(("def", "ROLES"))]
    exec(compile(ast.Module(kept, []), "row", "exec"), space)
    turns = [{"from": "human", "value": "Hi"}, {"from": "gpt", "value": [{"text": " Hello "}]}]
    row = space["row"]({"conversations": [*turns, {"from": "human", "value": "?"}]})
    assert row["prompt"] == [{"role": "user", "content": "Hi"}]
    assert row["completion"] == [{"role": "assistant", "content": "Hello"}]


@pytest.mark.parametrize("name", ["trl", "unsloth"])
@pytest.mark.parametrize("level", ["nf4", "bf16"])
def test_a_script_says_nothing_that_trl_would_not_take(name: str, level: str) -> None:
    """Names of TRL 1.16's own classes, written down from them: TRL is no dependency."""
    known = json.loads((Path(__file__).parent / "trl_keys.json").read_text("utf-8"))
    (text,) = export(name, FullRun("m", "d.jsonl", "text", level=level)).values()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("SFTConfig", "SFTTrainer"):
            assert {keyword.arg for keyword in node.keywords} <= set(known[node.func.id])  # type: ignore[attr-defined]


def test_trls_own_settings_class_takes_the_numbers() -> None:
    trl = pytest.importorskip(
        "trl", reason="TRL is not a dependency; its class is tried where it is installed"
    )
    text = export("trl", RUN)["train_trl.py"]
    call = next(
        node
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "SFTConfig"
    )
    plain = {k.arg: ast.literal_eval(k.value) for k in call.keywords if k.arg not in (None, "bf16")}
    assert trl.SFTConfig(**plain, bf16=False).learning_rate == RUN.rate


def test_serving_names_the_adapter_and_a_rank_vllm_takes() -> None:
    run = FullRun("org/model", "d.jsonl", "alpaca", rank=24, adapter="/a/my adapter")
    lines = serving_lines(run)
    assert "--max-lora-rank 32" in lines["vllm"]
    assert "'my adapter=/a/my adapter'" in lines["vllm"]
    assert lines["lorax"].startswith("lorax-launcher --model-id org/model")
    assert "ADAPTER /a/my adapter" in export("ollama", run)["Modelfile"]


def test_unknown_tools_and_untrainable_methods_are_problems() -> None:
    with pytest.raises(Problem, match="export-unknown"):
        export("excel", RUN)
    with pytest.raises(Problem, match="export-method-unsupported"):
        export("trl", FullRun("m", "d.jsonl", "adgen", method="prefix"))


def test_a_trials_evidence_is_enough() -> None:
    facts = {"format": "adgen", "columns": ["content", "summary"], "longest_tokens": 321}
    key = {
        "layout": "wenda",
        "columns": None,
        "rank": 8,
        "alpha": 16,
        "dropout": 0.05,
        "targets": [],
        "seed": 3,
    }
    row = {"level": "nf4", "method": "qlora", "rate": 2e-4, "batch": 16, "micro_batch": 2, "adapter": "/a"}
    parts = read(TrialData, facts), read(TrialKey, key), read(TrialRow, row)
    run = run_of("org/model", "d.jsonl", *parts)
    assert (run.columns, run.accumulation, run.length) == (("content", "summary"), 8, 321)


def test_yaml_numbers_and_strings_survive() -> None:
    values = {
        "rate": 1e-05,
        "text": "a: b # c\n问",
        "none": None,
        "word": "no",
        "list": [1, {"x": 1.5, "y": []}],
    }
    assert loaded(dump(values, "two\nlines")) == {
        "rate": 1e-05,
        "text": "a: b # c\n问",
        "word": "no",
        "list": [1, {"x": 1.5, "y": None}],
    }
