"""Dialogues as they are written: messages with roles, rounds of question and answer, text with marks."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from probes.dataset.examples import Call, Role, Turn
from probes.dataset.forms.cells import Cells, Notes, RowError, as_json, as_text, is_empty, unpacked

_ROLE_WORDS: Mapping[Role, str] = {
    "system": "system developer",
    "user": "user human prompter question 用户 问",
    "assistant": "assistant gpt bot chatgpt model moss bing bard ai chatbot answer 助手 答",
    "tool": "tool observation function function_response tool_response ipython",
}
_ROLES = {word: role for role, words in _ROLE_WORDS.items() for word in words.split()}
_CALLING = ("function_call", "tool_call")
"""Roles of an answer that is a call."""
ROLE, CONTENT = ("role", "from", "speaker"), ("content", "value", "text")
_REASONING = ("reasoning_content", "reasoning", "thinking")
_WEIGHT = ("weight", "loss", "train", "output_with_loss")
"""What is 0 or false where an answer is only read."""
_OFFERED = ("tools",)
"""Functions that GLM-4's system message offers."""
_QUESTION = ("human", "user", "question", "prompt", "query", "input", "instruction")
_ANSWER = ("assistant", "moss", "gpt", "bot", "answer", "response", "output")
_DONE = ("tool",)
"""What ms-swift's round of a call's result has in place of a question."""
_THOUGHTS, _COMMANDS, _RESULTS = ("inner thoughts",), ("commands",), ("tool responses",)
_MOSS = re.compile(r"^\s*<\|[^|<>]{1,30}\|>:|(?:<eo[a-z]>|<\|endoftext\|>)\s*$")
_MARKED = re.compile(
    r"(?:^|\n|<eo[a-z]>)[ \t]*\[?(Human|Assistant|MOSS|User|Function Response)\]?[:：][ \t]*",
    re.IGNORECASE,
)
"""Whose turn begins, in text (Anthropic's pairs, BELLE's multi-turn instructions, MOSS 002, Glaive)."""
_OPEN = re.compile(r"(?:Assistant|MOSS)\]?[:：]\s*$", re.IGNORECASE)


def turns_of(value: Any, where: str, notes: Notes) -> list[Turn]:
    """The turns of a dialogue in any of these forms, also where it was written as text.

    `where` is its column.
    RowError role-unknown, content-not-text, call-unreadable, message-not-object, not-pairs, round-empty.
    """
    value = unpacked(value)
    if isinstance(value, str) and (turns := marked(value)):
        return turns
    if isinstance(value, dict):
        value = [value] if _is_message(value) else _rounds_in_order(value)
    if not isinstance(value, list | tuple):
        raise RowError("message-not-object", value)
    if all(isinstance(one, str) for one in value):
        return [Turn("assistant" if place % 2 else "user", one) for place, one in enumerate(value)]
    turns = []
    for one in value:
        for turn in _turns(one, where, notes):
            _append(turns, turn)
    return turns


def dialogue_in(value: Any) -> Any:
    """The messages that a question or an answer is made of; None for a value of its own, such as an object
    that happens to have a role.
    """
    if isinstance(value, str) and value.lstrip()[:1] == "[":
        value = unpacked(value)
    parts = [value] if isinstance(value, dict) else value
    return value if isinstance(parts, list) and parts and all(map(_is_plainly_a_message, parts)) else None


def _is_plainly_a_message(value: Any) -> bool:
    if not _is_message(value):
        return False
    words = [str(value[name]).strip().casefold() for name in ROLE if name in value]
    said = any(name in value for name in (*CONTENT, "tool_calls", "function_call"))
    return said and all(word in _ROLES or word in _CALLING for word in words)


def _is_message(value: Any) -> bool:
    return isinstance(value, dict) and any(not is_empty(value.get(name)) for name in ROLE)


def _rounds_in_order(value: Mapping[str, Any]) -> list[Any]:
    """MOSS writes its rounds as `turn_1`, `turn_2`, ..."""
    numbered = {name: re.search(r"\d{1,9}$", name) for name in value}
    if not all(numbered.values()):
        return [value]
    return [value[name] for name in sorted(value, key=lambda name: int(numbered[name][0]))]  # type: ignore[index]


def opened(text: str) -> list[Turn]:
    """The turns of a question that ends with the mark of an open answer, as BELLE writes earlier rounds."""
    return marked(text) if _OPEN.search(text) else []


def marked(text: str) -> list[Turn]:
    """The turns of a text in which marks tell whose turn begins; none where it does not begin with one."""
    marks = list(_MARKED.finditer(text))
    if not marks or text[: marks[0].start()].strip():
        return []
    ends = [mark.start() for mark in marks[1:]] + [len(text)]
    turns = []
    for mark, end in zip(marks, ends, strict=True):
        said = _MOSS.sub("", text[mark.end() : end]).strip()
        turns.append(Turn(_ROLES[mark[1].lower().replace(" ", "_")], said))
    answers = any(turn.role == "assistant" for turn in turns)
    if turns[-1] == Turn("assistant", ""):  # an open answer, which another column gives
        turns.pop()
    return turns if answers and turns[0].role == "user" else []


def _append(turns: list[Turn], turn: Turn) -> None:
    """A call that follows its answer's words, or another call, belongs to the same answer."""
    last = turns[-1] if turns else None
    if turn.calls and not (turn.text or turn.reasoning) and last and last.role == "assistant":
        turns[-1] = replace(last, calls=last.calls + turn.calls, trained=last.trained and turn.trained)
    else:
        turns.append(turn)


def _turns(value: Any, where: str, notes: Notes) -> list[Turn]:
    """Of one message or one round."""
    if isinstance(value, list | tuple):
        if len(value) != 2:
            raise RowError("not-pairs", as_text(list(value)))
        asked, told = value
        return [Turn("user", as_text(asked)), Turn("assistant", as_text(told))]
    if not isinstance(value, dict):
        raise RowError("message-not-object", value)
    inner = Notes()
    cells = Cells(value, inner)
    turns = _message(cells) if _is_message(value) else _round(cells)
    for name, one in value.items():
        if name not in inner.used and not is_empty(one):
            notes.unread[f"{where}.{name}"] = None
    return turns


def _message(cells: Cells) -> list[Turn]:
    word = as_text(cells.take(ROLE)[1]).strip()
    role = _ROLES.get(word.casefold())
    if word.casefold() in _CALLING:
        return [_calling(cells)]
    if role is None:
        raise RowError("role-unknown", word)
    if role == "tool" and not is_empty(cells.row.get("parameters")):
        return _called_and_done(cells)
    text, thought = _content(cells.take(CONTENT)[1], role)
    if role == "tool":
        return [Turn(role, text, name=cells.text(("name",)), call_id=cells.text(("tool_call_id",)))]
    if role != "assistant":
        cells.take(_OFFERED)
        return [Turn(role, text)]
    thought = thought or cells.text(_REASONING)
    return [Turn(role, text, trained=_trained(cells), reasoning=thought, calls=_calls(cells))]


def _round(cells: Cells) -> list[Turn]:
    """A question and its answer, a system message before, MOSS's thoughts and commands between them."""
    system, asked = cells.text(("system",)), _unmarked(cells.text(_QUESTION))
    thought, command = _unmarked(cells.text(_THOUGHTS)), _unmarked(cells.text(_COMMANDS))
    result, told = _unmarked(cells.text(_RESULTS)), _unmarked(cells.text(_ANSWER))
    trained = _trained(cells)
    done = cells.text(_DONE)
    if not (asked or told or done):
        raise RowError("round-empty", list(cells.row))
    turns = [Turn("system", system)] if system else []
    turns += [Turn("user", asked)] if asked else []
    turns += [Turn("tool", done)] if done else []
    if command:
        turns += [Turn("assistant", command, trained, thought), Turn("tool", result)]
        thought = ""
    return turns + ([Turn("assistant", told, trained, thought)] if told else [])


def _unmarked(text: str) -> str:
    """Without the marks that MOSS puts around each part; `None` between them is nothing."""
    found, marks = _MOSS.subn("", text)
    if not marks:
        return text
    return "" if found.strip() == "None" else found.strip()


def _trained(cells: Cells) -> bool:
    weight = cells.take(_WEIGHT)[1]
    said = str(weight).strip().casefold()
    return weight is None or said not in ("0", "0.0", "false")


def _content(content: Any, role: Role) -> tuple[str, str]:
    """Its text and its thoughts. Parts of a list are joined; other than text cannot be trained on."""
    if isinstance(content, dict) and role != "tool":
        content = [content]
    if not isinstance(content, list) or (role == "tool" and not all(map(_is_text_part, content))):
        return as_text(content), ""
    texts, thoughts = [], []
    for part in content:
        if isinstance(part, str):
            texts.append(part)
        elif _is_text_part(part):
            texts.append(as_text(part.get("text", part.get("value"))))
        elif isinstance(part, dict) and part.get("type") == "thinking":
            thoughts.append(as_text(part.get("thinking")))
        else:
            raise RowError("content-not-text", part.get("type", part) if isinstance(part, dict) else part)
    return "".join(texts), "".join(thoughts)


def _is_text_part(part: Any) -> bool:
    if isinstance(part, dict):
        return part.get("type", "text") == "text" and ("text" in part or "value" in part)
    return isinstance(part, str)


def _calls(cells: Cells) -> tuple[Call, ...]:
    """OpenAI's `tool_calls`, or the older `function_call`."""
    found = unpacked(cells.take(("tool_calls", "function_call"))[1])
    return calls_of(found if isinstance(found, list) else [found] if found else [])


def calls_of(values: Sequence[Any]) -> tuple[Call, ...]:
    """Calls as OpenAI or as LLaMA-Factory writes them. RowError call-unreadable."""
    calls = []
    for value in values:
        inner = value.get("function") if isinstance(value, dict) else None
        about = inner if isinstance(inner, dict) else value
        if not isinstance(about, dict) or not isinstance(about.get("name"), str):
            raise RowError("call-unreadable", value)
        given = about.get("arguments", about.get("parameters"))
        given = {} if is_empty(given) else unpacked(given)
        calls.append(Call(about["name"], as_json(given), as_text(value.get("id"))))
    return tuple(calls)


def _calling(cells: Cells) -> Turn:
    """A message that is a call; words where it is none that can be read."""
    said = unpacked(cells.take(CONTENT)[1])
    trained = _trained(cells)
    try:
        return Turn("assistant", "", trained, calls=calls_of(said if isinstance(said, list) else [said]))
    except RowError:
        return Turn("assistant", as_text(said), trained)


def _called_and_done(cells: Cells) -> list[Turn]:
    """ChatGLM3's `{"role": "tool", "name", "parameters", "observation"}`."""
    name, given = cells.text(("name",)), cells.take(("parameters",))[1]
    result = cells.text(("observation", *CONTENT))
    calls = calls_of([{"name": name, "arguments": given}])
    return [Turn("assistant", "", calls=calls), Turn("tool", result, name=name)]


def tools_in(dialogue: Any) -> list[Any]:
    """What its messages offer to be called."""
    messages = unpacked(dialogue)
    messages = messages if isinstance(messages, list) else []
    return [one[name] for one in messages if isinstance(one, dict) for name in _OFFERED if one.get(name)]


def tools_of(values: Iterable[Any]) -> str:
    """Functions that may be called as a JSON list in OpenAI's form; each value is one or a list of them."""
    tools = []
    for value in values:
        found = unpacked(value)
        for one in found if isinstance(found, list) else [found]:
            one = unpacked(one)
            if isinstance(one, dict) and "name" in one and "function" not in one:
                one = {"type": "function", "function": one}
            if not is_empty(one):
                tools.append(one)
    return as_text(tools)
