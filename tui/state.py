"""What the app remembers between two starts: `state.json` in the person's data folder."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

from catalog.bounded_json import read_json
from catalog.files import write_text
from catalog.problem import Problem
from probes.measurement.saved_requests import Asked, asked_of

_EARLIER = {"languages": "language", "targets": "candidates"} | {
    name: name for name in ("use", "context", "batch", "text", "data")
}
"""Entry of a state written before there was `asked` -> the field of it."""


@dataclass(frozen=True)
class State:
    """The person's last settings. `budget` is as they would write it, "" for this machine.

    `language` is the app's own; `asked` the question, its budget aside. `minutes` is as they wrote it, ""
    for measuring everything.
    """

    language: str = ""
    theme: str = ""
    screen: str = "home"
    budget: str | None = None
    asked: Asked = field(default_factory=Asked)
    minutes: str = ""


def load_state(path: Path) -> State:
    """The state as saved; the defaults where there is none or where it cannot be read."""
    try:
        saved: Any = read_json(path)
    except (OSError, ValueError):
        return State()
    if not isinstance(saved, dict):
        return State()
    words = {
        entry.name: saved[entry.name]
        for entry in fields(State)
        if entry.name != "asked" and isinstance(saved.get(entry.name), str)
    }
    return State(**words, asked=_asked(saved))


def _asked(saved: Mapping[str, Any]) -> Asked:
    """What of the question can be read; the rest is asked as usual."""
    table = saved.get("asked")
    if not isinstance(table, dict):
        table = {name: saved[old] for old, name in _EARLIER.items() if saved.get(old)}
    asked = Asked()
    for name, value in table.items():
        try:
            asked = asked_of({name: value}, asked)
        except Problem:  # damage only forgets
            continue
    return asked


def save_state(path: Path, state: State) -> None:
    """Write the state whole or not at all; Problem disk-full, OSError where it cannot be written."""
    write_text(path, json.dumps(asdict(state), ensure_ascii=False, indent=1))
