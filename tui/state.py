"""What the app remembers between two starts: `state.json` in the person's data folder."""

import json
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class State:
    """The person's last settings. `budget` is as they would write it, "" for this machine.

    `language` is the app's own; `languages` are those of the person's text, as `--language` takes them.
    `minutes` is as they wrote it, "" for measuring everything.
    """

    language: str = ""
    theme: str = ""
    screen: str = "home"
    languages: str = "zh"
    budget: str | None = None
    use: str = "infer"
    context: int = 2048
    batch: int = 1
    targets: tuple[str, ...] = field(default=())
    text: str = ""
    data: str = ""
    minutes: str = ""


def load_state(path: Path) -> State:
    """The state as saved; the defaults where there is none or where it cannot be read."""
    try:
        saved: Any = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return State()
    if not isinstance(saved, dict):
        return State()
    known: dict[str, Any] = {}
    for entry in fields(State):
        value = saved.get(entry.name)
        if entry.name == "targets" and isinstance(value, list):
            known["targets"] = tuple(str(item) for item in value)
        elif type(value) is type(entry.default) or (entry.name == "budget" and isinstance(value, str)):
            known[entry.name] = value
    return State(**known)


def save_state(path: Path, state: State) -> None:
    """Write the state whole or not at all; OSError where the folder cannot be written."""
    draft = path.with_suffix(".new")
    draft.write_text(json.dumps(asdict(state), ensure_ascii=False, indent=1), "utf-8")
    draft.replace(path)
