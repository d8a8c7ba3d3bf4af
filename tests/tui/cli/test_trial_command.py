"""What `basefit trial` says before it trains, and what it refuses with a sentence of its own."""

import json
import shutil
from pathlib import Path

import pytest

from probes.checkpoint.target import DEMO
from tests.tui.cli.conftest import Basefit
from tests.tui.cli.test_bad_input import assert_one_sentence

DATA = DEMO / "instructions.jsonl"
SHORT = ("--examples", 8, "--samples", 0, "--device", "cpu")


def test_three_rows_are_shown_as_the_model_sees_them(basefit: Basefit) -> None:
    answer = basefit("trial", "demo-llama-s", "--data", DATA, *SHORT, "--json")
    assert answer.status == 0, answer.err
    seen = answer.json["preview"]
    assert (seen["model"], seen["layout"], len(seen["rows"])) == ("demo-llama-s", "alpaca", 3)
    first = json.loads(DATA.read_text("utf-8").splitlines()[0])
    assert [piece["text"] for piece in seen["rows"][0] if piece["trained"]] == [first["output"]]
    lines = answer.err.splitlines()
    (shown,) = [line for line in lines if line.startswith("row 1: ")]
    assert shown.startswith("row 1: ### Instruction:\\n")
    assert shown.endswith(f"### Response:\\n«{first['output']}»")
    assert lines.index(shown) < len(lines) - 1, "before the first result"


def test_a_template_of_the_models_own_is_previewed(basefit: Basefit, small: Path) -> None:
    settings = json.loads((small / "tokenizer_config.json").read_text("utf-8"))
    settings["chat_template"] = "{% for m in messages %}[{{ m.role }}]{{ m.content }}</s>{% endfor %}"
    (small / "tokenizer_config.json").write_text(json.dumps(settings), "utf-8")
    answer = basefit("trial", small, "--data", DATA, *SHORT, "--json")
    assert answer.status == 0, answer.err
    assert answer.json["preview"]["layout"] == "chat"
    assert "row 1: [user]" in answer.err


def test_one_row_many_times(basefit: Basefit, tmp_path: Path) -> None:
    line = DATA.read_text("utf-8").splitlines()[0]
    (tmp_path / "same.jsonl").write_text((line + "\n") * 50, "utf-8")
    answer = basefit("trial", "demo-llama-s", "--data", tmp_path / "same.jsonl")
    assert_one_sentence(answer, "Of 50 usable rows", "only 1")


@pytest.mark.parametrize("more", [(), ("--databases", "nowhere")])
def test_a_metric_whose_database_is_missing(basefit: Basefit, more: tuple[str, ...]) -> None:
    answer = basefit("trial", "demo-llama-s", "--data", DATA, *SHORT, "--metric", "sqlite", *more)
    assert_one_sentence(answer, "--databases")
    assert "  " not in answer.err.splitlines()[-1]


@pytest.mark.parametrize("value", ["nan", "inf"])
def test_a_rate_that_is_no_number(basefit: Basefit, value: str) -> None:
    assert_one_sentence(basefit("trial", "demo-llama-s", "--data", DATA, "--rate", value), "rate", value)


def test_adapters_where_a_file_lies(basefit: Basefit, tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("")
    answer = basefit("trial", "demo-llama-s", "--data", DATA, *SHORT, "--out", tmp_path / "taken")
    assert_one_sentence(answer, "taken", "another place")


def test_paths_with_spaces_and_chinese(basefit: Basefit, small: Path, tmp_path: Path) -> None:
    folder = tmp_path / "一 个 文件夹"
    shutil.copytree(small, folder / "模型 s")
    shutil.copyfile(DATA, folder / "数 据.jsonl")
    answer = basefit(
        "trial", folder / "模型 s", "--data", folder / "数 据.jsonl", *SHORT, "--out", folder / "出"
    )
    assert answer.status == 0, answer.err
    exported = basefit("export", "--to", "trl", "--out", folder / "导 出", "--json")
    assert exported.status == 0, exported.err
    assert exported.json["run"]["data"] == str(folder / "数 据.jsonl")


def test_an_export_is_offered_only_where_there_is_one(basefit: Basefit) -> None:
    trial = ("trial", "demo-llama-s", "--data", DATA, *SHORT)
    assert "basefit export demo-llama-s --to trl" in basefit(*trial).out
    prompted = basefit(*trial, "--method", "prompt")
    assert prompted.status == 0, prompted.err
    assert "basefit export" not in prompted.out
