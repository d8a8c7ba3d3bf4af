"""Datasets: every format recognised, bad rows counted, bad files named."""

import json
from pathlib import Path
from typing import Any

import pytest

from catalog.problem import Problem
from probes.dataset.examples import Turn, single
from probes.dataset.layouts import alpaca
from probes.dataset.load import load_dataset
from probes.dataset.summary import advice, preview, summary

USER, ANSWER = "What is it?", "A stone."


def jsonl(path: Path, rows: list[Any]) -> Path:
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    return path


def numbered(make: dict[str, Any], count: int = 24) -> list[dict[str, Any]]:
    """Copies of a row, told apart by a number wherever `#` stands in its text."""
    return [json.loads(json.dumps(make).replace("#", str(index))) for index in range(count)]


FORMATS = {
    "alpaca": {"instruction": "What is #?", "input": "", "output": "It is #."},
    "sharegpt": {
        "conversations": [{"from": "human", "value": "What is #?"}, {"from": "gpt", "value": "It is #."}]
    },
    "messages": {
        "messages": [
            {"role": "user", "content": [{"type": "text", "text": "What is #?"}]},
            {"role": "assistant", "content": "It is #."},
        ]
    },
    "prompt-completion": {"prompt": "What is #?", "completion": " It is #. "},
    "adgen": {"content": "What is #?", "summary": "It is #."},
    "question-sql": {"question": "What is #?", "query": "It is #."},
}


@pytest.mark.parametrize("name", FORMATS)
def test_each_format_gives_the_same_example(tmp_path: Path, name: str) -> None:
    dataset = load_dataset(jsonl(tmp_path / "d.jsonl", numbered(FORMATS[name])))
    assert dataset.format == name
    assert dataset.examples[7].turns == (Turn("user", "What is 7?"), Turn("assistant", "It is 7."))


def test_json_list_json_object_and_csv_read_alike(tmp_path: Path) -> None:
    rows = numbered({"prompt": 'Say #, "please"', "completion": "#\n好"})
    (tmp_path / "list.json").write_text(json.dumps(rows, indent=1), encoding="utf-8")
    (tmp_path / "object.json").write_text(json.dumps({"data": rows}, indent=1), encoding="utf-8")
    lines = ["prompt,completion"] + [f'"Say {i}, ""please""","{i}\n好"' for i in range(24)]
    (tmp_path / "table.csv").write_text("\ufeff" + "\r\n".join(lines), encoding="utf-8")
    read = [load_dataset(tmp_path / name).examples for name in ("list.json", "object.json", "table.csv")]
    assert [e.turns for e in read[0]] == [e.turns for e in read[1]] == [e.turns for e in read[2]]


def test_parquet(tmp_path: Path) -> None:
    pyarrow = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    rows = numbered({"content": "#", "summary": "it is #"})
    parquet.write_table(pyarrow.Table.from_pylist(rows), tmp_path / "d.parquet")
    dataset = load_dataset(tmp_path / "d.parquet")
    assert (dataset.format, len(dataset.examples)) == ("adgen", 24)


def test_plain_text_is_cut_at_blank_lines(tmp_path: Path) -> None:
    (tmp_path / "d.txt").write_text(
        "\r\n\r\n".join(f"第{i}段\r\n下一行" for i in range(30)), encoding="utf-8"
    )
    dataset = load_dataset(tmp_path / "d.txt")
    assert dataset.format == "text"
    assert dataset.examples[3].turns == (Turn("assistant", "第3段\n下一行"),)


def test_two_columns_must_be_named(tmp_path: Path) -> None:
    path = tmp_path / "d.csv"
    path.write_text("mr,ref\n" + "".join(f"a{i},b{i}\n" for i in range(30)), encoding="utf-8")
    with pytest.raises(Problem) as told:
        load_dataset(path)
    assert (told.value.code, told.value.params["columns"]) == ("data-columns-unnamed", "mr, ref")
    assert load_dataset(path, columns=("ref", "mr")).examples[0].target == "a0"
    with pytest.raises(Problem) as told:
        load_dataset(path, columns=("ref", "none"))
    assert told.value.code == "data-column-missing"


def test_two_readings_ask_and_the_override_answers(tmp_path: Path) -> None:
    path = jsonl(tmp_path / "d.jsonl", numbered(FORMATS["alpaca"] | FORMATS["messages"]))
    with pytest.raises(Problem) as told:
        load_dataset(path)
    assert told.value.code == "data-format-ambiguous"
    assert told.value.params["readings"] == "messages, alpaca"
    assert load_dataset(path, format="alpaca").format == "alpaca"


def test_rows_that_lack_fields_are_counted_and_the_rest_used(tmp_path: Path) -> None:
    rows: list[Any] = numbered(FORMATS["alpaca"], 30)
    rows[4] = {"instruction": "no answer"}
    rows[9]["output"] = "  "
    rows[11] = [1, 2]
    dataset = load_dataset(jsonl(tmp_path / "d.jsonl", rows))
    assert len(dataset.examples) == 27
    assert [(row.number, row.reason) for row in dataset.skipped] == [
        (5, "no-output"),
        (10, "empty-output"),
        (12, "not-json"),
    ]


def bad(tmp_path: Path, name: str, content: bytes) -> Path:
    (tmp_path / name).write_bytes(content)
    return tmp_path / name


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("d.jsonl", b"", "data-empty"),
        ("d.jsonl", b" \n\n ", "data-empty"),
        ("d.json", b"[]", "data-empty"),
        ("d.csv", b"prompt,completion\n", "data-empty"),
        ("d.jsonl", b'{"prompt": "a"', "data-unreadable"),
        ("d.json", b'[{"prompt": "a"},', "data-unreadable"),
        ("d.jsonl", '{"prompt": "é"}'.encode("latin-1"), "data-not-utf8"),
        ("d.xyz", b"hello", "data-kind-unknown"),
        ("d.parquet", b"PAR1 and nothing", "data-unreadable"),
        ("d.jsonl", b'{"prompt": "a", "completion": "b"}\n' * 3, "data-too-few"),
        ("d.jsonl", b'{"prompt": "a", "completion": ""}\n' * 30, "data-no-usable-rows"),
    ],
)
def test_bad_files_are_named(tmp_path: Path, name: str, content: bytes, code: str) -> None:
    path = bad(tmp_path, name, content)
    with pytest.raises(Problem) as told:
        load_dataset(path)
    assert told.value.code == code
    assert told.value.params["path"] == str(path)


@pytest.mark.parametrize(
    ("name", "content", "reason", "said"),
    [
        ("d.csv", "q,a\n" + "一\n" * 30, "columns-differ", "一"),
        ("d.json", "[1, 2, 3]", "not-an-object", "1"),
    ],
)
def test_a_file_without_a_row_says_what_stands_there(
    tmp_path: Path, name: str, content: str, reason: str, said: str
) -> None:
    with pytest.raises(Problem) as told:
        load_dataset(bad(tmp_path, name, content.encode()))
    assert told.value.code == "data-no-usable-rows"
    (why,) = told.value.params["why"]
    assert (why["reason"], why["row"], why["said"]) == (reason, 1, said)


def test_missing_file_and_directory(tmp_path: Path) -> None:
    with pytest.raises(Problem, match="data-missing"):
        load_dataset(tmp_path / "none.jsonl")
    with pytest.raises(Problem, match="data-directory"):
        load_dataset(tmp_path)


def test_a_summary_says_what_is_in_the_data(tmp_path: Path) -> None:
    rows = numbered({"prompt": "Say #", "completion": "number #"}, 30)
    rows += [rows[0], {"prompt": "说", "completion": "一个中文回答"}, {"prompt": "x", "completion": ""}]
    found = summary(load_dataset(jsonl(tmp_path / "d.jsonl", rows)))
    assert (found.rows, found.repeated_rows, found.near_repeats) == (33, 1, 0)
    assert found.languages == {"other": 31, "zh": 1}
    assert found.skipped == {"empty-completion": 1}
    assert found.target_chars == {"median": 9, "ninth_tenth": 9, "longest": 9}
    assert found.advice == "few"
    assert [advice(n) for n in (156, 1000, 60_000)] == ["some", "enough", "plenty"]


def test_a_preview_marks_what_is_trained_on() -> None:
    (row,) = preview([single("Say it", "yes", 1)], alpaca)
    assert [piece["trained"] for piece in row] == [False, True]
    assert row[1]["text"] == "yes"
    assert row[0]["text"].endswith("### Response:\n")
