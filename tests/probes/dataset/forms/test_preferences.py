"""Preference data: the chosen answers are trained, the rejected are counted and left out."""

from pathlib import Path
from typing import Any

import pytest

from catalog.problem import Problem
from probes.dataset.examples import Turn
from tests.probes.dataset.forms.test_forms import ASKED, MESSAGES, TOLD, loaded

HUMAN = {"from": "human", "value": ASKED.text}
GOOD, BAD = {"from": "gpt", "value": TOLD.text}, {"from": "gpt", "value": "坏"}


@pytest.mark.parametrize(
    ("form", "row"),
    [
        ("sharegpt", {"conversations": [HUMAN], "chosen": GOOD, "rejected": BAD}),
        ("alpaca", {"instruction": ASKED.text, "input": "", "chosen": TOLD.text, "rejected": "坏"}),
        ("prompt-completion", {"prompt": ASKED.text, "chosen": TOLD.text, "rejected": "坏"}),
        ("prompt-completion", {"prompt": MESSAGES[:1], "chosen": MESSAGES[1:], "rejected": [BAD]}),
        ("question-answer", {"question": ASKED.text, "chosen": TOLD.text, "rejected": "坏"}),
        ("preference", {"chosen": MESSAGES, "rejected": [MESSAGES[0], BAD]}),
        (
            "preference",
            {
                "chosen": f"\n\nHuman: {ASKED.text}\n\nAssistant: {TOLD.text}",
                "rejected": f"\n\nHuman: {ASKED.text}\n\nAssistant: 坏",
            },
        ),
        ("messages", {"messages": MESSAGES, "rejected_response": "坏"}),
        ("swift", {"query": ASKED.text, "response": TOLD.text, "rejected_response": "坏"}),
        ("messages", {"messages": MESSAGES, "prompt": "x", "chosen": MESSAGES, "rejected": [BAD]}),
    ],
)
def test_the_chosen_is_trained(tmp_path: Path, form: str, row: dict[str, Any]) -> None:
    dataset = loaded(tmp_path, row, row)
    assert dataset.format == form
    assert [example.turns for example in dataset.examples] == [(ASKED, TOLD)] * 2
    assert dataset.rejected == 2
    assert not {"chosen", "rejected", "rejected_response"} & {*dataset.unused}


@pytest.mark.parametrize(
    ("row", "column", "good", "bad"),
    [
        ({"messages": MESSAGES}, "label", True, False),
        ({"instruction": ASKED.text, "output": TOLD.text}, "kto_tag", True, False),
        ({"prompt": ASKED.text, "completion": TOLD.text}, "label", "True", "False"),
        ({"query": ASKED.text, "response": TOLD.text}, "kto_tag", 1, 0),
    ],
)
def test_a_row_that_was_rejected_is_left_out(
    tmp_path: Path, row: dict[str, Any], column: str, good: Any, bad: Any
) -> None:
    dataset = loaded(tmp_path, row | {column: bad}, row | {column: good}, row | {column: bad})
    assert [example.turns for example in dataset.examples] == [(ASKED, TOLD)]
    assert [row.reason for row in dataset.skipped] == ["rejected", "rejected"]
    assert (dataset.rejected, dataset.unused) == (2, ())


def test_a_number_as_label_is_a_class_and_no_preference(tmp_path: Path) -> None:
    dataset = loaded(tmp_path, {"prompt": "a", "completion": "b", "label": 0})
    assert (len(dataset.examples), dataset.rejected, dataset.unused) == (1, 0, ("label",))


def test_too_few_good_answers_are_said_with_the_rejected(tmp_path: Path) -> None:
    rows = [{"prompt": f"问{n}", "completion": "答", "label": n % 2 == 0} for n in range(30)]
    with pytest.raises(Problem) as told:
        loaded(tmp_path, *rows, minimum=20)
    assert told.value.code == "data-too-few-chosen"
    assert (told.value.params["usable"], told.value.params["rejected"]) == (15, 15)


def test_a_chosen_answer_takes_the_place_of_that_in_the_dialogue(tmp_path: Path) -> None:
    row = {"messages": [MESSAGES[0], {"role": "assistant", "content": "坏"}], "chosen": TOLD.text}
    assert loaded(tmp_path, row).examples[0].turns == (ASKED, Turn("assistant", TOLD.text))
