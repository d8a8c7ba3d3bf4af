"""Exports: texts that their tools can read, with the numbers that were measured."""

import ast
import json
import shlex
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from catalog.evidence.kinds import TrialData, TrialKey, TrialRow, read
from catalog.export import EXPORTS, FullRun, export, serving_lines
from catalog.export.factories import dump
from catalog.export.full_run import run_of
from catalog.export.rows import HELD_OUT, TRAIN, Written
from catalog.problem import Problem

RUN = FullRun("/models/Llama 2: 7B", "/data/问答.jsonl", "alpaca", rate=1e-4)
IDS = replace(RUN, rows=Written(with_ids=True, held_out=False))
# The settings and templates of the tools themselves, written down from their own classes.
TOOLS = json.loads((Path(__file__).parent / "tool_keys.json").read_text("utf-8"))


def loaded(text: str) -> Any:
    yaml = pytest.importorskip("yaml")
    return yaml.safe_load(text)


def test_llama_factory_reads_rows_that_carry_their_layout() -> None:
    files = export("llama-factory", RUN)
    settings = loaded(files["train.yaml"])
    assert settings.keys() <= set(TOOLS["llama-factory"]["settings"])
    assert settings["model_name_or_path"] == RUN.model
    assert (settings["learning_rate"], settings["quantization_bit"]) == (1e-4, 4)
    assert (settings["template"], settings["eval_dataset"]) == ("empty", "basefit_held_out")
    info = json.loads(files["dataset_info.json"])
    assert [info[settings[key]]["file_name"] for key in ("dataset", "eval_dataset")] == [TRAIN, HELD_OUT]
    assert info[settings["dataset"]]["tags"]["content_tag"] == "text"
    assert "tokenized_path" not in settings
    assert loaded(export("llama-factory", IDS)["train.yaml"])["tokenized_path"] == "ids"


def test_llama_factory_asks_the_tuned_model_by_the_templates_name() -> None:
    run = replace(RUN, layout="chat", rows=Written(template="qwen2", system="You are a helpful assistant."))
    settings = loaded(export("llama-factory", run)["chat.yaml"])
    assert settings.keys() <= set(TOOLS["llama-factory"]["settings"])
    assert (settings["template"], settings["default_system"]) == ("qwen", "You are a helpful assistant.")
    unknown = replace(run, rows=Written())
    assert "template" not in loaded(export("llama-factory", unknown)["chat.yaml"]), (
        "it reads the model's own"
    )
    assert "chat.yaml" not in export("llama-factory", RUN)


def test_axolotl_reads_pieces_or_ids() -> None:
    settings = loaded(export("axolotl", RUN)["axolotl.yaml"])
    assert settings.keys() <= set(TOOLS["axolotl"]["settings"])
    (train,), (held,) = settings["datasets"], settings["test_datasets"]
    assert train.keys() <= set(TOOLS["axolotl"]["datasets"])
    assert (train["path"], train["type"], held["path"]) == (TRAIN, "input_output", HELD_OUT)
    assert (settings["adapter"], settings["load_in_4bit"]) == ("qlora", True)
    with_ids = loaded(export("axolotl", IDS)["axolotl.yaml"])
    assert "type" not in with_ids["datasets"][0], "columns of ids are known by their names"
    assert "test_datasets" not in with_ids


def test_swift_puts_nothing_around_the_rows() -> None:
    files = export("ms-swift", RUN)
    settings = loaded(files["train.yaml"])
    assert settings.keys() <= set(TOOLS["ms-swift"]["settings"])
    assert (settings["dataset"], settings["val_dataset"]) == (TRAIN, HELD_OUT)
    call = next(
        node
        for node in ast.walk(ast.parse(files[settings["external_plugins"]]))
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "TemplateMeta"
    )
    put = {keyword.arg: ast.literal_eval(keyword.value) for keyword in call.keywords}
    assert ast.literal_eval(call.args[0]) == settings["template"]
    assert put == {
        "prefix": [],
        "prompt": ["{{QUERY}}"],
        "chat_sep": [],
        "suffix": [],
        "auto_add_bos": False,
    }


def test_xtuner_takes_ids_and_the_templates_name() -> None:
    text = export("xtuner", replace(RUN, rows=Written(template="chatglm3-6b")))["train_xtuner.py"]
    assert "--prompt-template chatglm3" in text
    calls = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Call)]
    given = {keyword.arg: keyword.value for call in calls for keyword in call.keywords}
    assert ast.literal_eval(given["do_dataset_tokenization"]) is False
    assert ast.literal_eval(given["data_files"]) == TRAIN


@pytest.mark.parametrize("written", [Written(), Written(True, False), Written(template="qwen3")])
@pytest.mark.parametrize("level", ["nf4", "nf4-dq", "int8", "bf16"])
@pytest.mark.parametrize("layout", ["alpaca", "wenda", "plain", "chat"])
def test_every_combination_gives_files_that_parse(written: Written, level: str, layout: str) -> None:
    run = FullRun(
        "org/model", "d.csv", "alpaca", layout, None, None, level, targets=("q_proj",), rows=written
    )
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


def test_unsloth_names_the_template_by_which_the_tuned_model_is_asked() -> None:
    text = export("unsloth", replace(RUN, rows=Written(template="qwen3-thinking")))["train_unsloth.py"]
    assert "get_chat_template(tokenizer, 'qwen3-thinking')" in (ast.get_docstring(ast.parse(text)) or "")


class Letters:
    """A tokenizer whose ids are code points."""

    def encode(self, text: str, add_special_tokens: bool = True) -> list[int]:
        assert not add_special_tokens
        return [ord(letter) for letter in text]


PIECES = {"segments": [{"label": False, "text": "q:"}, {"label": True, "text": "a."}]}
CARRIED = {"input_ids": [113, 58, 97, 46], "labels": [-100, -100, 97, 46], "messages": []}


@pytest.mark.parametrize(("run", "example"), [(RUN, PIECES), (IDS, CARRIED)])
@pytest.mark.parametrize(
    ("name", "trained"),
    [("trl", {"completion_mask": [0, 0, 1, 1]}), ("unsloth", {"labels": [-100, -100, 97, 46]})],
)
def test_a_script_trains_on_the_answers(
    name: str, trained: dict[str, Any], run: FullRun, example: dict[str, Any]
) -> None:
    (text,) = export(name, run).values()
    found = [node for node in ast.parse(text).body if getattr(node, "name", "") == "row"]
    space: dict[str, Any] = {"tokenizer": Letters()}
    exec(compile(ast.Module(found, []), "row", "exec"), space)
    assert space["row"](example) == {"input_ids": [113, 58, 97, 46]} | trained


@pytest.mark.parametrize("name", ["trl", "unsloth"])
@pytest.mark.parametrize("level", ["nf4", "bf16"])
def test_a_script_says_nothing_that_trl_would_not_take(name: str, level: str) -> None:
    """Names of TRL 1.16's own classes, written down from them: TRL is no dependency."""
    known = json.loads((Path(__file__).parent / "trl_keys.json").read_text("utf-8"))
    (text,) = export(name, FullRun("m", "d.jsonl", "text", level=level, rows=Written())).values()
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
    plain = {
        k.arg: ast.literal_eval(k.value)
        for k in call.keywords
        if k.arg not in (None, "bf16", "eval_strategy")
    }
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


@pytest.mark.parametrize("level", ["nf4", "fp16"])
@pytest.mark.parametrize("name", sorted(EXPORTS))
def test_for_a_card_without_bfloat16_no_tool_is_told_to_use_it(name: str, level: str) -> None:
    run = replace(RUN, level=level, method="qlora" if level == "nf4" else "lora", half="float16")
    for file, text in export(name, run).items():
        assert "bfloat16" not in text, file
        assert not {"bf16: true", "bf16: auto", "bf16=torch"} & set(text.splitlines()), file
        assert "bf16=" not in text, file
    assert "--dtype half" in serving_lines(run)["vllm"]
    assert "--dtype" not in serving_lines(RUN)["vllm"]


def test_a_trial_in_float16_is_gone_on_with_in_float16() -> None:
    facts, key = read(TrialData, {"format": "alpaca"}), read(TrialKey, {})
    halves = [
        run_of("m", "d", facts, key, TrialRow(level=level, computed_in=how)).half
        for level, how in (("nf4", "float16"), ("nf4", "bfloat16"), ("nf4", None), ("fp16", None))
    ]
    assert halves == ["float16", "bfloat16", "bfloat16", "float16"]
