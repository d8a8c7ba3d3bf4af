"""A race of two levels, the same again from the store, and the files for the full run elsewhere."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from probes.checkpoint.target import DEMO
from tests.tui.cli.conftest import Basefit
from tests.tui.cli.test_bad_input import assert_one_sentence
from tests.tui.cli.test_contract import assert_fields

DATA = DEMO / "instructions.jsonl"
ROWS = {"rows.jsonl", "held-out.jsonl"}
FILES = {
    "llama-factory": ROWS | {"train.yaml", "dataset_info.json"},
    "axolotl": ROWS | {"axolotl.yaml"},
    "unsloth": ROWS | {"train_unsloth.py"},
    "trl": ROWS | {"train_trl.py"},
    "ms-swift": ROWS | {"train.yaml", "basefit_template.py"},
    "xtuner": ROWS | {"train_xtuner.py"},
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
        assert_fields(answer.json, "export", "to", "files", "run", "serving", "data", "rows", "shown_by")
        assert {Path(path).name for path in answer.json["files"]} == files
        if files >= ROWS:
            assert_all_rows_left(answer.json)
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


def assert_all_rows_left(answer: dict[str, Any]) -> None:
    rows, lines = answer["rows"], {}
    for path in map(Path, answer["files"]):
        if path.name in ROWS:
            lines[path.name] = len(path.read_text(encoding="utf-8").splitlines())
    assert (lines["rows.jsonl"], lines["held-out.jsonl"]) == (rows["out"], rows["held_out"])
    assert rows["in"] == rows["out"] + rows["held_out"] + sum(rows["left_out"].values())


def made(path: Path, word: str) -> Path:
    rows = ({"instruction": f"{word} {n}?", "output": f"{word} {n + 1}."} for n in range(24))
    path.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    return path


def test_the_trial_shown_last_is_taken_wherever_its_numbers_came_from(
    basefit: Basefit, tmp_path: Path
) -> None:
    one, two = made(tmp_path / "one.jsonl", "one"), made(tmp_path / "two.jsonl", "two")
    trial = ("trial", "demo-llama-s", "--level", "bf16", "--examples", 8, "--device", "cpu", "--data")
    for data in (one, two, one):  # the third answer is the first one's, from the store
        assert basefit(*trial, data).status == 0
    third, second, first = (run["id"] for run in basefit("runs", "--json").json["runs"])

    def exported(*words: object, name: str) -> dict[str, Any]:
        answer = basefit("export", *words, "--json", "--out", tmp_path / name)
        assert answer.status == 0, answer.err
        return answer.json

    shown = exported(name="last")
    assert (shown["data"]["path"], shown["shown_by"]) == (str(one), third)
    assert "one 1?" in (tmp_path / "last" / "rows.jsonl").read_text("utf-8")
    assert exported("--run", second, name="run")["data"]["path"] == str(two)
    assert exported("--run", first, name="first")["trial"] == shown["trial"]
    chosen = exported("--data", two, name="data")
    assert (chosen["data"]["of_trial"], chosen["shown_by"]) == (True, second)

    other = made(tmp_path / "three.jsonl", "three")
    settings = exported("--data", other, name="other")
    assert (settings["data"]["of_trial"], settings["trial"]) == (False, shown["trial"])
    assert "three 1?" in (tmp_path / "other" / "rows.jsonl").read_text("utf-8")
    told = basefit("export", "--data", other, "--out", tmp_path / "again")
    assert str(one) in told.out
    assert f"No trial was made on {other}" in told.out
    assert_one_sentence(basefit("export", "--run", 99), "99", "basefit runs")
    two.write_text(two.read_text("utf-8") + '\n{"instruction": "new", "output": "new"}', "utf-8")
    assert "has changed" in basefit("export", "--run", second, "--out", tmp_path / "changed").out


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
