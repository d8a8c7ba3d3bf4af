"""Which of the usual layouts of instruction data a file has, and a row of each as an Example."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from catalog.problem import Problem
from probes.dataset.examples import Example, Role, Turn, single

_ROLES: Mapping[str, Role] = {
    "system": "system",
    "human": "user",
    "user": "user",
    "prompter": "user",
    "gpt": "assistant",
    "assistant": "assistant",
    "bot": "assistant",
    "chatgpt": "assistant",
    "model": "assistant",
}
_SCHEMA_COLUMNS = ("schema", "context", "create_table", "input")


class RowError(Exception):
    """A row that does not hold what its format asks for; `reason` is a code."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


Convert = Callable[[Mapping[str, Any], int], Example]


@dataclass(frozen=True)
class Format:
    """A layout: `needs` are the columns that tell it, each given by its alternatives."""

    name: str
    needs: tuple[tuple[str, ...], ...]
    convert: Convert

    def reads(self, columns: Iterable[str]) -> bool:
        """Whether rows with these columns can be read so."""
        there = set(columns)
        return all(any(name in there for name in alternatives) for alternatives in self.needs)

    def columns(self, there: Sequence[str]) -> tuple[str, ...] | None:
        """The columns of question and answer, then that of a schema before the question, among `there`."""
        if len(self.needs) != 2:
            return None
        named = [next(name for name in alternatives if name in there) for alternatives in self.needs]
        schema = [name for name in _SCHEMA_COLUMNS if name in there and self.name == "question-sql"]
        return (*named, *schema[:1])


def field(row: Mapping[str, Any], *names: str) -> str:
    """The text of the first of `names` that the row has; RowError if none has any."""
    for name in names:
        value = row.get(name)
        if value is not None and not isinstance(value, (list, dict)):
            text = str(value)
            if text.strip():
                return text
            raise RowError("empty-" + name)
    raise RowError("no-" + names[0])


def _optional(row: Mapping[str, Any], *names: str) -> str:
    return next(
        (str(row[name]) for name in names if isinstance(row.get(name), str) and row[name].strip()), ""
    )


def _pair(prompts: tuple[str, ...], targets: tuple[str, ...]) -> Convert:
    def convert(row: Mapping[str, Any], number: int) -> Example:
        return single(field(row, *prompts), field(row, *targets), number)

    return convert


def _alpaca(row: Mapping[str, Any], number: int) -> Example:
    instruction = field(row, "instruction")
    more = _optional(row, "input")
    prompt = f"{instruction}\n{more}" if more else instruction
    answer = field(row, "output", "response")
    history = row.get("history") or []
    turns: list[Turn] = []
    for past in history if isinstance(history, list) else []:
        if not isinstance(past, list) or len(past) != 2:
            raise RowError("history-not-pairs")
        turns += [Turn("user", str(past[0])), Turn("assistant", str(past[1]).strip())]
    example = single(prompt, answer, number, _optional(row, "system"))
    return Example((*example.turns[:-2], *turns, *example.turns[-2:]), number)


def _question_sql(row: Mapping[str, Any], number: int) -> Example:
    schema = _optional(row, *_SCHEMA_COLUMNS)
    question = field(row, "question")
    prompt = f"{schema}\n{question}" if schema else question
    example = single(prompt, field(row, "sql", "SQL", "query"), number)
    return replace(example, database=_optional(row, "db_id", "database"))


def _chat(column: str) -> Convert:
    def convert(row: Mapping[str, Any], number: int) -> Example:
        messages = row.get(column)
        if not isinstance(messages, list) or not messages:
            raise RowError("no-" + column)
        turns = [_turn(message) for message in messages]
        while turns and turns[-1].role != "assistant":
            turns.pop()
        if not turns:
            raise RowError("no-answer")
        if len(turns) == 1 or all(turn.role == "assistant" for turn in turns):
            raise RowError("no-question")
        return Example(tuple(turns), number)

    return convert


def _turn(message: Any) -> Turn:
    if not isinstance(message, dict):
        raise RowError("message-not-object")
    role = _ROLES.get(str(message.get("role", message.get("from"))).lower())
    if role is None:
        raise RowError("role-unknown")
    text = _content(message.get("content", message.get("value")))
    if role != "assistant":
        return Turn(role, text)
    if not text.strip():
        raise RowError("empty-answer")
    return Turn(role, text.strip())


def _content(content: Any) -> str:
    """A string, or a list of parts whose text parts are joined; anything else cannot be trained on."""
    if isinstance(content, str):
        return content
    if not isinstance(content, list):
        raise RowError("content-not-text")
    parts = []
    for part in content:
        if isinstance(part, str):
            parts.append(part)
        elif isinstance(part, dict) and part.get("type", "text") == "text":
            parts.append(str(part.get("text", part.get("value", ""))))
        else:
            raise RowError("content-not-text")
    return "".join(parts)


def _text(row: Mapping[str, Any], number: int) -> Example:
    return Example((Turn("assistant", field(row, "text").strip()),), number)


FORMATS: Mapping[str, Format] = {
    form.name: form
    for form in (
        Format("messages", (("messages",),), _chat("messages")),
        Format("sharegpt", (("conversations",),), _chat("conversations")),
        Format("alpaca", (("instruction",), ("output", "response")), _alpaca),
        Format(
            "prompt-completion",
            (("prompt",), ("completion", "response")),
            _pair(("prompt",), ("completion", "response")),
        ),
        Format("question-sql", (("question",), ("sql", "SQL", "query")), _question_sql),
        Format("question-answer", (("question",), ("answer",)), _pair(("question",), ("answer",))),
        Format("adgen", (("content",), ("summary",)), _pair(("content",), ("summary",))),
        Format("text", (("text",),), _text),
    )
}
"""Formats by name. `columns` is chosen by naming two columns."""


def columns_format(prompt: str, target: str) -> Format:
    """The format in which the person has named both columns."""
    return Format("columns", ((prompt,), (target,)), _pair((prompt,), (target,)))


def recognise(path: str, columns: tuple[str, ...]) -> Format:
    """The only format that reads these columns.

    Problems: data-format-ambiguous (several do), data-columns-unnamed (none does).
    """
    found = [form for form in FORMATS.values() if form.reads(columns)]
    if len(found) > 1:  # a text column beside an instruction is the same row written out
        found = [form for form in found if form.name != "text"]
    if len(found) == 1:
        return found[0]
    names = ", ".join(columns[:12])
    if found:
        readings = ", ".join(form.name for form in found)
        raise Problem("data-format-ambiguous", path=path, readings=readings, first=found[0].name)
    raise Problem("data-columns-unnamed", path=path, columns=names)


def choose(path: str, columns: tuple[str, ...], name: str | None, pair: tuple[str, str] | None) -> Format:
    """The format by name, by two named columns, or recognised.

    Problems: data-format-unknown, data-format-not-here, data-column-missing, and those of `recognise`.
    """
    if pair is not None:
        for column in pair:
            if column not in columns:
                raise Problem(
                    "data-column-missing", path=path, column=column, columns=", ".join(columns[:12])
                )
        return columns_format(*pair)
    if name is None:
        return recognise(path, columns)
    if name not in FORMATS:
        raise Problem("data-format-unknown", format=name, known=", ".join(FORMATS))
    form = FORMATS[name]
    if not form.reads(columns):
        needs = ", ".join(" / ".join(alternatives) for alternatives in form.needs)
        raise Problem("data-format-not-here", path=path, format=name, needs=needs)
    return form
