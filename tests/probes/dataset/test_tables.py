"""CSV and TSV as people have them."""

import csv
import io
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from catalog.problem import Problem
from probes.dataset.examples import Turn
from probes.dataset.load import load_dataset
from probes.dataset.tables import read_table

ROWS = [(f"问{n}", f"答{n}") for n in range(30)]


def body(delimiter: str, before: str = "", after: str = "") -> str:
    return "".join(f"{before}{asked}{delimiter}{told}{after}\n" for asked, told in ROWS)


def table(text: str, suffix: str = ".csv") -> list[tuple[str | None, ...]]:
    rows, differing = read_table(text, suffix)
    assert not differing
    assert [number for number, _ in rows] == list(range(1, len(rows) + 1))
    return [tuple(row.values()) for _, row in rows]


@pytest.mark.parametrize("suffix", [".csv", ".tsv"])
@pytest.mark.parametrize("delimiter", ",;\t|")
def test_any_delimiter(suffix: str, delimiter: str) -> None:
    text = f"instruction{delimiter}output\n" + body(delimiter)
    assert table(text, suffix) == ROWS


def test_the_delimiter_is_that_of_the_rows_and_not_the_commonest() -> None:
    rows = [(f"你好，a,b,c {n}", f"d,e {n}") for n in range(9)]
    text = "question, if any;answer, if any\n" + "".join(f"{asked};{told}\n" for asked, told in rows)
    assert table(text) == rows


@pytest.mark.parametrize(
    "text",
    [
        ",instruction,output\n" + "".join(f"{n},{a},{b}\n" for n, (a, b) in enumerate(ROWS)),  # df.to_csv()
        "instruction,output\n"
        + "".join(f"{n},{a},{b}\n" for n, (a, b) in enumerate(ROWS)),  # write.table()
        "instruction,output,\n" + body(",", after=","),
        "instruction,output,,\n" + body(","),
        "instruction,output\n" + body(",", after=",,"),
        "\ninstruction,output\r\n\r\n" + body(",").replace("\n", "\r\n"),
        " instruction , output\n" + body(","),
    ],
)
def test_cells_without_a_column_are_none(text: str) -> None:
    rows, differing = read_table(text, ".csv")
    assert [(row["instruction"], row["output"]) for _, row in rows] == ROWS
    assert not differing
    assert all(len(row) == 2 for _, row in rows)


@pytest.mark.parametrize("delimiter", ",\t")
def test_a_cell_may_begin_with_a_quote(delimiter: str) -> None:
    rows = [('"好"他说', "一"), ('"好', "二"), ("好", '"三" 四'), ('五"', "六"), ('""', "七")]
    text = f"q{delimiter}a\n" + "".join(f"{asked}{delimiter}{told}\n" for asked, told in rows)
    read = [*rows[:-1], ("", "七")]  # two quotes are an empty cell
    assert table(text) == read


def test_a_quoted_cell_keeps_its_delimiters_and_lines_beside_a_stray_quote() -> None:
    text = 'q,a\n"一, ""二""\n三",四\n"五"六,七\n'
    assert table(text) == [('一, "二"\n三', "四"), ('"五"六', "七")]


def test_one_column_needs_no_delimiter() -> None:
    assert table("text\n你好, 世界; 早\n再见\n") == [("你好, 世界; 早",), ("再见",)]


def test_a_row_of_other_columns_is_named_by_its_number() -> None:
    rows, differing = read_table("q,a\n一,二\n三\n四,五,六\n七,八\n", ".csv")
    assert [number for number, _ in rows] == [1, 4]
    assert differing == [(2, "三"), (3, "四 | 五 | 六")]


def test_nulls_are_empty_and_names_are_kept_apart() -> None:
    rows, _ = read_table("q,a,a\n一,NaN,null\n二,nan,None\n", ".csv")
    assert [row for _, row in rows] == [
        {"q": "一", "a": None, "a.1": None},
        {"q": "二", "a": None, "a.1": "None"},
    ]


def test_a_table_of_a_header_alone_has_no_rows() -> None:
    assert read_table("q,a\n", ".csv") == ([], [])


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.tuples(*[st.text(st.sampled_from('a好 ",;\t\n'), max_size=6)] * 2), min_size=1, max_size=6),
    st.sampled_from(",;\t"),
)
def test_what_a_writer_writes_is_read_back(rows: list[tuple[str, str]], delimiter: str) -> None:
    written = io.StringIO()
    writer = csv.writer(written, delimiter=delimiter, quoting=csv.QUOTE_ALL)
    writer.writerows([("question", "answer"), *rows])
    assert table(written.getvalue()) == rows


@pytest.mark.parametrize(
    ("encoding", "asked", "told"),
    [
        ("gb18030", "第{}个问题：{}加一是多少", "答案是{}。"),
        ("utf-16", "第{}个问题：{}加一是多少", "答案是{}。"),
        ("big5", "這是{}的一個問題", "他在說了不是人{}"),
        ("shift_jis", "これは{}の問題です", "それは{}です"),
    ],
)
def test_another_encoding_is_named_and_read(tmp_path: Path, encoding: str, asked: str, told: str) -> None:
    path = tmp_path / "rows.csv"
    lines = [f"{asked},{told}\n".replace("{}", str(n)) for n in range(30)]
    path.write_bytes(("instruction,output\n" + "".join(lines)).encode(encoding))
    with pytest.raises(Problem) as said:
        load_dataset(path)
    assert (said.value.code, said.value.params["guess"]) == ("data-other-encoding", encoding)
    dataset = load_dataset(path, encoding=encoding)
    assert dataset.examples[3].turns[0] == Turn("user", asked.replace("{}", "3"))
    with pytest.raises(Problem, match="data-not-encoding"):
        load_dataset(path, encoding="ascii")
    with pytest.raises(Problem, match="data-not-encoding"):
        load_dataset(path, encoding="no-such")
