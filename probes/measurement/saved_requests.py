"""A request in the words of the person who asks, with its defaults; saved under a name and read again."""

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from types import UnionType
from typing import Any, get_args, get_origin

from catalog.bounded_json import read_toml
from catalog.files import write_text
from catalog.memory.serving import Serving, parse_prefill
from catalog.memory.trainers import BASEFIT, find_trainer
from catalog.problem import Problem
from catalog.quantities import MOST_ASKED
from catalog.quantization.levels import find_level, usual_levels
from catalog.verdict.wishes import ANY_KIND, Wishes, check_use, parse_languages, usual_kind
from probes.checkpoint.target import placed
from probes.home import home, home_shown

FILES = ("text", "data")
_NAME = re.compile(r"\w[\w.\- ]{0,63}")


@dataclass(frozen=True)
class Asked:
    """Every field is an option of `basefit recommend` and a key of a saved request; None is not said.

    `budget` is as `catalog.hardware.gpu.parse_budget` reads it, None for this machine; `language` as
    `verdict.wishes.parse_languages` does. `candidates` None are those of the catalog that list the
    language (`verdict.candidates`), `kind` None is the use's usual one (`verdict.wishes.usual_kind`).
    Money in US dollars, `min_speed` in tokens per second. `engine` "" is the cheapest that serves the
    level; `prefill` is as `memory.serving.parse_prefill` reads it, `kv_bits` of `engines.KV_BITS`;
    `trainer` is of `trainers.TRAINERS`.
    """

    budget: str | None = None
    use: str = "infer"
    context: int = 2048
    batch: int = 1
    language: str = "zh"
    kind: str | None = None
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
    engine: str = ""
    prefill: str = ""
    kv_bits: int = 16
    offload: str = ""
    trainer: str = BASEFIT.name
    windows: int | None = None
    examples: int = 256

    def __post_init__(self) -> None:
        check_use(self.use)
        for level in self.levels:
            find_level(level)
        # What cannot be asked for is told at once.
        _ = self.wishes, self.serving, find_trainer(self.trainer)
        for name in ("context", "batch", "examples", "windows"):
            value = getattr(self, name)
            if value is not None and value < 1:
                raise Problem("wish-not-positive", setting=name, value=str(value)[:40])
            if value is not None and value > MOST_ASKED:
                raise Problem("wish-too-large", setting=name, value=str(value)[:40], most=MOST_ASKED)

    @property
    def wanted_kind(self) -> str:
        """What is said, else the use's usual kind; whoever names the models wants just those."""
        return self.kind or (ANY_KIND if self.candidates else usual_kind(self.use))

    @property
    def wishes(self) -> Wishes:
        """What is wanted beside fitting; Problems as in Wishes, and languages-unreadable."""
        return Wishes(
            commercial=self.commercial,
            minimum_speed=self.min_speed,
            hours=self.hours,
            money=self.money,
            gpu_hour=self.gpu_hour,
            task=self.task,
            languages=parse_languages(self.language),
            kind=self.wanted_kind,
        )

    @property
    def serving(self) -> Serving:
        """How it is to be served; Problems as in Serving, and prefill-unreadable."""
        return Serving(self.engine.strip().lower(), parse_prefill(self.prefill), self.kv_bits, self.offload)

    @property
    def open(self) -> "Asked":
        """The same before any model or file is named: what to start from."""
        return replace(self, candidates=None, text=None, data=None)

    def given(self, options: Mapping[str, Any]) -> "Asked":
        """The same with what is said in `options`, each typed or as a person writes it in a line.

        None and "" leave an entry as it is; lists are taken apart at commas, places are made full ones, so
        that they are found from any folder. Problems number-unreadable, and those of Asked.
        """
        kinds = {field.name: field.type for field in fields(Asked)}
        said = {name: value for name, value in options.items() if value not in (None, "")}
        return replace(self, **{name: _read(name, value, kinds[name]) for name, value in said.items()})


def listed(words: str) -> tuple[str, ...]:
    """Names separated by commas, also Chinese ones."""
    return tuple(part.strip() for part in re.split("[,，、]", words) if part.strip())


def _read(name: str, value: Any, kind: object) -> Any:
    if name in FILES:
        return str(Path(value).expanduser().absolute())
    if not isinstance(value, str):
        return value
    types = get_args(kind) if isinstance(kind, UnionType) else (kind,)
    if any(get_origin(one) is tuple for one in types):
        parts = listed(value)
        return tuple(map(placed, parts)) if name == "candidates" else parts
    number = next((one for one in types if one in (int, float)), None)
    try:
        return value.strip() if number is None else number(value.replace(",", ""))
    except ValueError:
        raise Problem("number-unreadable", setting=name.replace("_", "-"), value=value) from None


def saved_requests() -> list[str]:
    """The names under which requests are saved, in order."""
    return sorted(path.stem for path in _folder().glob("*.toml"))


def save_request(name: str, asked: Asked) -> Path:
    """Write a request as TOML, whole or not at all; Problem request-name-wrong."""
    path = _place(name)
    home()
    lines = [f"{key} = {_toml(value)}\n" for key, value in asdict(asked).items() if value is not None]
    write_text(path, "# A request of basefit, by the names of its options.\n" + "".join(lines))
    return path


def load_request(name: str) -> Asked:
    """The request of that name; Problems request-name-wrong, request-unknown, request-unreadable."""
    path = _place(name)
    if not path.is_file():
        raise Problem("request-unknown", name=name, known=", ".join(saved_requests()) or "-")
    try:
        table = read_toml(path)
    except (OSError, ValueError) as error:
        raise Problem("request-unreadable", path=str(path), detail=str(error)[:120]) from error
    try:
        return asked_of(table)
    except Problem as problem:
        if problem.code != "request-entry-wrong":
            raise
        raise Problem("request-unreadable", path=str(path), detail=problem.params["entry"]) from problem


def asked_of(table: Mapping[str, Any], asked: Asked | None = None) -> Asked:
    """`asked` (Asked() if none) with the entries of TOML or JSON; null is not said.

    Problem request-entry-wrong for one that is none or of another type; those of Asked for its value.
    """
    kinds = {field.name: field.type for field in fields(Asked)}
    said = {key: value for key, value in table.items() if value is not None}
    for key, value in said.items():
        if key not in kinds or not _is(value, kinds[key]):
            raise Problem("request-entry-wrong", entry=f"{key} = {value!r}"[:120])
    lists = {key: tuple(value) for key, value in said.items() if isinstance(value, list)}
    return replace(asked or Asked(), **said | lists)


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
    return home_shown() / "requests"


def _place(name: str) -> Path:
    if not _NAME.fullmatch(name.strip()):
        raise Problem("request-name-wrong", name=name)
    return _folder() / f"{name.strip()}.toml"


def _toml(value: Any) -> str:
    """A TOML value; JSON's strings, numbers and lists are TOML's too, but for DEL."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
