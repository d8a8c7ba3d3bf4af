"""The rows of a ChatGLM leave with their ids: one row an answer, under the family's name."""

import io
import json
from pathlib import Path

import pytest

from catalog.export.rows import HELD_OUT, TRAIN
from probes.chatglm import load_tokenizer
from probes.dataset.examples import Example, Turn
from probes.jobs.events import Emit
from probes.training.encode_chatglm import encode
from probes.trial import rows
from tests.probes.chatglm import small


@pytest.mark.parametrize("name", small.FAMILIES)
def test_each_answer_is_a_row_with_its_ids(tmp_path: Path, name: str) -> None:
    folder = small.write(tmp_path / name, name, max_sequence_length=512, seq_length=512)
    talks = [[("你好", f"今天{'好' * n}"), ("天气", "很好")] for n in range(1, 25)]
    data = tmp_path / "rows.jsonl"
    with data.open("w", encoding="utf-8") as stream:
        for talk in talks:
            turns = [turn for asked, answer in talk for turn in (("human", asked), ("gpt", answer))]
            row = {"conversations": [{"from": who, "value": text} for who, text in turns]}
            stream.write(json.dumps(row, ensure_ascii=False) + "\n")

    about = {"target": str(folder), "name": name, "data": str(data), "out": str(tmp_path)}
    told = rows.run(about, Emit(io.StringIO()))

    assert told["written"]["template"] == name
    assert told["written"]["with_ids"]
    count = told["rows"]
    assert count["in"] == count["out"] + count["held_out"] + sum(count["left_out"].values()) == 24
    lines = [json.loads(line) for file in (TRAIN, HELD_OUT) for line in (tmp_path / file).open("rb")]
    assert len(lines) == 2 * (count["out"] + count["held_out"]), "two answers in each dialogue"
    tokenizer = load_tokenizer(folder)
    for first, second in zip(lines[::2], lines[1::2], strict=True):
        assert second["messages"][:2] == first["messages"]
        said = tuple(Turn(turn["role"], turn["content"]) for turn in second["messages"])
        wanted = encode(Example(said, 1), tokenizer)
        assert [tuple(line["input_ids"]) for line in (first, second)] == [row.ids for row in wanted]
        for line, row in zip((first, second), wanted, strict=True):
            trained = [at for at, label in enumerate(line["labels"]) if label != -100]
            assert tuple(trained) == row.targets
