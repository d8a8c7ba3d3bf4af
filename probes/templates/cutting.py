"""Where the answers lie in the text that a chat template makes of a whole dialogue.

The text is one render of the whole. A template that marks what the assistant writes (`{% generation %}`) is
believed. Else the dialogue is rendered once more with a character of its own at both ends of each message:
where the two renders agree but for these, they tell the places, whatever the template does elsewhere.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace

from probes.templates.places import (
    MOST_MESSAGES,
    RESERVED,
    THINKING,
    Message,
    Place,
    own_text,
    places_in,
    thoughts_of,
    with_characters,
)

Mark = tuple[int, int]

DROPS = "chat-template-drops-text"
"""What a person wrote is not in the text."""
REWRITES = "chat-template-rewrites"
"""An answer stands there in other words than the row's."""
DIFFERS = "chat-template-differs"
"""Two renders of the same dialogue do not agree, or marks and messages do not: no place is known."""


class Uncut(Exception):
    """Why the answers of a dialogue cannot be told from the rest of it: DROPS, REWRITES or DIFFERS."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Refused(Exception):
    """A template raised `error` for these messages."""

    def __init__(self, error: Exception, messages: Sequence[Message], opening: bool) -> None:
        super().__init__(str(error))
        self.error, self.messages, self.opening = error, messages, opening


@dataclass(frozen=True)
class Rendered:
    """A template's text, and the (start, end) of what it marks as the assistant's."""

    text: str
    marks: tuple[Mark, ...] = ()


Render = Callable[[Sequence[Message], bool], Rendered]
"""Of (messages, whether the assistant's opening follows). Raises Refused."""


@dataclass(frozen=True)
class Answer:
    """`text[start:end]` is what message number `turn` teaches, the mark that closes it included.

    `ends`: nothing closes it, the end token belongs there. `thought`: whether its thoughts are in the text.
    """

    turn: int
    start: int
    end: int
    ends: bool = False
    thought: bool = True


def cut(
    messages: Sequence[Message], render: Render, closed: bool = True, special: Collection[str] = ()
) -> tuple[str, list[Answer]]:
    """The text of a dialogue whose last message is an answer, and its answers in their order.

    `closed` False: the last answer was shortened, and nothing may close it. `special`: the tokenizer's own
    tokens. A leading system message that the template refuses or leaves out is put before the first
    question; a template that reads texts only as parts of a message is given parts. Raises Uncut, Refused.
    """
    merged = _merged(messages)
    asked = [(messages, 0), *([(merged, 1)] if merged else [])]
    told: Uncut | Refused | None = None
    for by in (render, _in_parts(render)):
        for some, shift in asked:
            try:
                text, answers = _Cut(some, by, closed, special).answers()
            except (Uncut, Refused) as error:
                if by is render:
                    if isinstance(error, Uncut) and error.reason != DROPS:
                        raise
                    told = error
            else:
                return text, [replace(answer, turn=answer.turn + shift) for answer in answers]
    assert told is not None
    raise told


def _merged(messages: Sequence[Message]) -> list[Message] | None:
    """The dialogue with its system message before the first question; None where it has none."""
    if len(messages) < 2 or (messages[0]["role"], messages[1]["role"]) != ("system", "user"):
        return None
    first, second, *rest = messages
    return [second | {"content": f"{first['content']}\n\n{second['content']}"}, *rest]


def _in_parts(render: Render) -> Render:
    """With each message's text as the only part of its content."""

    def by(messages: Sequence[Message], opening: bool) -> Rendered:
        parts = [m | {"content": [{"type": "text", "text": m["content"]}]} for m in messages]
        return render(parts, opening)

    return by


class _Cut:
    """One dialogue, its render, and what has been found out about it."""

    def __init__(
        self, messages: Sequence[Message], render: Render, closed: bool, special: Collection[str]
    ) -> None:
        self._messages, self._render, self._closed, self._special = messages, render, closed, special
        whole = render(messages, False)
        self._text, self._marks = whole.text, _joined(whole)
        if RESERVED.search(self._text) or len(messages) > MOST_MESSAGES:
            raise Uncut(DIFFERS)

    def answers(self) -> tuple[str, list[Answer]]:
        """See `cut`."""
        asked = [index for index, message in enumerate(self._messages) if message["role"] == "assistant"]
        others = [own_text(message) for message in self._messages if message["role"] != "assistant"]
        if len(self._marks) == len(asked) and all(core in self._text for core in others):
            found = [self._by_mark(*pair) for pair in zip(asked, self._marks, strict=True)]
        else:
            self._places = self._by_characters()
            self._nothing_dropped()
            found = self._by_place_and_mark(asked) if self._marks else self._by_place(asked)
        if self._marks:
            self._no_question_marked(found)
        for answer in found:
            calls = self._messages[answer.turn].get("tool_calls") or ()
            if any(call["function"]["name"] not in self._text[answer.start : answer.end] for call in calls):
                raise Uncut(DROPS)
        edges = [0, *(edge for answer in found for edge in (answer.start, answer.end)), len(self._text)]
        if edges != sorted(edges):
            raise Uncut(DIFFERS)
        return self._text, found

    def _by_characters(self) -> list[Place]:
        """By a render with characters between; then with none in the questions, into which some look."""
        for everywhere in (True, False):
            marked = self._tried(with_characters(self._messages, everywhere))
            if marked is not None and RESERVED.sub("", marked) == self._text:
                return places_in(marked, len(self._messages))
        raise Uncut(DIFFERS)

    def _tried(self, messages: Sequence[Message], opening: bool = False) -> str | None:
        """The text, None where the template does not take these messages."""
        try:
            return self._render(messages, opening).text
        except Refused:
            return None

    def _nothing_dropped(self) -> None:
        """Uncut where a question, a system message or a tool's result is not in the text."""
        for message, place in zip(self._messages, self._places, strict=True):
            there = place.start is not None or own_text(message) in self._text
            if message["role"] != "assistant" and not there:
                raise Uncut(DROPS)

    def _by_place(self, asked: Sequence[int]) -> list[Answer]:
        """Answers in a text without marks: closed as the last one is, or as whole tokens of that go."""
        closing, found = self._closing(), list[Answer]()
        last = len(self._messages) - 1
        for index in asked:
            message, place = self._messages[index], self._places[index]
            self._literal(index)
            start = self._begin(index, found[-1].end if found else 0)
            ends = not closing
            if index == last and not self._closed:
                end, ends = place.end, False
            elif index == last:
                end = len(self._text.rstrip())
            elif message.get("tool_calls"):
                end = self._call_end(index, start, closing)
            else:
                end = None if place.end is None else place.end + self._closed_by(place.end, closing)
            if end is None:
                raise Uncut(DIFFERS)
            thought = place.thought is not None or not thoughts_of(message)
            found.append(Answer(index, start, end, ends, thought))
        return found

    def _literal(self, index: int) -> None:
        """Uncut where an answer's own text does not stand there once, to the letter."""
        core, place = own_text(self._messages[index]), self._places[index]
        if not core:
            return
        if place.start is None or place.end is None:
            raise Uncut(DIFFERS if core in self._text else DROPS)
        if self._text[place.start : place.end] != core:
            raise Uncut(REWRITES)

    def _begin(self, index: int, least: int) -> int:
        """Where an answer begins: at its text; with thoughts, or with calls alone, where the opening ends.

        An opening that thinks for the model (`<think></think>`) ends where it leaves the text.
        """
        message, place, before = self._messages[index], self._places[index], self._places[index - 1]
        written = THINKING.match(message["content"])
        own = place.start
        literal = own is not None and written is not None and self._text[:own].endswith(written[0])
        if own is not None and place.thought is None and not literal:
            return own
        opening = self._tried(self._messages[:index], True) if index else None
        agreed = _agreed(opening or "", self._text)
        whole = opening is not None and agreed == len(opening)
        latest = next((at for at in (place.thought, own) if at is not None), None)
        if literal and own is not None and written is not None:
            first = own - len(written[0])
            return agreed if whole and first <= agreed <= own else first
        if whole and least <= agreed and (latest is None or agreed <= latest):
            return agreed
        if before.end is not None and max(least, before.end) <= agreed:
            return min(agreed, agreed if latest is None else latest)
        raise Uncut(DIFFERS)

    def _closing(self) -> str:
        """What closes the last answer; after a call, which ends as the template likes, its last token."""
        text, end = self._text.rstrip(), self._places[-1].end
        if end is not None and not self._messages[-1].get("tool_calls"):
            return text[end:]
        return max((token for token in self._special if text.endswith(token)), key=len, default="")

    def _call_end(self, index: int, start: int, closing: str) -> int | None:
        """Where a call in the middle ends: as one at the end does, or at the last mark before the next."""
        through = (self._tried(self._messages[: index + 1]) or "").rstrip()
        if len(through) > start and self._text.startswith(through):
            return len(through)
        after = self._places[index + 1].start
        at = self._text.rfind(closing, start, after) if closing and after is not None else -1
        return at + len(closing) if at >= 0 else None

    def _closed_by(self, end: int, closing: str) -> int:
        """How many characters after `end` close an answer as the last one is: all, or whole tokens."""
        if self._text.startswith(closing, end):
            return len(closing)
        agreed = closing[: _agreed(closing, self._text[end:])]
        return max((agreed.rfind(t) + len(t) for t in self._special if t in agreed), default=0)

    def _by_mark(self, index: int, mark: Mark) -> Answer:
        """An answer as the template marks it."""
        message, (start, end) = self._messages[index], mark
        core, text = own_text(message), self._text[start:end]
        at = text.rfind(core)
        if at < 0:
            raise Uncut(REWRITES)
        if index == len(self._messages) - 1 and not self._closed:
            end = start + at + len(core)
        return Answer(index, start, end, thought=thoughts_of(message) in text)

    def _no_question_marked(self, found: Sequence[Answer]) -> None:
        """Uncut where a mark holds more than its answer: what another says stands there by itself."""
        others = {own_text(message) for message in self._messages if message["role"] != "assistant"} - {""}
        marked = [(answer.start, answer.end) for answer in found]
        if not any(other in self._text[start:end] for other in others for start, end in marked):
            return
        for message, place in zip(self._messages, self._by_characters(), strict=True):
            at = -1 if place.start is None else place.start
            if message["role"] != "assistant" and any(start <= at < end for start, end in marked):
                raise Uncut(DIFFERS)

    def _by_place_and_mark(self, asked: Sequence[int]) -> list[Answer]:
        """Some answers are marked: each mark holds one, and the others teach nothing."""
        found = []
        own = [(index, self._places[index].start) for index in asked]
        for start, end in self._marks:
            held = [index for index, at in own if at is not None and start <= at < end]
            if len(held) != 1:
                raise Uncut(DIFFERS)
            found.append(self._by_mark(held[0], (start, end)))
        return found


def _joined(rendered: Rendered) -> list[Mark]:
    """Its marks, those that touch or have only white space between them as one."""
    found: list[Mark] = []
    for start, end in rendered.marks:
        if found and found[-1][1] <= start and not rendered.text[found[-1][1] : start].strip():
            found[-1] = (found[-1][0], end)
        else:
            found.append((start, end))
    return found


def _agreed(a: str, b: str) -> int:
    """How many first characters are the same."""
    pairs = enumerate(zip(a, b, strict=False))
    return next((at for at, (one, other) in pairs if one != other), min(len(a), len(b)))
