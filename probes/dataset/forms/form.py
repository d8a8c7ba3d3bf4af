"""One layout of rows: which columns hold what, and a row of it as an Example."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from probes.dataset.examples import Example, Turn, question_of
from probes.dataset.forms.cells import Cells, Notes, RowError, as_text, folded, is_empty, unpacked
from probes.dataset.forms.choices import first_number, has_options, letter_of, options_of, written
from probes.dataset.forms.dialogue import dialogue_in, marked, opened, tools_in, tools_of, turns_of

Names = tuple[str, ...]
Inner = Mapping[str, Iterable[str]]
"""Column -> the keys of what stands in it."""

SYSTEM: Names = ("system", "system_prompt", "meta_instruction", "系统提示")
HISTORY: Names = ("history",)
TOOLS: Names = ("tools", "functions")
REASONING: Names = ("reasoning_content", "complex_cot")
DATABASE: Names = ("db_id", "database")
CHOSEN: Names = ("chosen",)
REJECTED: Names = ("rejected", "rejected_response", "rejected_messages")
_TRUTH = {"true": True, "false": False}
_GOOD = {"kto_tag": _TRUTH | {"1": True, "0": False}, "label": _TRUTH}
"""Columns that say whether the answer is a good one, and their words; a number as `label` is a class."""
SEVERAL: Names = ("answers",)
"""Columns of right answers of which one is enough: the first is trained."""


@dataclass(frozen=True)
class Form:
    """A layout: its columns by what they hold, each by its names, of which the first that holds something
    is read. All forms may have a system prompt, earlier rounds, tools and preferences beside them.

    `question` and `answer`, or one `dialogue`; one of `inside` must be a key of the dialogue's parts (""
    for parts that are texts), and one of `beside` a column too. `before` stands before the question,
    `after` behind it; with `options` the answer is a letter, with `database` SQL about a database that the
    row names, with `alone` an answer without a question is a plain text. Rows that could also be read as
    one of `over` are read as this; a `last` form is for rows of no other.
    """

    name: str
    question: Names = ()
    answer: Names = ()
    dialogue: Names = ()
    inside: Names = ()
    before: Names = ()
    after: Names = ()
    beside: Names = ()
    options: bool = False
    database: bool = False
    alone: bool = False
    over: Names = ()
    last: bool = False

    @property
    def needs(self) -> tuple[Names, ...]:
        """The columns that tell it, each by its names."""
        if self.dialogue:
            return tuple(names for names in (self.dialogue, self.beside) if names)
        return tuple(names for names in (self.question, self.answer) if names)

    def reads(self, columns: Iterable[str], inner: Inner, chosen: bool = False) -> bool:
        """Whether rows with these columns, and these keys inside of them, can be read so.

        `chosen` takes a preferred answer for the answer, but for a letter or a query.
        """
        there = {folded(name) for name in columns}
        chosen = chosen and not (self.options or self.database)
        needs = [(*names, *CHOSEN) if chosen and names == self.answer else names for names in self.needs]
        if not all(any(name in there for name in names) for names in needs):
            return False
        if self.options and not has_options(columns):
            return False
        keys = {folded(key) for name in inner if folded(name) in self.dialogue for key in inner[name]}
        return not self.inside or any(key in keys for key in self.inside)

    def spare(self, names: Names) -> Names:
        """These names without those that are the question's or the answer's own."""
        return tuple(name for name in names if name not in (*self.question, *self.answer))

    def columns(self, there: Sequence[str]) -> Names | None:
        """The columns of question and answer, then that before the question, among `there`."""
        if not (self.question and self.answer):
            return None
        actual = {folded(name): name for name in reversed(there)}
        named = [
            next((actual[name] for name in names if name in actual), None)
            for names in (self.question, (*self.answer, *CHOSEN))
        ]
        before = [actual[name] for name in self.before if name in actual]
        return tuple(name for name in (*named, *before[:1]) if name)


def notes_of(form: Form, rows: Iterable[Mapping[str, Any]]) -> Notes:
    """What must be known of all rows before one is converted."""
    notes = Notes()
    if form.options:
        notes.base = first_number(_numbered(form, rows))
    return notes


def _numbered(form: Form, rows: Iterable[Mapping[str, Any]]) -> Iterator[tuple[Any, int]]:
    for row in rows:
        cells = Cells(row, Notes())
        try:
            yield cells.need(form.answer)[1], len(options_of(cells))
        except RowError:  # said when the row is converted
            continue


def convert(form: Form, row: Mapping[str, Any], number: int, notes: Notes) -> Example:
    """The row as an Example; what was found out goes into `notes`. RowError where it cannot be used."""
    cells = Cells(row, notes)
    if not (form.question or form.dialogue):
        return Example((Turn("assistant", as_text(cells.need(form.answer)[1]).strip()),), number)
    _leave_rejected(form, cells)
    tools = cells.take(form.spare(TOOLS))[1]
    offered = [] if tools is None else [tools]
    if form.dialogue:
        name, value = cells.need(form.dialogue)
        turns = turns_of(value, name, notes)
        offered = offered or tools_in(value)
    else:
        turns = _question(form, cells)
        turns += _answer(form, cells)
    turns = _preferred(cells, turns)
    earlier = cells.take(form.spare(HISTORY))[1]
    if earlier is not None:
        at = next((place for place, turn in enumerate(turns) if turn.role != "system"), 0)
        turns[at:at] = turns_of(earlier, HISTORY[0], notes)
    if system := cells.text(form.spare(SYSTEM)):
        turns.insert(0, Turn("system", system))
    database = cells.text(DATABASE) if form.database else ""
    return Example(finished(turns, form.alone), number, database=database, tools=tools_of(offered))


def _leave_rejected(form: Form, cells: Cells) -> None:
    """Count a rejected answer beside the chosen one. RowError rejected where the row's own answer is."""
    if cells.take(REJECTED)[0]:
        cells.notes.rejected += 1
    for name, words in _GOOD.items():
        _, said = cells.take(form.spare((name,)), partial(_is_one_of, tuple(words)))
        if said is not None and not words[_word(said)]:
            cells.notes.rejected += 1
            raise RowError("rejected")


def _word(value: Any) -> str:
    return as_text(value).strip().casefold()


def _is_one_of(words: Names, value: Any) -> bool:
    return _word(value) in words


def _question(form: Form, cells: Cells) -> list[Turn]:
    """What is asked, with what stands before it and behind it."""
    name, value = cells.need(form.question)
    messages = dialogue_in(value)
    if messages is not None:
        return turns_of(messages, name, cells.notes)
    if isinstance(value, str) and (turns := opened(value)):
        return turns
    options = written(options_of(cells)) if form.options else ""
    before = cells.text(other for other in form.before if other != name)
    after = cells.text(form.after)
    return [question_of((before, as_text(value), after, options), documents=(before, after))]


def _answer(form: Form, cells: Cells) -> list[Turn]:
    """The answer's turns; none where a chosen one takes their place."""
    if cells.take(CHOSEN)[0]:
        return []
    name, value = cells.need(form.answer)
    if form.options:
        return [Turn("assistant", letter_of(value, options_of(cells), cells.notes.base))]
    messages = dialogue_in(value)
    if messages is not None:
        return turns_of(messages, name, cells.notes)
    if name in SEVERAL:
        value = _first_of(value, name)
    return [Turn("assistant", as_text(value), reasoning=cells.text(REASONING))]


def _first_of(answers: Any, name: str) -> Any:
    """Of several right answers, or of SQuAD's `{"text": [...]}`. RowError where there is none."""
    answers = unpacked(answers)
    if isinstance(answers, dict):
        answers = answers.get("text")
    found = next(iter(answers), None) if isinstance(answers, list) else answers
    found = found.get("text") if isinstance(found, dict) else found
    if is_empty(found):
        raise RowError(f"empty-{name}")
    return found


def _preferred(cells: Cells, turns: list[Turn]) -> list[Turn]:
    """With the chosen answer where the row has one; a chosen dialogue is the whole of it."""
    name, value = cells.take(CHOSEN)
    if not name:
        return turns
    messages = dialogue_in(value)
    if messages is not None:
        chosen = turns_of(messages, name, cells.notes)
    else:
        chosen = (isinstance(value, str) and marked(value)) or [Turn("assistant", as_text(value))]
    if any(turn.role == "user" for turn in chosen):
        return chosen
    asked = next((place for place, turn in enumerate(turns[::-1]) if turn.role != "assistant"), len(turns))
    return [*turns[: len(turns) - asked], *chosen]


def finished(turns: Iterable[Turn], alone: bool) -> tuple[Turn, ...]:
    """The dialogue up to the last answer that is trained, its system prompts as one, its answers stripped
    of outer white space (which templates strip too); an answer `alone` is a plain text.

    RowError no-answer, no-question, empty-answer, untrained.
    """
    found: list[Turn] = []
    for turn in turns:
        if turn.role == "assistant":
            turn = replace(turn, text=turn.text.strip(), reasoning=turn.reasoning.strip())
            if not (turn.text or turn.calls):
                raise RowError("empty-answer")
        if turn.role == "system" and found and found[-1].role == "system":
            if turn.text != found[-1].text:  # a column and a message may say the same
                found[-1] = replace(turn, text=f"{found[-1].text}\n\n{turn.text}")
        elif turn.role != "system" or turn.text.strip():
            found.append(turn)
    answers = any(turn.role == "assistant" for turn in found)
    while found and not found[-1].is_target:
        found.pop()
    if not found:
        raise RowError("untrained" if answers else "no-answer")
    if not any(turn.role == "user" for turn in found) and not (alone and len(found) == 1):
        raise RowError("no-question")
    return tuple(found)
