"""Every layout as its own people publish it: the turns it gives, and what of it is not used."""

import json
from pathlib import Path
from typing import Any

import pytest

from catalog.problem import Problem
from probes.dataset.examples import Call, Example, Turn
from probes.dataset.forms.cells import folded
from probes.dataset.forms.table import FORMS
from probes.dataset.load import Dataset, load_dataset

ASKED, TOLD = Turn("user", "0加1是多少"), Turn("assistant", "答案是1。")
MORE = (Turn("user", "再来"), Turn("assistant", "好"))
SYSTEM = Turn("system", "你是助手")
MESSAGES = [{"role": "user", "content": ASKED.text}, {"role": "assistant", "content": TOLD.text}]
CALL = {"name": "add", "arguments": {"a": 0}}


def loaded(folder: Path, *rows: dict[str, Any], minimum: int = 1) -> Dataset:
    path = folder / "rows.jsonl"
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    return load_dataset(path, minimum=minimum)


def one(folder: Path, row: dict[str, Any]) -> Example:
    (example,) = loaded(folder, row).examples
    return example


# Format, a row as published, its turns, what is not used of it.
PUBLISHED: dict[str, tuple[str, dict[str, Any], tuple[Turn, ...], tuple[str, ...]]] = {
    "firefly": (
        "firefly",
        {"kind": "Couplet", "input": ASKED.text, "target": TOLD.text},
        (ASKED, TOLD),
        ("kind",),
    ),
    "BELLE 0.5M": ("firefly", {"input": ASKED.text, "target": TOLD.text}, (ASKED, TOLD), ()),
    "firefly, several rounds": (
        "firefly-multi",
        {
            "conversation_id": 1,
            "category": "Brainstorming",
            "conversation": [
                {"human": ASKED.text, "assistant": TOLD.text},
                {"human": "再来", "assistant": "好"},
            ],
            "dataset": "moss",
        },
        (ASKED, TOLD, *MORE),
        ("conversation_id", "category", "dataset"),
    ),
    "xtuner": (
        "xtuner",
        {
            "conversation": [
                {"system": SYSTEM.text, "input": ASKED.text, "output": TOLD.text},
                {"input": "再来", "output": "好"},
            ]
        },
        (SYSTEM, ASKED, TOLD, *MORE),
        (),
    ),
    "xtuner, an answer without loss": (
        "xtuner",
        {
            "conversation": [
                {"input": ASKED.text, "output": "错", "output_with_loss": False},
                {"input": "再来", "output": "好"},
            ]
        },
        (ASKED, Turn("assistant", "错", trained=False), *MORE),
        (),
    ),
    "xtuner, text to go on with": (
        "xtuner",
        {"conversation": [{"input": "", "output": TOLD.text}]},
        (TOLD,),
        (),
    ),
    "ms-swift, rounds": (
        "firefly-multi",
        {
            "system": SYSTEM.text,
            "conversation": [
                {"human": ASKED.text, "assistant": "add(0)"},
                {"tool": "1", "assistant": TOLD.text},
            ],
        },
        (SYSTEM, ASKED, Turn("assistant", "add(0)"), Turn("tool", "1"), TOLD),
        (),
    ),
    "FLAN": (
        "firefly",
        {"inputs": ASKED.text, "targets": TOLD.text, "task": "x"},
        (ASKED, TOLD),
        ("task",),
    ),
    "MOSS 003": (
        "moss",
        {
            "conversation_id": 7,
            "meta_instruction": SYSTEM.text,
            "num_turns": 2,
            "chat": {
                "turn_2": {"Human": "<|Human|>: 再来<eoh>\n", "MOSS": "<|MOSS|>: 好<eom>\n"},
                "turn_1": {
                    "Human": f"<|Human|>: {ASKED.text}<eoh>\n",
                    "Inner Thoughts": "<|Inner Thoughts|>: None<eot>\n",
                    "Commands": "<|Commands|>: None<eoc>\n",
                    "Tool Responses": "<|Results|>:\nNone\n<eor>\n",
                    "MOSS": f"<|MOSS|>: {TOLD.text}<eom>\n",
                },
            },
        },
        (SYSTEM, ASKED, TOLD, *MORE),
        ("conversation_id", "num_turns"),
    ),
    "MOSS 003 with plugins": (
        "moss",
        {
            "chat": {
                "turn_1": {
                    "Human": f"<|Human|>: {ASKED.text}<eoh>\n",
                    "Inner Thoughts": "<|Inner Thoughts|>: 要算<eot>\n",
                    "Commands": '<|Commands|>: Calculate("0+1")<eoc>\n',
                    "Tool Responses": "<|Results|>: 1<eor>\n",
                    "MOSS": f"<|MOSS|>: {TOLD.text}<eom>\n",
                }
            }
        },
        (ASKED, Turn("assistant", 'Calculate("0+1")', reasoning="要算"), Turn("tool", "1"), TOLD),
        (),
    ),
    "MOSS 002": (
        "moss",
        {"plain_text": f"[Human]: {ASKED.text}<eoh> [MOSS]: {TOLD.text}<eoa>"},
        (ASKED, TOLD),
        (),
    ),
    "swift": (
        "swift",
        {"system": SYSTEM.text, "query": "再来", "response": "好", "history": [[ASKED.text, TOLD.text]]},
        (SYSTEM, ASKED, TOLD, *MORE),
        (),
    ),
    "swift, tools": (
        "messages",
        {
            "messages": [
                {"role": "user", "content": ASKED.text},
                {"role": "tool_call", "content": json.dumps(CALL)},
                {"role": "tool_call", "content": json.dumps(CALL)},
                {"role": "tool_response", "content": "1"},
                {"role": "assistant", "content": TOLD.text, "loss": True},
            ]
        },
        (
            ASKED,
            Turn("assistant", "", calls=(Call("add", '{"a": 0}'), Call("add", '{"a": 0}'))),
            Turn("tool", "1"),
            TOLD,
        ),
        (),
    ),
    "BELLE 3.5M": (
        "sharegpt",
        {
            "id": "1",
            "conversations": [
                {"from": "human", "value": ASKED.text},
                {"from": "assistant", "value": TOLD.text},
            ],
        },
        (ASKED, TOLD),
        ("id",),
    ),
    "BELLE 0.8M, rounds in the instruction": (
        "alpaca",
        {
            "instruction": f"Human:{ASKED.text}\nAssistant:{TOLD.text}\nHuman:再来\nAssistant:",
            "output": "好",
        },
        (ASKED, TOLD, *MORE),
        (),
    ),
    "ChatGLM3": (
        "sharegpt",
        {"conversations": [{"role": "system", "content": SYSTEM.text}, *MESSAGES]},
        (SYSTEM, ASKED, TOLD),
        (),
    ),
    "ChatGLM3, a tool": (
        "sharegpt",
        {
            "conversations": [
                MESSAGES[0],
                {"role": "assistant", "content": "我来算"},
                {"role": "tool", "name": "add", "parameters": {"a": 0}, "observation": {"sum": 1}},
                MESSAGES[1],
            ]
        },
        (
            ASKED,
            Turn("assistant", "我来算", calls=(Call("add", '{"a": 0}'),)),
            Turn("tool", '{"sum": 1}', name="add"),
            TOLD,
        ),
        (),
    ),
    "ChatGLM-6B, p-tuning": (
        "prompt-completion",
        {"prompt": "再来", "response": "好", "history": [[ASKED.text, TOLD.text]]},
        (ASKED, TOLD, *MORE),
        (),
    ),
    "ChatGLM's history of messages": (
        "prompt-completion",
        {"prompt": "再来", "response": "好", "history": MESSAGES},
        (ASKED, TOLD, *MORE),
        (),
    ),
    "ShareGPT, calls": (
        "sharegpt",
        {
            "conversations": [
                {"from": "human", "value": ASKED.text},
                {"from": "function_call", "value": json.dumps(CALL)},
                {"from": "observation", "value": "1"},
                {"from": "gpt", "value": TOLD.text},
            ],
            "system": SYSTEM.text,
        },
        (SYSTEM, ASKED, Turn("assistant", "", calls=(Call("add", '{"a": 0}'),)), Turn("tool", "1"), TOLD),
        (),
    ),
    "OpenAI, calls": (
        "messages",
        {
            "messages": [
                {"role": "developer", "content": SYSTEM.text},
                {"role": "user", "content": ASKED.text},
                {
                    "role": "assistant",
                    "content": None,
                    "tool_calls": [
                        {
                            "id": "c",
                            "type": "function",
                            "function": {"name": "add", "arguments": '{"a": 0}'},
                        }
                    ],
                },
                {"role": "tool", "tool_call_id": "c", "content": "1"},
                {"role": "assistant", "content": TOLD.text, "audio": {"id": "x"}},
            ],
            "parallel_tool_calls": False,
        },
        (
            SYSTEM,
            ASKED,
            Turn("assistant", "", calls=(Call("add", '{"a": 0}', "c"),)),
            Turn("tool", "1", call_id="c"),
            TOLD,
        ),
        ("parallel_tool_calls", "messages.audio"),
    ),
    "OpenAI, weights": (
        "messages",
        {
            "messages": [
                MESSAGES[0],
                {"role": "assistant", "content": "错", "weight": 0},
                {"role": "user", "content": "再来"},
                {"role": "assistant", "content": "好", "weight": 1},
            ]
        },
        (ASKED, Turn("assistant", "错", trained=False), *MORE),
        (),
    ),
    "messages as JSON": (
        "messages",
        {"messages": json.dumps(MESSAGES, ensure_ascii=False)},
        (ASKED, TOLD),
        (),
    ),
    "messages as Python wrote them": ("messages", {"messages": str(MESSAGES)}, (ASKED, TOLD), ()),
    "thoughts": (
        "messages",
        {"messages": [MESSAGES[0], MESSAGES[1] | {"reasoning_content": "先算"}]},
        (ASKED, Turn("assistant", TOLD.text, reasoning="先算")),
        (),
    ),
    "TRL, messages in prompt and completion": (
        "prompt-completion",
        {"prompt": MESSAGES[:1], "completion": MESSAGES[1:]},
        (ASKED, TOLD),
        (),
    ),
    "LIMA": (
        "sharegpt",
        {"conversations": [ASKED.text, TOLD.text], "source": "so"},
        (ASKED, TOLD),
        ("source",),
    ),
    "UltraChat": ("ultrachat", {"id": "1", "data": [ASKED.text, TOLD.text]}, (ASKED, TOLD), ("id",)),
    "Glaive": (
        "moss",
        {
            "system": SYSTEM.text,
            "chat": f"USER: {ASKED.text}\n\n\nASSISTANT: <functioncall> x <|endoftext|>\n\n\n"
            f"FUNCTION RESPONSE: 1\n\n\nASSISTANT: {TOLD.text} <|endoftext|>",
        },
        (SYSTEM, ASKED, Turn("assistant", "<functioncall> x"), Turn("tool", "1"), TOLD),
        (),
    ),
    "Dolly": (
        "alpaca",
        {"instruction": "求和", "context": "[0, 1]", "response": "1", "category": "math"},
        (Turn("user", "求和\n[0, 1]"), Turn("assistant", "1")),
        ("category",),
    ),
    "OpenOrca": (
        "question-answer",
        {"system_prompt": SYSTEM.text, "question": ASKED.text, "response": TOLD.text},
        (SYSTEM, ASKED, TOLD),
        (),
    ),
    "numbers": (
        "alpaca",
        {"instruction": "加一", "input": 0, "output": 1},
        (Turn("user", "加一\n0"), Turn("assistant", "1")),
        (),
    ),
    "a list": (
        "alpaca",
        {"instruction": "求和", "input": [0, 1], "output": {"sum": [1]}},
        (Turn("user", "求和\n[0, 1]"), Turn("assistant", '{"sum": [1]}')),
        (),
    ),
    "question and context": (
        "question-answer",
        {"context": "资料：苹果3元", "question": "苹果多少钱", "answer": "3元"},
        (Turn("user", "资料：苹果3元\n苹果多少钱"), Turn("assistant", "3元")),
        (),
    ),
    "SQuAD": (
        "question-answer",
        {
            "title": "果",
            "context": "苹果3元",
            "question": "多少钱",
            "answers": {"text": ["3元", "三元"], "answer_start": [2, 2]},
        },
        (Turn("user", "苹果3元\n多少钱"), Turn("assistant", "3元")),
        ("title",),
    ),
    "Chinese column names": (
        "question-answer",
        {"问题": ASKED.text, "答案": TOLD.text, "编号": 3},
        (ASKED, TOLD),
        ("编号",),
    ),
    "columns in capitals": (
        "question-answer",
        {"Question": ASKED.text, "Answer ": TOLD.text},
        (ASKED, TOLD),
        (),
    ),
    "pictures": (
        "messages",
        {"messages": MESSAGES, "images": ["0.jpg"], "score": 5, "videos": []},
        (ASKED, TOLD),
        ("images", "score"),
    ),
}


@pytest.mark.parametrize("name", PUBLISHED)
def test_a_published_layout_gives_its_turns(tmp_path: Path, name: str) -> None:
    form, row, turns, unused = PUBLISHED[name]
    dataset = loaded(tmp_path, row)
    assert dataset.format == form
    assert dataset.examples[0].turns == turns
    assert dataset.unused == unused


TOOL = {"type": "function", "function": {"name": "add"}}


@pytest.mark.parametrize(
    "row",
    [
        {"messages": MESSAGES, "tools": [TOOL]},
        {"messages": MESSAGES, "functions": [TOOL["function"]]},
        {"conversations": MESSAGES, "tools": json.dumps([TOOL["function"]])},
        {"messages": MESSAGES, "tools": [json.dumps(TOOL)]},
        {"messages": [{"role": "system", "content": "", "tools": [TOOL]}, *MESSAGES]},
        {"query": ASKED.text, "response": TOLD.text, "tools": TOOL},
    ],
)
def test_tools_are_kept_in_one_form(tmp_path: Path, row: dict[str, Any]) -> None:
    example = one(tmp_path, row)
    assert example.tool_list() == [TOOL]
    assert example.turns == (ASKED, TOLD)
    assert loaded(tmp_path, row).unused == ()


def test_no_tools_are_none(tmp_path: Path) -> None:
    assert one(tmp_path, {"messages": MESSAGES, "tools": "[]"}).tools == ""


def test_an_answer_of_weight_nought_at_the_end_is_left_away(tmp_path: Path) -> None:
    last = [{"role": "user", "content": "再来"}, {"role": "assistant", "content": "错", "weight": 0}]
    assert one(tmp_path, {"messages": [*MESSAGES, *last]}).turns == (ASKED, TOLD)


@pytest.mark.parametrize("output", [float("nan"), None, " ", [], {}])
def test_an_empty_answer_is_never_a_word(tmp_path: Path, output: Any) -> None:
    rows = [{"instruction": "a", "input": output, "output": 1}, {"instruction": "b", "output": output}]
    dataset = loaded(tmp_path, *rows)
    assert dataset.examples[0].turns == (Turn("user", "a"), Turn("assistant", "1"))
    assert [(row.number, row.reason) for row in dataset.skipped] == [(2, "empty-output")]


def test_nought_is_an_answer(tmp_path: Path) -> None:
    assert one(tmp_path, {"instruction": "1减1", "input": "", "output": 0}).target == "0"


def test_readings_that_another_explains_better_are_no_doubt(tmp_path: Path) -> None:
    row = {"instruction": "说", "input": "一", "target": "二"}
    assert loaded(tmp_path, row).format == "alpaca"
    with pytest.raises(Problem) as told:
        loaded(tmp_path, {"instruction": "答", "question": "几", "answer": "一"})
    assert told.value.code == "data-format-ambiguous"
    assert told.value.params["readings"] == "alpaca, question-answer"


def test_a_file_without_a_usable_row_says_the_three_commonest_reasons(tmp_path: Path) -> None:
    robot = {"messages": [MESSAGES[0], {"role": "robot", "content": "x"}]}
    picture = {"messages": [{"role": "user", "content": [{"type": "image_url"}]}, MESSAGES[1]]}
    silent = {"messages": MESSAGES[:1]}
    rows = [silent, *[robot] * 3, *[picture] * 2, silent, silent, silent, {"messages": "x"}]
    with pytest.raises(Problem) as told:
        loaded(tmp_path, *rows)
    assert told.value.code == "data-no-usable-rows"
    assert told.value.params["rows"] == 10
    assert told.value.params["why"] == [
        {"reason": "no-answer", "rows": 4, "row": 1, "said": json.dumps(silent, ensure_ascii=False)[:60]},
        {"reason": "role-unknown", "rows": 3, "row": 2, "said": "robot"},
        {"reason": "content-not-text", "rows": 2, "row": 5, "said": "image_url"},
    ]


def test_names_of_columns_are_written_as_they_are_looked_up() -> None:
    for form in FORMS.values():
        names = (*form.question, *form.answer, *form.dialogue, *form.inside, *form.before, *form.after)
        assert all(name == folded(name) for name in names)
        assert {*form.over} <= FORMS.keys()


def test_a_system_prompt_said_twice_is_said_once(tmp_path: Path) -> None:
    system = {"role": "system", "content": SYSTEM.text}
    row = {"system": SYSTEM.text, "messages": [system, *MESSAGES]}
    assert one(tmp_path, row).turns == (SYSTEM, ASKED, TOLD)
    other = one(tmp_path, row | {"system": "要短"}).turns[0]
    assert other == Turn("system", f"要短\n\n{SYSTEM.text}")


@pytest.mark.parametrize("value", ["{1: 2}", "[b'x']", "{(1, 2): 3}", "[" * 500, "[1, 2"])
def test_text_that_only_looks_like_a_list_is_text(tmp_path: Path, value: str) -> None:
    row = {"instruction": value, "output": "b"}
    assert one(tmp_path, row).turns[0] == Turn("user", value)
    with pytest.raises(Problem, match="data-no-usable-rows"):
        loaded(tmp_path, {"messages": value})


def test_an_object_with_a_role_is_a_value_and_no_message(tmp_path: Path) -> None:
    for output in ({"role": "经理", "name": "张"}, [{"role": "经理", "content": "x"}], {"role": "user"}):
        example = one(tmp_path, {"instruction": "抽取", "output": output})
        assert example.turns == (
            Turn("user", "抽取"),
            Turn("assistant", json.dumps(output, ensure_ascii=False)),
        )


def test_a_dialogue_that_is_only_quoted_is_a_question(tmp_path: Path) -> None:
    quoted = "Human: 你好\nAssistant: 您好\n请概括以上对话"
    assert one(tmp_path, {"instruction": quoted, "output": "问好"}).turns[0] == Turn("user", quoted)


def test_messages_in_a_table_are_read(tmp_path: Path) -> None:
    row = {"prompt": str(MESSAGES[:1]), "completion": json.dumps(MESSAGES[1:])}
    assert one(tmp_path, row).turns == (ASKED, TOLD)


def test_a_text_beside_a_column_called_data_is_the_text(tmp_path: Path) -> None:
    dataset = loaded(tmp_path, {"data": "2020", "text": "一段文字"})
    assert (dataset.format, dataset.unused) == ("text", ("data",))


def test_columns_that_are_named_are_what_they_are_named(tmp_path: Path) -> None:
    loaded(tmp_path, {"system": "问", "history": "答", "text": "x"})
    dataset = load_dataset(tmp_path / "rows.jsonl", columns=("system", "history"), minimum=1)
    assert dataset.examples[0].turns == (Turn("user", "问"), Turn("assistant", "答"))
