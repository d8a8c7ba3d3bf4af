"""Data that is easily exported as something else than what was trained: each with its right rows."""

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from catalog.export.rows import HELD_OUT, TRAIN
from probes.jobs.events import Emit
from probes.trial import rows
from tests.bench.export_models import bundled
from tests.places import DEMO

Line = dict[str, Any]
Exported = Callable[..., tuple[dict[str, Any], list[Line]]]
QUESTION, ANSWER = "第{}个问题：{}加一是多少", "答案是{}。"


def asked(n: int) -> tuple[str, str]:
    return QUESTION.format(n, n), ANSWER.format(n + 1)


@pytest.fixture
def exported(tmp_path: Path) -> Exported:
    """A file's name and bytes -> what the export says of its rows, and all of them."""

    def run(name: str, content: bytes, model: Path = DEMO / "demo-llama-s") -> tuple[Line, list[Line]]:
        data = tmp_path / name
        data.write_bytes(content)
        about = {"target": str(model), "name": "m", "data": str(data), "out": str(tmp_path / "out")}
        told = rows.run(about | {"tool": "llama-factory"}, Emit(io.StringIO()))
        files = [(tmp_path / "out" / file).read_text("utf-8") for file in (TRAIN, HELD_OUT)]
        return told, [json.loads(line) for text in files for line in text.splitlines()]

    return run


def jsonl(form: Callable[[int], Line], count: int = 30) -> bytes:
    return "\n".join(json.dumps(form(n), ensure_ascii=False) for n in range(count)).encode()


def text_of(row: Line) -> str:
    return "".join(piece["text"] for piece in row["segments"])


def trained_in(row: Line) -> list[str]:
    return [piece["text"] for piece in row["segments"] if piece["label"] and piece["text"]]


FILES: dict[str, bytes] = {
    "no-input.jsonl": jsonl(lambda n: {"instruction": asked(n)[0], "output": asked(n)[1]}),
    "belle.jsonl": jsonl(
        lambda n: {
            "id": str(n),
            "conversations": [
                {"from": "human", "value": asked(n)[0]},
                {"from": "assistant", "value": asked(n)[1]},
            ],
        }
    ),
    "chatglm3.jsonl": jsonl(
        lambda n: {
            "conversations": [
                {"role": "user", "content": asked(n)[0]},
                {"role": "assistant", "content": asked(n)[1]},
            ]
        }
    ),
    "corpus.jsonl": jsonl(lambda n: {"text": asked(n)[1]}),
    "semicolon.csv": "\n".join(["instruction;output", *(";".join(asked(n)) for n in range(30))]).encode(),
    "bom_crlf.jsonl": b"\xef\xbb\xbf"
    + jsonl(lambda n: {"instruction": asked(n)[0], "output": asked(n)[1]}).replace(b"\n", b"\r\n"),
    "paragraphs.txt": "\n".join(asked(n)[1] for n in range(30)).encode(),
}


@pytest.mark.parametrize("name", FILES)
def test_as_many_rows_leave_as_came(exported: Exported, name: str) -> None:
    told, found = exported(name, FILES[name])
    assert told["rows"]["in"] == len(found) == 30
    assert told["rows"]["left_out"] == {}
    assert sorted(answer.removesuffix("</s>") for row in found for answer in trained_in(row)) == sorted(
        asked(n)[1] for n in range(30)
    )


def test_system_history_and_every_answer_are_there(exported: Exported) -> None:
    _, found = exported(
        "history.jsonl",
        jsonl(
            lambda n: {
                "system": "你是算术老师",
                "instruction": asked(n)[0],
                "input": "",
                "output": asked(n)[1],
                "history": [["你好", f"您好{n}"], ["在吗", "在"]],
            }
        ),
    )
    for row in found:
        answers = [turn["content"] for turn in row["messages"] if turn["role"] == "assistant"]
        assert len(answers) == 3
        assert trained_in(row) == [f"{answer}</s>" for answer in answers]
        assert text_of(row).startswith("<s>你是算术老师\n\n### Instruction:\n你好\n\n### Response:\n")


def test_empty_answers_stay_behind_and_no_row_says_none(exported: Exported) -> None:
    def form(n: int) -> Line:
        answer: Line = {} if n % 4 == 1 else {"output": {2: None, 3: ""}.get(n % 4, asked(n)[1])}
        return {"instruction": asked(n)[0], "input": None} | answer

    told, found = exported("nulls.jsonl", jsonl(form, 120))
    assert len(found) == 30
    assert sum(told["rows"]["left_out"].values()) == 90
    assert not any("None" in text_of(row) or "nan" in text_of(row) for row in found)


def test_numbers_are_written_as_text(exported: Exported) -> None:
    _, found = exported(
        "numeric.jsonl", jsonl(lambda n: {"instruction": "加一", "input": n, "output": n + 1})
    )
    assert {(row["messages"][0]["content"], row["messages"][1]["content"]) for row in found} == {
        (f"加一\n{n}", str(n + 1)) for n in range(30)
    }


def test_a_models_own_template_is_in_the_rows(exported: Exported, tmp_path: Path) -> None:
    model = bundled(tmp_path / "templated")
    told, found = exported("no-input.jsonl", FILES["no-input.jsonl"], model)
    assert told["layout"] == "chat"
    for row in found:
        said, answer = (turn["content"] for turn in row["messages"])
        assert f"<|im_start|>user\n{said}<|im_end|>\n<|im_start|>assistant\n" in text_of(row)
        assert trained_in(row) == [f"{answer}<|im_end|>"]
        assert "### Instruction" not in text_of(row)
