"""Where the texts of a dialogue's messages lie in what a chat template makes of it.

A character of its own stands at both ends of each message's text, and before its thoughts; in a second
render they tell the places.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

Message = dict[str, Any]
"""A turn as chat templates and trainers take it: `role`, `content`, and `reasoning_content`, `tool_calls`,
`name`, `tool_call_id` where there are any.
"""
RESERVED = re.compile("[\U000f0000-\U000ffffd]")
"""The characters that tell places: text that holds any of them tells none."""
MOST_MESSAGES = 20_000
THINKING = re.compile(r"(\s*<think>\s*)(.*)(</think>\s*)", re.DOTALL)
"""What an answer may begin with: the thoughts are its second group."""
_FIRST = 0xF0000
_START, _END, _THOUGHT = range(3)
_KINDS = 3


@dataclass(frozen=True)
class Place:
    """Where a message's own text lies, None where it has none; `thought` likewise of what was thought."""

    start: int | None = None
    end: int | None = None
    thought: int | None = None


def spoken(text: str) -> str:
    """An answer without the thoughts that are written before it between `<think>` and `</think>`."""
    found = THINKING.match(text)
    return text[found.end() :] if found else text


def _split(message: Message) -> tuple[str, str, str]:
    """(before, own text, after): around it is white space, before an answer its written thoughts too."""
    content = message["content"]
    own = spoken(content) if message["role"] == "assistant" else content
    core = own.strip()
    if not core:
        return content, "", ""
    before = len(content) - len(own) + own.index(core)
    return content[:before], core, content[before + len(core) :]


def own_text(message: Message) -> str:
    """What a message says: without white space around it, an answer without its thoughts."""
    return _split(message)[1]


def thoughts_of(message: Message) -> str:
    """What was thought before an answer, as a field of its own or between `<think>` and `</think>`."""
    found = THINKING.match(message["content"])
    return str(message.get("reasoning_content") or "").strip() or (found[2].strip() if found else "")


def with_characters(messages: Sequence[Message], everywhere: bool) -> list[Message]:
    """With a character at the ends of each message's text and before its thoughts, or in answers alone."""
    found = []
    for index, message in enumerate(messages):
        start, end, thought = (chr(_FIRST + _KINDS * index + kind) for kind in (_START, _END, _THOUGHT))
        before, core, after = _split(message)
        if message["role"] == "assistant":
            written = THINKING.match(before)
            if written and written[2].strip():
                at = written.end(1)
                before = before[:at] + thought + before[at:]
            reasoning = message.get("reasoning_content")
            if reasoning and reasoning.strip():
                message = message | {"reasoning_content": thought + reasoning}
        elif not everywhere:
            found.append(message)
            continue
        own = start + core + end if core else ""
        found.append(message | {"content": before + own + after})
    return found


def places_in(text: str, count: int) -> list[Place]:
    """The places that the characters tell, in the text without them."""
    places: dict[int, int] = {}
    for number, match in enumerate(RESERVED.finditer(text)):
        code = ord(match[0]) - _FIRST
        if code in places:  # a template that says a message twice
            places[code] = -1
        else:
            places[code] = match.start() - number
    known = {code: at for code, at in places.items() if at >= 0}
    return [
        Place(*(known.get(_KINDS * index + kind) for kind in (_START, _END, _THOUGHT)))
        for index in range(count)
    ]
