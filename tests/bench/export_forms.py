"""Small data in the forms that people have, one file each: what exports are tried on."""

import csv
import io
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

COUNT = 24
Form = Callable[[int], dict[str, Any]]


def _q(n: int) -> str:
    return f"第{n}个问题：{n} 加一是多少？ How much is {n} + 1?"


def _a(n: int) -> str:
    return f"答案是 {n + 1}。\n\nThat is {n + 1}."


def _role(kind: str, text: str) -> dict[str, str]:
    return {"role": kind, "content": text}


def _said(kind: str, text: str) -> dict[str, str]:
    return {"from": kind, "value": text}


def _call(n: int) -> dict[str, Any]:
    arguments = json.dumps({"n": n})
    return {"id": "c", "type": "function", "function": {"name": "add", "arguments": arguments}}


def _rounds(n: int) -> list[tuple[str, str]]:
    return [(_q(n), _a(n)), ("不对", f"对，是 {n + 2}。"), ("谢谢 :)", "“不客气”。")]


def _turns(n: int, asks: str, answers: str) -> list[tuple[str, str]]:
    return [turn for asked, answer in _rounds(n) for turn in ((asks, asked), (answers, answer))]


ROWS: Mapping[str, Form] = {
    "alpaca": lambda n: {"instruction": _q(n), "input": "", "output": _a(n)},
    "alpaca-input": lambda n: {"instruction": "回答问题。", "input": _q(n), "output": _a(n)},
    "alpaca-history": lambda n: {
        "system": "你是算术老师。",
        "instruction": "再说一遍",
        "input": "",
        "output": _a(n),
        "history": [list(pair) for pair in _rounds(n)],
    },
    "sharegpt": lambda n: {"conversations": [_said("human", _q(n)), _said("gpt", _a(n))]},
    "sharegpt-rounds": lambda n: {
        "conversations": [
            _said("system", "简短作答。"),
            *(_said(who, text) for who, text in _turns(n, "human", "gpt")),
        ]
    },
    "belle": lambda n: {"conversations": [_said("human", _q(n)), _said("assistant", _a(n))]},
    "roles-in-conversations": lambda n: {
        "conversations": [_role(who, text) for who, text in _turns(n, "user", "assistant")]
    },
    "messages": lambda n: {"messages": [_role("user", _q(n)), _role("assistant", _a(n))]},
    "messages-rounds": lambda n: {
        "messages": [
            _role("system", "You are terse."),
            *(_role(who, text) for who, text in _turns(n, "user", "assistant")),
        ]
    },
    "adgen": lambda n: {"content": f"类型#裤*编号#{n}*颜色#黑", "summary": f"这条 {n} 号裤子，黑色显瘦。"},
    "prompt-completion": lambda n: {"prompt": _q(n), "completion": _a(n)},
    "question-sql": lambda n: {
        "question": f"How many singers are older than {n}?",
        "context": "CREATE TABLE singer (age INT)",
        "sql": f"SELECT count(*) FROM singer WHERE age > {n}",
    },
    "firefly": lambda n: {"kind": "QA", "input": _q(n), "target": _a(n)},
    "firefly-rounds": lambda n: {
        "conversation": [{"human": asked, "assistant": answered} for asked, answered in _rounds(n)]
    },
    "xtuner": lambda n: {
        "conversation": [
            {"system": "简短作答。", "input": _q(n), "output": _a(n)},
            {"input": "再来", "output": "好。"},
        ]
    },
    "moss": lambda n: {
        "meta_instruction": "你是助手。",
        "chat": {"turn_1": {"Human": f"<|Human|>: {_q(n)}<eoh>\n", "MOSS": f"<|MOSS|>: {_a(n)}<eom>\n"}},
    },
    "swift": lambda n: {
        "system": "你是助手。",
        "query": _q(n),
        "response": _a(n),
        "history": [["早", "好"]],
    },
    "messages-as-text": lambda n: {
        "messages": json.dumps([_role("user", _q(n)), _role("assistant", _a(n))], ensure_ascii=False)
    },
    "messages-weight": lambda n: {
        "messages": [
            _role("user", _q(n)),
            {**_role("assistant", "不知道"), "weight": 0},
            _role("user", "不对"),
            {**_role("assistant", _a(n)), "weight": 1},
        ]
    },
    "messages-thoughts": lambda n: {
        "messages": [
            _role("user", _q(n)),
            _role("assistant", f"<think>\n{n} + 1\n</think>\n\n{_a(n)}"),
            _role("user", "确定吗？"),
            {**_role("assistant", f"确定，{n + 1}。"), "reasoning_content": "再算一遍"},
        ]
    },
    "messages-tools": lambda n: {
        "messages": [
            _role("user", _q(n)),
            {"role": "assistant", "content": None, "tool_calls": [_call(n)]},
            {"role": "tool", "tool_call_id": "c", "content": str(n + 1)},
            _role("assistant", _a(n)),
        ],
        "tools": [{"type": "function", "function": {"name": "add", "parameters": {"type": "object"}}}],
    },
    "function-call": lambda n: {
        "conversations": [
            _said("human", _q(n)),
            _said("function_call", json.dumps({"name": "add", "arguments": {"n": n}})),
            _said("observation", str(n + 1)),
            _said("gpt", _a(n)),
        ],
        "tools": json.dumps([{"name": "add"}]),
    },
    "conversational-completion": lambda n: {
        "prompt": [_role("user", _q(n))],
        "completion": [_role("assistant", _a(n))],
    },
    "preference": lambda n: {"prompt": _q(n), "chosen": _a(n), "rejected": "不告诉你。"},
    "options": lambda n: {"question": _q(n), "A": str(n), "B": str(n + 1), "answer": "B"},
    "text": lambda n: {"text": f"第{n}回。话说天下大势，分久必合，合久必分。\nChapter {n}."},
}


def write(name: str, folder: Path) -> Path:
    """The form's file: JSON lines, but `lines`, `paragraphs` and `csv`, which are named by their ending."""
    folder.mkdir(parents=True, exist_ok=True)
    numbers = range(1, COUNT + 1)
    if name == "lines":
        path, text = folder / "lines.txt", "".join(f"第{n}段：天地玄黄，宇宙洪荒，{n}。\n" for n in numbers)
    elif name == "paragraphs":
        path, text = folder / "paragraphs.md", "\n\n".join(f"第{n}段：\n日月盈昃 {n}。" for n in numbers)
    elif name == "csv":
        stream = io.StringIO()
        table = csv.writer(stream, delimiter=";")
        table.writerows([("instruction", "output"), *((_q(n), _a(n)) for n in numbers)])
        path, text = folder / "csv.csv", stream.getvalue()
    else:
        lines = (json.dumps(ROWS[name](n), ensure_ascii=False) for n in numbers)
        path, text = folder / f"{name}.jsonl", "\n".join(lines) + "\n"
    path.write_text(text, encoding="utf-8")
    return path


FORMS = (*ROWS, "lines", "paragraphs", "csv")
