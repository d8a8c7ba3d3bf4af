"""A request in the words of the person who asks, with its defaults; saved under a name and read again."""

import json
import re
import tomllib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from types import UnionType
from typing import Any, get_args, get_origin

from catalog.problem import Problem
from catalog.quantization.levels import usual_levels
from catalog.verdict.wishes import USES
from probes.home import home

_NAME = re.compile(r"\w[\w.\- ]{0,63}")


@dataclass(frozen=True)
class Asked:
    """Every field is an option of `basefit recommend` and a key of a saved request; None is not said.

    `budget` is as `catalog.hardware.gpu.parse_budget` reads it, None for this machine; `language` as
    `verdict.wishes.parse_languages` does. `candidates` None are the catalog's bases in those languages.
    Money in US dollars, `min_speed` in tokens per second.
    """

    budget: str | None = None
    use: str = "infer"
    context: int = 2048
    batch: int = 1
    language: str = "zh"
    task: str = "general"
    commercial: bool = False
    min_speed: float = 0.0
    hours: float | None = None
    money: float | None = None
    gpu_hour: float | None = None
    text: str | None = None
    data: str | None = None
    candidates: tuple[str, ...] | None = None
    levels: tuple[str, ...] = usual_levels()
    windows: int | None = None
    examples: int = 256

    def __post_init__(self) -> None:
        if self.use not in USES:
            raise Problem("use-unknown", use=self.use)
        for name in ("context", "batch", "examples"):
            if getattr(self, name) < 1:
                raise Problem("wish-not-positive", setting=name, value=getattr(self, name))

    def given(self, options: Mapping[str, Any]) -> "Asked":
        """The same with what is said in `options`; None there leaves an entry as it is."""
        return replace(self, **{name: value for name, value in options.items() if value is not None})


def saved_requests() -> list[str]:
    """The names under which requests are saved, in order."""
    return sorted(path.stem for path in _folder().glob("*.toml"))


def save_request(name: str, asked: Asked) -> Path:
    """Write a request as TOML, whole or not at all; Problem request-name-wrong."""
    path = _place(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = [f"{key} = {_toml(value)}\n" for key, value in asdict(asked).items() if value is not None]
    draft = path.with_suffix(".new")
    draft.write_text("# A request of basefit, by the names of its options.\n" + "".join(lines), "utf-8")
    draft.replace(path)
    return path


def load_request(name: str) -> Asked:
    """The request of that name; Problems request-name-wrong, request-unknown, request-unreadable."""
    path = _place(name)
    if not path.is_file():
        raise Problem("request-unknown", name=name, known=", ".join(saved_requests()) or "-")
    try:
        table = tomllib.loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise Problem("request-unreadable", path=str(path), detail=str(error)[:120]) from error
    kinds = {field.name: field.type for field in fields(Asked)}
    for key, value in table.items():
        if key not in kinds or not _is(value, kinds[key]):
            raise Problem("request-unreadable", path=str(path), detail=f"{key} = {value!r}"[:120])
    lists = {key: tuple(value) for key, value in table.items() if isinstance(value, list)}
    return Asked(**table | lists)


def _is(value: object, kind: object) -> bool:
    """Whether a TOML value is of a field's type; an integer will do for a float."""
    for allowed in get_args(kind) if isinstance(kind, UnionType) else (kind,):
        if allowed is float and type(value) in (int, float):
            return True
        if get_origin(allowed) is tuple and isinstance(value, list):
            return all(isinstance(item, str) for item in value)
        if type(value) is allowed:
            return True
    return False


def _folder() -> Path:
    return home() / "requests"


def _place(name: str) -> Path:
    if not _NAME.fullmatch(name.strip()):
        raise Problem("request-name-wrong", name=name)
    return _folder() / f"{name.strip()}.toml"


def _toml(value: Any) -> str:
    """A TOML value; JSON's strings, numbers and lists are TOML's too, but for DEL."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
