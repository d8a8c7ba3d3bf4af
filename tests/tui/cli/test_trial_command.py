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


ALTERNATES = (
    "{% for m in messages %}{% if (m.role == 'user') != (loop.index0 % 2 == 0) %}"
    "{{ raise_exception('Conversation roles must alternate') }}{% endif %}"
    "[{{ m.role }}]{{ m.content }}</s>{% endfor %}"
)


def test_what_a_template_refuses_and_what_is_cut_is_told(
    basefit: Basefit, small: Path, tmp_path: Path
) -> None:
    settings = json.loads((small / "tokenizer_config.json").read_text("utf-8"))
    settings["chat_template"] = ALTERNATES
    (small / "tokenizer_config.json").write_text(json.dumps(settings), "utf-8")
    talks = [[("user", f"问{i}是什么"), ("assistant", f"答{i}")] for i in range(60)]
    talks[2] = [("user", "问"), ("user", "再问"), ("assistant", "答")]
    talks[5][0] = ("user", "长" * 400)
    rows = [{"messages": [{"role": role, "content": text} for role, text in talk]} for talk in talks]
    data = tmp_path / "rows.jsonl"
    data.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    answer = basefit("trial", small, "--data", data, *SHORT, "--max-chars", 100, "--json")
    assert answer.status == 0, answer.err
    found, (trial,) = answer.json["data"], answer.json["trials"]
    assert found["examples"] + found["holdout"] == 59
    refused = {"count": 1, "first": [{"row": 3, "reason": "chat-template-raises"}]}
    assert found["refused"] == trial["data"]["refused"] == refused
    assert found["cut"] == {"rows": 1, "chars": 302, "answers": 0}
    assert (found["groups"], found["near_held"]) == (60, 0)
    assert len(answer.json["preview"]["rows"]) == 3

    told = basefit("trial", small, "--data", data, *SHORT, "--max-chars", 100).out
    assert "row 3 (the template raises an error on it)" in told
    assert "1 rows were longer than --max-chars and lost 302 characters" in told
    assert "60 groups" in told


def test_a_template_that_cannot_be_used_names_the_place(basefit: Basefit, small: Path) -> None:
    settings = json.loads((small / "tokenizer_config.json").read_text("utf-8"))
    settings["chat_template"] = (
        "{{ bos_token }}\n{% for m in messages %}{{ m.content.nothing() }}{% endfor %}"
    )
    (small / "tokenizer_config.json").write_text(json.dumps(settings), "utf-8")
    answer = basefit("trial", small, "--data", DATA, *SHORT)
    assert answer.status != 0
    assert "fails in line 2, at {{ m.content.nothing() }}" in answer.err


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
