"""The rows that leave for other tools are those of the trial: the same ids, each row accounted for."""

import io
import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from catalog.export.rows import HELD_OUT, IDS, LEFT_OUT, TRAIN
from probes.jobs.events import Emit
from probes.tokenization.base import TextTokenizer
from probes.tokenization.load import load_tokenizer
from probes.training.encode import Encoded
from probes.training.limits import limits
from probes.training.reading import read
from probes.trial import rows
from probes.trial.data import read_parts
from tests.bench.export_forms import COUNT, FORMS, write
from tests.bench.export_models import bundled
from tests.places import DEMO

Line = dict[str, Any]


@pytest.fixture(scope="module")
def templated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The smallest bundled model with a chat template."""
    return bundled(tmp_path_factory.mktemp("templated") / "model")


def told(model: Path, data: Path, out: Path, **job: Any) -> dict[str, Any]:
    about = {"target": str(model), "name": model.name, "data": str(data), "out": str(out)}
    return rows.run(about | job, Emit(io.StringIO()))


def lines(path: Path) -> list[Line]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


@cache
def tokenizer_of(model: Path) -> TextTokenizer:
    return load_tokenizer(model)


def cut(model: Path, row: Line) -> tuple[list[int], list[int]]:
    """(ids, labels) as a tool makes them of the pieces, with the marks <s> and </s> alone read as such."""
    tokenizer, marks = tokenizer_of(model), {"<s>": [1], "</s>": [2]}
    ids: list[int] = []
    labels: list[int] = []
    for piece in row["segments"]:
        parts = re.split("(</?s>)", piece["text"])
        found = [token for part in parts for token in marks.get(part) or tokenizer.encode(part)]
        ids += found
        labels += found if piece["label"] else [LEFT_OUT] * len(found)
    return ids, labels


def labelled(row: Encoded) -> tuple[list[int], list[int]]:
    trained = set(row.targets)
    return list(row.ids), [token if at in trained else LEFT_OUT for at, token in enumerate(row.ids)]


@pytest.mark.parametrize(
    ("layout", "form"), [*(("alpaca", form) for form in FORMS), ("chat", "messages-rounds")]
)
def test_pieces_cut_by_themselves_are_the_trials_ids(
    templated: Path, tmp_path: Path, layout: str, form: str
) -> None:
    data = write(form, tmp_path)
    found = told(templated, data, tmp_path, layout=layout)
    asked = rows.RowsJob(target=str(templated), name="m", data=str(data), layout=layout)
    reading = read(templated, layout, read_parts(asked).split, limits(templated))
    for name, wanted in ((TRAIN, reading.train), (HELD_OUT, reading.holdout)):
        assert [cut(templated, row) for row in lines(tmp_path / name)] == [labelled(row) for row in wanted]
    count = found["rows"]
    assert (count["in"], count["cut_otherwise"]) == (COUNT, 0)
    assert count["out"] + count["held_out"] + sum(count["left_out"].values()) == COUNT
    assert not found["written"]["with_ids"]


def test_a_plain_corpus_has_texts_and_a_dialogue_messages(tmp_path: Path) -> None:
    told(DEMO / "demo-llama-s", write("lines", tmp_path / "a"), tmp_path / "a")
    assert all(set(row) == {"text", "segments"} for row in lines(tmp_path / "a" / TRAIN))
    told(DEMO / "demo-llama-s", write("alpaca-history", tmp_path / "b"), tmp_path / "b")
    row = lines(tmp_path / "b" / TRAIN)[0]
    assert [message["role"] for message in row["messages"]] == ["system", *["user", "assistant"] * 4]
    assert sum(piece["label"] for piece in row["segments"]) == 4, "every answer is trained on"


def test_each_row_that_stays_behind_has_a_reason(tmp_path: Path) -> None:
    good = [{"instruction": f"问 {n}", "output": f"答 {n}"} for n in range(30)]
    bad = [{"instruction": "?", "output": None}, {"instruction": "!", "output": ""}, good[0], good[1]]
    long = {"instruction": "x", "output": "长" * 3000}
    data = tmp_path / "data.jsonl"
    text = "\n".join(json.dumps(row, ensure_ascii=False) for row in (*good, *bad, long))
    data.write_text(text, encoding="utf-8")
    count = told(DEMO / "demo-llama-s", data, tmp_path)["rows"]
    assert count["left_out"] == {"empty-output": 2, "duplicate": 2, "too-long": 1}
    assert count["in"] == 35 == count["out"] + count["held_out"] + 5
    assert len(lines(tmp_path / TRAIN)) == count["out"]
    assert len(lines(tmp_path / HELD_OUT)) == count["held_out"]


def test_a_holdout_of_its_own_is_counted_apart(tmp_path: Path) -> None:
    data, held = write("alpaca", tmp_path), tmp_path / "held.jsonl"
    shared = data.read_text(encoding="utf-8").splitlines()[:2]
    more = [json.dumps({"instruction": f"new {n}", "output": f"{n}"}) for n in range(3)]
    held.write_text("\n".join([*shared, *more]), encoding="utf-8")
    count = told(DEMO / "demo-llama-s", data, tmp_path, holdout_file=str(held))["rows"]
    assert count == {
        "in": COUNT,
        "out": COUNT - 2,
        "held_out": 5,
        "held_out_in": 5,
        "left_out": {"in-holdout": 2},
        "cut_otherwise": 0,
    }


@pytest.fixture
def marked(tmp_path: Path) -> Path:
    """Rows that spell an end token, which the trial reads as text and tools as the token."""
    rows = [{"instruction": f"What ends row {n}?", "output": f"</s> ends it, {n}."} for n in range(24)]
    path = tmp_path / "marked.jsonl"
    path.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    return path


def test_rows_that_tools_would_cut_otherwise_carry_their_ids(tmp_path: Path, marked: Path) -> None:
    model = DEMO / "demo-llama-s"
    found = told(model, marked, tmp_path, layout="alpaca")
    assert found["rows"]["cut_otherwise"] == 24
    assert found["written"]["with_ids"]
    asked = rows.RowsJob(target=str(model), name="m", data=str(marked), layout="alpaca")
    reading = read(model, "alpaca", read_parts(asked).split, limits(model))
    written = [(row["input_ids"], row["labels"]) for row in lines(tmp_path / TRAIN)]
    assert written == [labelled(row) for row in reading.train]


def test_llama_factory_gets_ids_in_a_folder_of_its_own(tmp_path: Path, marked: Path) -> None:
    from datasets import load_from_disk

    found = told(DEMO / "demo-llama-s", marked, tmp_path, layout="alpaca", tool="llama-factory")
    stored = load_from_disk(str(tmp_path / IDS))
    wanted = [(row["input_ids"], row["labels"]) for row in lines(tmp_path / TRAIN)]
    assert [(row["input_ids"], row["labels"]) for row in stored["train"]] == wanted
    assert len(stored["validation"]) == found["rows"]["held_out"]
    assert any(name.startswith(f"{IDS}/train/") for name in found["files"])


def test_a_models_own_template_is_named(templated: Path, tmp_path: Path) -> None:
    data = write("messages", tmp_path)
    assert told(templated, data, tmp_path)["written"]["template"] == "chatml"
    assert told(templated, data, tmp_path, layout="alpaca")["written"]["template"] is None
