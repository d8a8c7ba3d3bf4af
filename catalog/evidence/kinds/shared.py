"""What of a piece of evidence may leave the machine, and in what form a stranger's is taken.

Each kind's record and key say so in their own `SHARED`: field -> form. What is not named there stays. No
form takes a path, a text or a name that a person gave: a word is a few plain letters and signs.
"""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

MOST_SEVERAL = 2**16
_WORD = r"[A-Za-z0-9][A-Za-z0-9 ._+-]{0,47}"
_DEVICE = r"[A-Za-z0-9][A-Za-z0-9 ()@._+/-]{0,95}"


class Form:
    """What a value may be."""


@dataclass(frozen=True)
class Number(Form):
    """A finite number within bounds, both of them allowed."""

    least: float = 0.0
    most: float = 2.0**63
    whole: bool = False


@dataclass(frozen=True)
class Word(Form):
    """A term by its letters."""

    letters: str = _WORD


@dataclass(frozen=True)
class Flag(Form):
    """True or false."""


@dataclass(frozen=True)
class Several(Form):
    """A list."""

    of: Form


@dataclass(frozen=True)
class Part(Form):
    """An object with such fields; all but the `needed` may be absent."""

    fields: Mapping[str, Form]
    needed: tuple[str, ...] = ()


@dataclass(frozen=True)
class Named(Form):
    """An object of words by name: packages and their versions."""


ANY = Number(-(2.0**63))
POSITIVE = Number()
COUNT = Number(whole=True)
SHARE = Number(0.0, 1.0)
BITS = Number(0.0, 1000.0)
"""Per byte, character or weight; an untrained model has some twenty."""
WORD, FLAG, VERSIONS = Word(), Flag(), Named()
DEVICE = Word(_DEVICE)
HASH = Word(r"[0-9a-f]{64}")
Shared = Mapping[str, Form]


def kept(stored: Mapping[str, Any], fields: Shared) -> dict[str, Any]:
    """Of a stored object what `fields` name, without what is unknown (None, "", or no finite number)."""
    found = {name: _kept(stored[name], form) for name, form in fields.items() if name in stored}
    return {name: value for name, value in found.items() if value is not None}


def _kept(value: Any, form: Form) -> Any:
    if value == "" or (isinstance(value, float) and not math.isfinite(value)):
        return None
    if isinstance(form, Part) and isinstance(value, Mapping):
        return kept(value, form.fields)
    if isinstance(form, Several) and isinstance(value, list | tuple):
        return [_kept(one, form.of) for one in value]
    return dict(value) if isinstance(value, Mapping) else value


def unfit(value: Any, form: Form, name: str) -> str:
    """The name of the first place where a value is not of its form; "" where all of it is."""
    if isinstance(form, Number):
        return "" if _is_number(value, form) else name
    if isinstance(form, Word):
        return "" if isinstance(value, str) and re.fullmatch(form.letters, value) else name
    if isinstance(form, Flag):
        return "" if isinstance(value, bool) else name
    if isinstance(form, Several):
        if not isinstance(value, list) or len(value) > MOST_SEVERAL:
            return name
        return next((bad for one in value if (bad := unfit(one, form.of, name))), "")
    if not isinstance(value, Mapping):
        return name
    if isinstance(form, Part):
        missing = next((f"{name}.{one}" for one in form.needed if one not in value), "")
        return missing or unfit_fields(value, form.fields, f"{name}.")
    words = [*value, *value.values()]
    return "" if len(words) < 100 and not any(unfit(word, WORD, name) for word in words) else name


def unfit_fields(given: Mapping[str, Any], fields: Shared, before: str = "") -> str:
    """The same of an object, for what `fields` name."""
    known = ((given[name], form, before + name) for name, form in fields.items() if name in given)
    return next((bad for one in known if (bad := unfit(*one))), "")


def _is_number(value: Any, form: Number) -> bool:
    if isinstance(value, bool) or not isinstance(value, int if form.whole else int | float):
        return False
    return form.least <= value <= form.most  # NaN is neither
