"""What a trial trains on: turns of a dialogue, of which the assistant's are the targets."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Literal

from probes.templates.places import Message, spoken

Role = Literal["system", "user", "assistant", "tool"]


@dataclass(frozen=True)
class Call:
    """A function that an answer calls. `arguments` is JSON text; `id` is what its result names."""

    name: str
    arguments: str = "{}"
    id: str = ""

    @property
    def written(self) -> str:
        """The call as one line of JSON."""
        name = json.dumps(self.name, ensure_ascii=False)
        return f'{{"name": {name}, "arguments": {self.arguments}}}'


@dataclass(frozen=True)
class Turn:
    """One message. An assistant's is trained on and scored, unless `trained` says it is only read.

    `reasoning` is what was thought before the answer, `calls` what the answer calls. A tool's turn is a
    result: `name` is the tool's, `call_id` that of the call. `document` is where in a question's text, from
    start to end, stands what it is about.
    """

    role: Role
    text: str
    trained: bool = True
    reasoning: str = ""
    calls: tuple[Call, ...] = ()
    name: str = ""
    call_id: str = ""
    document: tuple[int, int] | None = field(default=None, compare=False)

    @property
    def is_target(self) -> bool:
        """Whether it is an answer that is trained on and scored."""
        return self.role == "assistant" and self.trained

    @property
    def written(self) -> str:
        """All of it as plain text, for a layout that has no place of its own for thoughts and calls."""
        if not (self.reasoning or self.calls):
            return self.text
        thought = f"<think>\n{self.reasoning}\n</think>\n\n" if self.reasoning else ""
        said = "\n".join(part for part in (self.text, *(call.written for call in self.calls)) if part)
        return thought + said

    @property
    def unthought(self) -> "Turn":
        """The same without what was thought before the answer, in a field or between `<think>` marks."""
        return replace(self, text=spoken(self.text), reasoning="")

    def message(self) -> Message:
        """`role` and `content`; where there are any, `reasoning_content`, `tool_calls` (OpenAI's, but the
        arguments as an object, as templates read them), a tool's `name` and `tool_call_id`.
        """
        found: Message = {"role": self.role, "content": self.text}
        if self.reasoning:
            found["reasoning_content"] = self.reasoning
        if self.calls:
            found["tool_calls"] = [_called(call) for call in self.calls]
        if self.name:
            found["name"] = self.name
        if self.call_id:
            found["tool_call_id"] = self.call_id
        return found


def _called(call: Call) -> dict[str, Any]:
    function = {"name": call.name, "arguments": json.loads(call.arguments)}
    return {"type": "function", "function": function} | ({"id": call.id} if call.id else {})


@dataclass(frozen=True)
class Example:
    """One row. `number` is its place in the file, from 1; `cut` tells that its last answer was shortened;
    `lost` characters of it were cut out; `database` is the one its SQL is about; `tools` the functions that
    may be called, as a JSON list.

    The last turn is an answer that is trained on. A plain text is an example of that turn alone.
    """

    turns: tuple[Turn, ...]
    number: int
    cut: bool = False
    database: str = ""
    tools: str = ""
    lost: int = 0

    @cached_property
    def id(self) -> str:
        """Twelve hex digits of a SHA-256 over the turns and tools: the same content, the same id."""
        content = json.dumps([_content(turn) for turn in self.turns], ensure_ascii=False) + self.tools
        return hashlib.sha256(content.encode()).hexdigest()[:12]

    @property
    def prompt(self) -> str:
        """Everything before the last answer."""
        return "\n".join(turn.written for turn in self.turns[:-1])

    @property
    def target(self) -> str:
        """The last answer."""
        return self.turns[-1].written

    @property
    def target_bytes(self) -> int:
        """UTF-8 bytes of all answers that are trained on: what nats are divided by."""
        return sum(len(turn.written.encode("utf-8")) for turn in self.turns if turn.is_target)

    def messages(self) -> list[Message]:
        """The turns as a chat template takes them."""
        return [turn.message() for turn in self.turns]

    def tool_list(self) -> list[Any]:
        """The functions that may be called, as a chat template takes them."""
        found = json.loads(self.tools) if self.tools else []
        return found if isinstance(found, list) else [found]


def _content(turn: Turn) -> list[Any]:
    """What makes two turns the same: role and text, and whatever else one has."""
    more: dict[str, Any] = {name: getattr(turn, name) for name in ("reasoning", "name", "call_id")}
    more |= {"calls": [vars(call) for call in turn.calls], "untrained": not turn.trained}
    more = {name: value for name, value in more.items() if value}
    return [turn.role, turn.text, more] if more else [turn.role, turn.text]


def single(prompt: str, target: str, number: int, system: str = "") -> Example:
    """One question and its answer, the answer without outer white space (which templates strip too)."""
    turns = (Turn("user", prompt), Turn("assistant", target.strip()))
    return Example((Turn("system", system), *turns) if system else turns, number)


def question_of(parts: Sequence[str], documents: Sequence[str]) -> Turn:
    """One question of several parts, a line each; the longest of `documents` is what may be cut."""
    present = [part for part in parts if part.strip()]
    document = max((part for part in documents if part.strip()), key=len, default=None)
    if document is None or len(present) < 2:
        return Turn("user", "\n".join(present))
    before = present[: present.index(document)]
    start = sum(len(part) + 1 for part in before)
    return Turn("user", "\n".join(present), document=(start, start + len(document)))


def content_sha256(examples: Sequence[Example]) -> str:
    """One hash of several examples, in their order."""
    return hashlib.sha256(" ".join(example.id for example in examples).encode()).hexdigest()
