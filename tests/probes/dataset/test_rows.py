"""From files to rows: frames as pandas writes them, JSON that holds rows, null of every kind."""

import json
from pathlib import Path
from typing import Any

import pytest

from catalog.problem import Problem
from probes.dataset.rows import read_rows

FRAME = [{"q": "一", "a": "二"}, {"q": "三", "a": None}]


@pytest.mark.parametrize(
    "value",
    [
        FRAME,
        {"data": FRAME},
        {"q": {"0": "一", "1": "三"}, "a": {"0": "二", "1": None}},  # df.to_json()
        {"columns": ["q", "a"], "index": [0, 1], "data": [["一", "二"], ["三", None]]},  # orient="split"
    ],
)
def test_json_that_holds_rows(tmp_path: Path, value: Any) -> None:
    path = tmp_path / "rows.json"
    path.write_text(json.dumps(value), encoding="utf-8")
    found = read_rows(path)
    assert [row for _, row in found.rows] == FRAME
    assert [number for number, _ in found.rows] == [1, 2]


@pytest.mark.parametrize(
    "row",
    [
        {"id": "1", "data": ["问", "答"]},
        {"chat": {"turn_1": {"Human": "x"}}},
        {"messages": [{"role": "user"}]},
        {"a": {"x": 1}, "b": {"y": 1}},
    ],
)
def test_an_object_that_is_a_row_stays_one(tmp_path: Path, row: dict[str, Any]) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_text(json.dumps(row), encoding="utf-8")
    assert [found for _, found in read_rows(path).rows] == [row]


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_bytes_that_are_utf_8_in_form_only_are_named(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "rows.csv"
    path.write_bytes("question,answer\nwhat,that\n".encode(encoding))
    with pytest.raises(Problem) as told:
        read_rows(path)
    assert (told.value.code, told.value.params["guess"]) == ("data-other-encoding", encoding)
    assert read_rows(path, encoding).rows == ((1, {"question": "what", "answer": "that"}),)


@pytest.mark.parametrize("encoding", ["no-such", "rot13", "undefined", "ascii"])
def test_an_encoding_that_does_not_read_it_is_told(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "rows.csv"
    path.write_text("问,答\n一,二\n", encoding="utf-8")
    with pytest.raises(Problem, match="data-not-encoding"):
        read_rows(path, encoding)


def test_lines_of_json_end_at_line_feeds_alone(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    rows = [{"text": f"第{n}段\u2028换行\u0085"} for n in range(3)]
    path.write_text("\r\n".join(json.dumps(row, ensure_ascii=False) for row in rows), encoding="utf-8")
    assert [row for _, row in read_rows(path).rows] == rows


@pytest.mark.parametrize("name", ["rows.jsonl", "rows.json"])
def test_half_of_a_character_costs_its_row(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    whole = json.dumps({"q": "\U0001f600", "a": "b"})
    cut = whole.replace("\\ude00", "")
    named = json.dumps({"\ud800": "c"})
    lines = (whole, cut, named)
    path.write_text("\n".join(lines) if name == "rows.jsonl" else f"[{','.join(lines)}]", encoding="utf-8")
    found = read_rows(path)
    assert [row for _, row in found.rows] == [{"q": "\U0001f600", "a": "b"}]
    assert [(one.number, one.reason) for one in found.skipped] == [(2, "not-text"), (3, "not-text")]
