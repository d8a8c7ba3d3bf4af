"""What a trial trains on: turns of a dialogue, of which the assistant's are the targets."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

Role = Literal["system", "user", "assistant"]


@dataclass(frozen=True)
class Turn:
    """One message; the assistant's text is what is trained on and scored."""

    role: Role
    text: str


@dataclass(frozen=True)
class Example:
    """One row. `number` is its place in the file, from 1; `cut` tells that its last answer was shortened;
    `database` is the one its SQL is about.

    A plain text is an example of a single assistant turn.
    """

    turns: tuple[Turn, ...]
    number: int
    cut: bool = False
    database: str = ""

    @cached_property
    def id(self) -> str:
        """Twelve hex digits of a SHA-256 over the turns: the same content, the same id."""
        content = json.dumps([[turn.role, turn.text] for turn in self.turns], ensure_ascii=False)
        return hashlib.sha256(content.encode()).hexdigest()[:12]

    @property
    def prompt(self) -> str:
        """Everything before the last answer."""
        return "\n".join(turn.text for turn in self.turns[:-1])

    @property
    def target(self) -> str:
        """The last answer."""
        return self.turns[-1].text

    @property
    def target_bytes(self) -> int:
        """UTF-8 bytes of all answers: what nats are divided by."""
        return sum(len(turn.text.encode("utf-8")) for turn in self.turns if turn.role == "assistant")


def single(prompt: str, target: str, number: int, system: str = "") -> Example:
    """One question and its answer, the answer without outer white space (which templates strip too)."""
    turns = (Turn("user", prompt), Turn("assistant", target.strip()))
    return Example((Turn("system", system), *turns) if system else turns, number)


def clip(example: Example, max_chars: int) -> Example:
    """The example within `max_chars` characters, so that every model reads and answers the same text.

    The last answer keeps up to three quarters of the room; then the latest turns before it are kept, the
    earliest of them from its end. An example without a prompt keeps its beginning.
    """
    if sum(len(turn.text) for turn in example.turns) <= max_chars:
        return example
    prompt_chars = len(example.prompt)
    room = max(max_chars - prompt_chars, max_chars * 3 // 4)
    answer = example.target[:room]
    left = max_chars - len(answer)
    kept: list[Turn] = []
    for turn in reversed(example.turns[:-1]):
        if left <= 0:
            break
        text = turn.text[-left:]
        whole = len(text) == len(turn.text)
        if whole or turn.role != "assistant":
            kept.insert(0, Turn(turn.role, text))
        left -= len(text)
    while kept and kept[0].role == "assistant":
        kept.pop(0)
    turns = (*kept, Turn("assistant", answer))
    cut = len(answer) < len(example.target)
    return Example(turns, example.number, cut, example.database)


def content_sha256(examples: Sequence[Example]) -> str:
    """One hash of several examples, in their order."""
    return hashlib.sha256(" ".join(example.id for example in examples).encode()).hexdigest()
