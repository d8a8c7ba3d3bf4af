"""Multiple choice: the options in the question, the letter as the answer, however both are written."""

from pathlib import Path
from typing import Any

import pytest

from tests.probes.dataset.forms.test_forms import loaded

SHOWN = "天空\nA. 红\nB. 蓝\nC. 绿"
LIST = ["红", "蓝", "绿"]
COLUMNS = dict(zip("ABC", LIST, strict=True))


@pytest.mark.parametrize(
    "row",
    [
        {"question": "天空", **COLUMNS, "answer": "B"},  # C-Eval
        {"Question": "天空", **COLUMNS, "Answer": "B"},  # CMMLU
        {"question": "天空", "subject": "物理", "choices": LIST, "answer": 1},  # MMLU
        {"question": "天空", "choices": {"text": LIST, "label": ["A", "B", "C"]}, "answerKey": "B"},  # ARC
        {"question": "天空", "choices": {"text": LIST, "label": ["1", "2", "3"]}, "answerKey": "2"},
        {"question": "天空", "options": COLUMNS, "answer": "蓝", "answer_idx": "B"},  # MedQA
        {"question": "天空", "opa": "红", "opb": "蓝", "opc": "绿", "cop": 1},  # MedMCQA
        {
            "sentence": "天空",
            "option1": "红",
            "option2": "蓝",
            "option3": "绿",
            "answer": "2",
        },  # WinoGrande
        {"ctx": "天空", "endings": LIST, "label": "1"},  # HellaSwag
        {"question": "天空", "options": ["A. 红", "B. 蓝", "C. 绿"], "answer": "(B)"},
        {"question": "天空", "options": str(LIST), "answer": "b"},  # written by df.to_csv()
    ],
)
def test_each_way_to_write_options_gives_the_same_row(tmp_path: Path, row: dict[str, Any]) -> None:
    dataset = loaded(tmp_path, row)
    assert dataset.format == "choice"
    asked, told = dataset.examples[0].turns
    assert (asked.text, told.text) == (SHOWN, "B")
    assert {*dataset.unused} <= {"subject", "answer_idx"}


def test_a_document_stands_before_the_question(tmp_path: Path) -> None:
    row = {"article": "天是蓝的。", "question": "天空", "options": LIST, "answer": "B"}  # RACE
    assert loaded(tmp_path, row).examples[0].prompt == f"天是蓝的。\n{SHOWN}"


@pytest.mark.parametrize(
    ("numbers", "letters"), [((1, 3, 2), "ACB"), ((0, 2, 1), "ACB"), ((1, 2, 1), "BCB")]
)
def test_numbers_are_counted_as_the_whole_file_counts(
    tmp_path: Path, numbers: tuple[int, ...], letters: str
) -> None:
    rows = [{"question": f"天空{n}", "options": LIST, "answer": number} for n, number in enumerate(numbers)]
    assert "".join(example.target for example in loaded(tmp_path, *rows).examples) == letters


def test_a_number_is_a_place_and_a_word_an_option(tmp_path: Path) -> None:
    row = {"question": "几", "choices": ["2", "1", "0"]}
    first = loaded(tmp_path, row | {"answer": 0}).examples[0]
    other = loaded(tmp_path, row | {"answer": "0"}).examples[0]
    assert (first.target, other.target) == ("A", "C")


def test_several_right_options_are_all_answered(tmp_path: Path) -> None:
    row = {"question": "天空", "options": LIST}
    for answer in ("AB", ["A", "B"]):
        assert loaded(tmp_path, row | {"answer": answer}).examples[0].target == "AB"


def test_an_answer_that_is_no_option_is_named(tmp_path: Path) -> None:
    good = {"question": "天空", **COLUMNS, "answer": "B"}
    dataset = loaded(tmp_path, good, good | {"answer": "黄"}, good | {"B": "", "C": None})
    assert [(row.reason, row.said) for row in dataset.skipped] == [
        ("answer-no-option", "黄"),
        ("no-options", ""),
    ]
