"""A race of two levels, the same again from the store, and the files for the full run elsewhere."""

import json
import shutil
from pathlib import Path

import pytest

from probes.checkpoint.target import DEMO
from tests.tui.cli.conftest import Basefit
from tests.tui.cli.test_bad_input import assert_one_sentence
from tests.tui.cli.test_contract import assert_fields

DATA = DEMO / "instructions.jsonl"
FILES = {
    "llama-factory": {"train.yaml", "dataset_info.json"},
    "axolotl": {"axolotl.yaml"},
    "unsloth": {"train_unsloth.py"},
    "trl": {"train_trl.py"},
    "ollama": {"Modelfile"},
    "serving": {"serve.sh"},
}


def test_a_race_then_its_answer_from_the_store_then_every_export(
    basefit: Basefit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    race = ("trial", "demo-llama-s", "--levels", "bf16,nf4", "--data", DATA, "--examples", 32)
    race += ("--device", "cpu", "--json")
    first = basefit(*race)
    assert first.status == 0, first.err
    assert_fields(first.json, "trial", "data", "trials", "ranking", "prediction", "samples")
    assert {(row["model"], row["level"]) for row in first.json["ranking"]} == {
        ("demo-llama-s", "bf16"),
        ("demo-llama-s", "nf4"),
    }
    assert all(row["points"][-1]["examples"] == 32 for row in first.json["trials"])
    assert len({row["adapter"] for row in first.json["trials"]}) == 2

    again = basefit(*race)
    assert again.json["trials"] == first.json["trials"], "a race that is known trains nothing again"
    (latest, _) = basefit("runs", "--json").json["runs"]
    assert latest["result"]["winner"]["level"] == first.json["ranking"][0]["level"]

    monkeypatch.chdir(tmp_path)
    for tool, files in FILES.items():
        answer = basefit("export", "demo-llama-s", "--to", tool, "--level", "nf4", "--json")
        assert answer.status == 0, answer.err
        assert_fields(answer.json, "export", "to", "files", "run", "serving")
        assert {Path(path).name for path in answer.json["files"]} == files
        assert all(Path(path).is_file() for path in answer.json["files"])
    run, row = answer.json["run"], next(r for r in first.json["trials"] if r["level"] == "nf4")
    assert (run["rate"], run["micro_batch"], run["level"]) == (row["rate"], row["micro_batch"], "nf4")
    assert run["length"] == row["data"]["longest_tokens"]
    assert (run["data"], run["adapter"]) == (str(DATA), row["adapter"])
    assert json.loads((tmp_path / "demo-llama-s-nf4-full-llama-factory" / "dataset_info.json").read_text())

    again_elsewhere = basefit("export", "--to", "trl", "--level", "nf4", "--epochs", 5)
    assert_one_sentence(again_elsewhere, "train_trl.py", "--out")
    shutil.rmtree(tmp_path / "demo-llama-s-nf4-full-trl")
    assert basefit("export", "--to", "trl", "--level", "nf4", "--epochs", 5).status == 0


def test_exports_that_cannot_be(basefit: Basefit, tmp_path: Path) -> None:
    assert_one_sentence(basefit("export", "demo-llama-s", "--to", "trl"), "demo-llama-s", "basefit trial")
    assert_one_sentence(basefit("export"), "basefit trial MODEL")
    assert_one_sentence(basefit("export", "--trial", "abc"), "abc", "--trial")
    assert_one_sentence(basefit("export", "--to", "excel"), "excel", "axolotl")


def test_trials_that_cannot_be(basefit: Basefit, tmp_path: Path) -> None:
    trial = ("trial", "demo-llama-s", "--device", "cpu", "--data")
    assert_one_sentence(basefit(*trial, DATA, "--levels", "nf4,nf5"), "nf5")
    assert_one_sentence(basefit(*trial, DATA, "--prompt-column", "a"), "--target-column")
    assert_one_sentence(basefit(*trial, DATA, "--holdout", tmp_path / "none.jsonl"), "none.jsonl")
    assert_one_sentence(basefit(*trial, DATA, "--holdout", DATA), "instructions.jsonl", "holdout")
    assert_one_sentence(basefit(*trial, DATA, "--preset", "poem"), "poem")
    assert_one_sentence(basefit(*trial, DATA, "--examples", 0), "--examples")
    assert_one_sentence(basefit(*trial, DATA, "--method", "magic"), "magic", "qlora")
    assert_one_sentence(basefit(*trial, tmp_path), "directory")
    three = tmp_path / "three.jsonl"
    three.write_text('{"prompt": "a", "completion": "b"}\n' * 3)
    assert_one_sentence(basefit(*trial, three), "three.jsonl", "3", "20")
    two_readings = tmp_path / "two.jsonl"
    two_readings.write_text('{"prompt": "a", "completion": "b", "content": "c", "summary": "d"}\n' * 30)
    assert_one_sentence(basefit(*trial, two_readings), "--format", "adgen")
