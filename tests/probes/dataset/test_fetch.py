"""Datasets by name: read through `datasets` from a folder laid out like a repository; nothing is online."""

import io
import json
from pathlib import Path
from typing import Any

import pytest

from catalog.problem import Problem
from probes.dataset import fetch
from probes.dataset.load import load_dataset
from probes.jobs.events import Emit


@pytest.fixture(scope="module")
def repo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository with two splits of Chinese and English rows."""
    folder = tmp_path_factory.mktemp("hub") / "rows"
    folder.mkdir()
    for split, count in (("train", 30), ("test", 5)):
        rows = [{"prompt": f"{split} 问题 {i}", "completion": f"答案 {i}"} for i in range(count)]
        text = "".join(json.dumps(row) + "\n" for row in rows)
        (folder / f"{split}.jsonl").write_text(text, encoding="utf-8")
    return folder


def run(repo: Path, out: Path, **more: Any) -> dict[str, Any]:
    job = {"repo": str(repo), "split": "train", "out": str(out)} | more
    return fetch.run(job, Emit(io.StringIO()))


def test_a_split_becomes_a_file_of_rows(repo: Path, tmp_path: Path) -> None:
    out = tmp_path / "rows.jsonl"
    asked = run(repo, out, ask=True)
    assert asked["path"] is None
    assert not out.exists()
    assert run(repo, out)["path"] == str(out)
    found = load_dataset(out)
    assert (found.format, len(found.examples)) == ("prompt-completion", 30)
    assert found.examples[0].target == "答案 0"


def test_a_split_that_is_not_there_is_told_with_those_that_are(repo: Path, tmp_path: Path) -> None:
    with pytest.raises(Problem, match="dataset-part") as told:
        run(repo, tmp_path / "rows.jsonl", split="dev")
    assert told.value.params["known"] == "train, test"


def test_code_of_a_dataset_is_not_run(tmp_path: Path) -> None:
    folder = tmp_path / "scripted"
    folder.mkdir()
    (folder / "scripted.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')\n")
    with pytest.raises(Problem, match=r"dataset-script|dataset-unreadable|hub-not-found"):
        run(folder, tmp_path / "rows.jsonl")
    assert not (tmp_path / "ran").exists()
