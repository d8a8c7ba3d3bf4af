"""What the app remembers between two starts: `state.json` in the person's data folder."""

import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from catalog.bounded_json import read_json
from catalog.files import set_aside, write_text
from catalog.hardware.gpu import parse_budget
from catalog.problem import Problem
from catalog.quantities import minutes_of
from probes.jobs.devices import CPU, is_identity
from probes.measurement.saved_requests import Asked, asked_of
from tui.colours import THEMES
from tui.strings import LANGUAGES

SCREENS = ("home", "models", "tokenizers", "run", "verdict", "trial")
_EARLIER = {"languages": "language", "targets": "candidates"} | {
    name: name for name in ("use", "context", "batch", "text", "data")
}
"""Entry of a state written before there was `asked` -> the field of it."""


@dataclass(frozen=True)
class State:
    """The person's last settings. `budget` is as they would write it, "" for this machine's best
    device, or the identity of others of it (see probes.jobs.devices).

    `language` is the app's own; `asked` the question, its budget aside. `minutes` is as they wrote it, ""
    for measuring everything.
    """

    language: str = ""
    theme: str = ""
    screen: str = "home"
    budget: str | None = None
    asked: Asked = field(default_factory=Asked)
    minutes: str = ""


def load_state(path: Path, tell: Callable[[Problem], None] = lambda problem: None) -> State:
    """The state as saved; where there is none, or for an entry that cannot be so, what is usual.

    A file with such an entry is set aside, what could be read of it saved in its place, and that told
    (state-set-aside).
    """
    try:
        saved: Any = read_json(path)
    except FileNotFoundError:
        return State()
    except (OSError, ValueError) as error:
        state, wrong = State(), [str(error)]
    else:
        state, wrong = _read(saved)
    if wrong:
        with suppress(OSError, Problem):  # where nothing can be written it is told at each start
            about = {"path": str(path), "entries": ", ".join(wrong)[:200]}
            aside = set_aside(path)
            save_state(path, state)
            tell(Problem("state-set-aside", aside=str(aside), **about))
    return state


def _read(saved: Any) -> tuple[State, list[str]]:
    """The state, and the entries that cannot be so."""
    if not isinstance(saved, dict):
        return State(), [type(saved).__name__]
    good, wrong = dict[str, Any](), list[str]()
    for name, may_be in _MAY_BE.items():
        if name not in saved:
            continue
        if may_be(saved[name]):
            good[name] = saved[name]
        else:
            wrong.append(f"{name} = {str(saved[name])[:40]}")
    asked, unread = _asked(saved)
    return State(**good, asked=asked), wrong + unread


def _is_budget(value: Any) -> bool:
    if value is None or value in ("", CPU):
        return True
    return isinstance(value, str) and (is_identity(value) or _is_read(parse_budget, value))


def _is_time(value: Any) -> bool:
    return isinstance(value, str) and _is_read(minutes_of, value)


def _is_read(read: Callable[[str], Any], value: str) -> bool:
    try:
        read(value)
    except Problem:
        return False
    return True


_MAY_BE: Mapping[str, Callable[[Any], bool]] = {
    "language": lambda value: value in ("", *LANGUAGES),
    "theme": lambda value: value in ("", *(theme.name for theme in THEMES)),
    "screen": lambda value: value in SCREENS,
    "budget": _is_budget,
    "minutes": _is_time,
}
"""Entry of the state -> whether it can have this value; `asked` is judged by itself."""


def _asked(saved: Mapping[str, Any]) -> tuple[Asked, list[str]]:
    """What of the question can be read, and the rest, which is asked as usual."""
    table = saved.get("asked")
    wrong = [] if table is None or isinstance(table, dict) else [f"asked = {str(table)[:40]}"]
    if not isinstance(table, dict):
        table = {name: saved[old] for old, name in _EARLIER.items() if saved.get(old)}
    asked = Asked()
    for name, value in table.items():
        try:
            asked = asked_of({name: value}, asked)
        except Problem:
            wrong.append(f"{name} = {str(value)[:40]}")
    return asked, wrong


def save_state(path: Path, state: State) -> None:
    """Write the state whole or not at all; Problem disk-full, OSError where it cannot be written."""
    write_text(path, json.dumps(asdict(state), ensure_ascii=False, indent=1))
