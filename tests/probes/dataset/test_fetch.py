"""Datasets by name: from a local Hub, the files of one split and no others; a README leads nowhere else."""

import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from huggingface_hub import constants

from catalog.problem import Problem
from probes.checkpoint import hub as download
from probes.dataset import fetch
from probes.dataset.load import load_dataset
from probes.jobs.events import Emit
from tests.probes.checkpoint.hub_server import Hub


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    """A local Hub with a repository of two splits of Chinese and English rows, and an empty cache."""
    folder = tmp_path / "hub" / "tiny" / "rows"
    folder.mkdir(parents=True)
    for split, count in (("train", 30), ("test", 5)):
        rows = [{"prompt": f"{split} 问题 {i}", "completion": f"答案 {i}"} for i in range(count)]
        text = "".join(json.dumps(row) + "\n" for row in rows)
        (folder / f"{split}.jsonl").write_text(text, encoding="utf-8")
    server = Hub(tmp_path / "hub")
    monkeypatch.setattr(constants, "ENDPOINT", server.environment["HF_ENDPOINT"])
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hf" / "hub"))
    monkeypatch.setattr(download, "SPARE_BYTES", 0)
    yield server
    server.shutdown()


def run(out: Path, **more: Any) -> dict[str, Any]:
    job = {"repo": "tiny/rows", "split": "train", "out": str(out)} | more
    return fetch.run(job, Emit(io.StringIO()))


def readme(hub: Hub, path: str) -> None:
    lines = (
        "---",
        "configs:",
        "- config_name: zh",
        "  data_files:",
        "  - split: train",
        f"    path: {path}",
    )
    (hub.root / "tiny" / "rows" / "README.md").write_text("\n".join([*lines, "---", ""]), encoding="utf-8")


def test_a_split_becomes_a_file_of_rows(hub: Hub, tmp_path: Path) -> None:
    out = tmp_path / "rows.jsonl"
    asked = run(out, ask=True)
    assert asked["path"] is None
    assert asked["bytes"] == (hub.root / "tiny" / "rows" / "train.jsonl").stat().st_size
    assert not out.exists()
    assert run(out)["path"] == str(out)
    found = load_dataset(out)
    assert (found.format, len(found.examples)) == ("prompt-completion", 30)
    assert found.examples[0].target == "答案 0"
    assert not [one for one in hub.requests if one.startswith("GET") and one.endswith("test.jsonl")]


def test_the_readme_says_which_files_are_of_a_split(hub: Hub, tmp_path: Path) -> None:
    readme(hub, "te*.jsonl")
    out = tmp_path / "rows.jsonl"
    run(out, config="zh")
    assert len(out.read_text(encoding="utf-8").splitlines()) == 5


def test_a_split_that_is_not_there_is_told_with_those_that_are(hub: Hub, tmp_path: Path) -> None:
    with pytest.raises(Problem, match="dataset-part") as told:
        run(tmp_path / "rows.jsonl", split="dev")
    assert told.value.params["known"] == "train, test"


@pytest.mark.parametrize("where", ["{own}", "../../../../../..{own}", "https://example.invalid/rows.jsonl"])
def test_a_readme_leads_nowhere_else(hub: Hub, tmp_path: Path, where: str) -> None:
    own = tmp_path / "secret.jsonl"
    own.write_text('{"prompt": "mine", "completion": "mine"}\n', encoding="utf-8")
    readme(hub, where.format(own=own))
    with pytest.raises(Problem, match=r"hub-answer|dataset-unreadable"):
        run(tmp_path / "rows.jsonl")
    assert not (tmp_path / "rows.jsonl").exists()


def test_code_of_a_dataset_is_not_run(hub: Hub, tmp_path: Path) -> None:
    (hub.root / "tiny" / "rows" / "rows.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')\n")
    with pytest.raises(Problem, match=r"dataset-script|dataset-unreadable"):
        run(tmp_path / "rows.jsonl")
    assert not (tmp_path / "ran").exists()


def test_an_escaping_etag_writes_nothing(hub: Hub, tmp_path: Path) -> None:
    hub.twist = lambda answer: answer.headers.update(ETag='"../../../../escaped"')
    with pytest.raises(Problem, match="hub-answer"):
        run(tmp_path / "rows.jsonl")
    assert {path.name for path in tmp_path.iterdir()} <= {"hub", "hf"}
