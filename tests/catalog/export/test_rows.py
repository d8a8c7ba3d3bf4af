"""Rows in pieces: the same text for every tool, each piece trained on or not."""

from typing import Any

import pytest

from catalog.export.rows import Piece, Row, line, pairs

ROW = Row(
    {"messages": [{"role": "user", "content": "问"}, {"role": "assistant", "content": "答"}]},
    (Piece("<s>问\n", False), Piece("答</s>", True)),
    (1, 5, 6, 2),
    (2, 3),
)


def test_pieces_become_questions_and_answers_in_turn() -> None:
    given = [Piece("<s>", False), Piece("a", False), Piece("b", True), Piece("c", True), Piece("d", False)]
    found = pairs(given)
    assert [(piece.text, piece.trained) for piece in found] == [
        ("<s>a", False),
        ("bc", True),
        ("d", False),
        ("", True),
    ]


def test_an_answer_without_a_question_has_an_empty_one() -> None:
    assert pairs([Piece("", False), Piece("text", True)]) == (Piece("", False), Piece("text", True))


@pytest.mark.parametrize("tool", ["llama-factory", "axolotl", "trl", "unsloth"])
def test_a_row_has_its_messages_and_its_pieces(tool: str) -> None:
    found = line(tool, ROW)
    assert found["messages"] == ROW.said["messages"]
    assert found["segments"] == [
        {"role": "user", "label": False, "text": "<s>问\n"},
        {"role": "assistant", "label": True, "text": "答</s>"},
    ]


def test_ids_are_written_where_they_are_asked_for_or_needed() -> None:
    cut: dict[str, Any] = {
        "input_ids": [1, 5, 6, 2],
        "attention_mask": [1, 1, 1, 1],
        "labels": [-100, -100, 6, 2],
    }
    assert line("trl", ROW, with_ids=True) == {**ROW.said, **cut}
    assert line("xtuner", ROW) == {**ROW.said, **cut}
    assert line("axolotl", ROW, with_ids=True) == cut


def test_swifts_messages_are_the_pieces() -> None:
    said = [{"role": "user", "content": "<s>问\n"}, {"role": "assistant", "content": "答</s>"}]
    assert line("ms-swift", ROW) == line("ms-swift", ROW, with_ids=True) == {"messages": said}
