"""Multiple choice: options in columns of their own, in a list or by letter, and the answer's letter."""

import re
from collections.abc import Iterable, Mapping, Sequence
from string import ascii_uppercase
from typing import Any

from probes.dataset.forms.cells import Cells, RowError, as_text, folded, is_empty, unpacked

LISTED = ("options", "choices", "endings", "选项")
_LETTERED = re.compile(r"(?:(option|choice|opt|op|sol|ending|选项)[ _]?)?([a-j]|\d)")
_TEXTS, _LABELS = ("text", "texts"), ("label", "labels")
"""The two lists in ARC's `choices`."""


def option_columns(columns: Iterable[str]) -> list[str]:
    """The columns that hold an option each (A to J, opa, option1, ...), in order; none if only one does."""
    groups: dict[str, list[tuple[str, str]]] = {}
    for column in columns:
        found = _LETTERED.fullmatch(folded(column))
        if found and (found[1] or found[2].isalpha()):
            groups.setdefault(found[1] or "", []).append((found[2], column))
    of_most = max(groups.values(), key=len, default=[])
    return [column for _, column in sorted(of_most)] if len(of_most) > 1 else []


def has_options(columns: Iterable[str]) -> bool:
    """Whether rows with these columns hold options."""
    there = list(columns)
    return any(folded(name) in LISTED for name in there) or bool(option_columns(there))


def options_of(cells: Cells) -> list[tuple[str, str]]:
    """(label, text) of each option as the row has them. RowError no-options."""
    value = unpacked(cells.take(LISTED)[1])
    if isinstance(value, dict):
        texts = next((value[name] for name in _TEXTS if isinstance(value.get(name), list)), None)
        labels = next((value[name] for name in _LABELS if isinstance(value.get(name), list)), None)
        if texts is not None and labels is not None and len(texts) == len(labels):
            return [(as_text(label), as_text(text)) for label, text in zip(labels, texts, strict=True)]
        found = [(name, as_text(text)) for name, text in sorted(value.items()) if not is_empty(text)]
    elif isinstance(value, list):
        found = [_unlettered(place, one) for place, one in enumerate(value)]
    else:
        columns = [name for name in option_columns(cells.row) if not is_empty(cells.row[name])]
        cells.notes.used.update(columns)
        found = [(folded(name)[-1].upper(), as_text(cells.row[name])) for name in columns]
    if len(found) < 2:
        raise RowError("no-options")
    return found


def _unlettered(place: int, option: Any) -> tuple[str, str]:
    """One of a list, without the letter that some sets write before it; ARC's other form is an object."""
    if isinstance(option, Mapping):
        name = next((option[name] for name in _LABELS if name in option), ascii_uppercase[place % 26])
        return as_text(name), as_text(next((option[one] for one in _TEXTS if one in option), ""))
    letter = ascii_uppercase[place % 26]
    return letter, re.sub(rf"^\(?{letter}[.．、:：)]\s*", "", as_text(option))


def written(options: Sequence[tuple[str, str]]) -> str:
    """The options as a question shows them: a line each, lettered from A."""
    return "\n".join(f"{ascii_uppercase[place]}. {text}" for place, (_, text) in enumerate(options))


def letter_of(answer: Any, options: Sequence[tuple[str, str]], base: int) -> str:
    """The letter of the right option; of several right ones all letters.

    `answer` is a label, a letter, several of them, an option's text or its number, counted from `base`.
    RowError answer-no-option.
    """
    letters = ascii_uppercase[: len(options)]
    answers = unpacked(answer)
    if isinstance(answers, list):
        return "".join(letter_of(one, options, base) for one in answers)
    said, number = as_text(answer).strip(), _number(answer)
    labels, texts = [label for label, _ in options], [text.strip() for _, text in options]
    for names in (labels, list(letters), [] if isinstance(answer, int | float) else texts):
        if said in names:
            return letters[names.index(said)]
    bare = said.strip("()（）[]【】.。 ").upper()
    if bare and all(one in letters for one in bare):
        return bare
    if number is not None and base <= number < base + len(options):
        return letters[number - base]
    raise RowError("answer-no-option", said)


def _number(answer: Any) -> int | None:
    said = as_text(answer).strip().removesuffix(".0")
    return int(said) if said.isdecimal() and said.isascii() else None


def first_number(answers: Iterable[tuple[Any, int]]) -> int:
    """From which number options are counted, 0 or 1, by all (answer, number of options) of a file."""
    base = 0
    for answer, count in answers:
        number = _number(answer)
        if number == 0:
            return 0
        if number == count:
            base = 1
    return base
