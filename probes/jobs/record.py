"""A probe's job as a frozen record: its job file, evidence key and command line come from its fields.

    @dataclass(frozen=True)
    class DeployJob(Record):
        PROBE = COMMAND = "deploy"
        target: str
        level: str = option("nf4", "Quantization level.")
        batch: int = option(1, "Sequences at a time.", least=1, key=True)

A field is plain JSON, a tuple of it, or another record; a name ends in `_` where Python keeps it to itself.
"""

import shlex
from collections.abc import Callable, Mapping
from dataclasses import MISSING, Field, dataclass, field, fields
from functools import wraps
from pathlib import Path
from types import UnionType
from typing import Any, ClassVar, TypeVar, Union, get_args, get_origin, get_type_hints

from catalog.problem import Problem
from probes.jobs.events import Emit
from probes.jobs.runner import Job


@dataclass(frozen=True)
class Told:
    """What is known of a field. Without `flags` no command line says it.

    `help` is for a person, "" where the command asks for it in its own way. `flags` has one for the
    field, or one for each item of a pair. `least` is the smallest number allowed. `path` means a file
    or folder, said by its full place; `joined` a list said with commas rather than again and again.
    `always` is said even where it is the default: what was measured is named. `key` is part of what
    makes results comparable: under the field's name stands this attribute's value, "" the field's own;
    `unusual` keeps it out of the key while it is the default (older results lack it).
    """

    help: str = ""
    flags: tuple[str, ...] = ()
    least: float | None = None
    path: bool = False
    joined: bool = False
    always: bool = False
    key: str | None = None
    unusual: bool = False


def option(
    default: Any = MISSING,
    help: str = "",
    *flags: str,
    least: float | None = None,
    path: bool = False,
    joined: bool = False,
    always: bool = False,
    key: bool | str = False,
    unusual: bool = False,
) -> Any:
    """A field that is said on the command line, by its own name where `flags` gives no other. See Told."""
    name = None if key is False else "" if key is True else key
    told = Told(help, flags or ("",), least, path, joined, always, name, unusual)
    return field(default=default, metadata={"told": told})


def keyed(default: Any = MISSING, of: str = "", least: float | None = None) -> Any:
    """A field that no command line says and that is part of the evidence key (`of` as Told.key)."""
    return field(default=default, metadata={"told": Told(key=of, least=least)})


def told(one: "Field[Any]") -> Told:
    """What is known of a field."""
    found: Told = one.metadata.get("told", Told())
    return found


def flags(one: "Field[Any]") -> tuple[str, ...]:
    """How a command line says a field."""
    return tuple(flag or "--" + _name(one).replace("_", "-") for flag in told(one).flags)


@dataclass(frozen=True)
class Record:
    """The job of a probe, checked: Problem trial-setting where a number is below its least."""

    PROBE: ClassVar[str] = ""
    COMMAND: ClassVar[str] = ""
    """The command that runs it, "" where none does by itself."""

    def __post_init__(self) -> None:
        for one in fields(self):
            value, least = getattr(self, one.name), told(one).least
            if least is not None and value is not None and value < least:
                raise Problem("trial-setting", setting=_name(one), value=value, least=least)

    @classmethod
    def completed(cls, found: Mapping[str, Any]) -> Mapping[str, Any]:
        """A job file with what it stands for written out."""
        return found

    @property
    def subject(self) -> str:
        """What it is about, for a person."""
        return str(getattr(self, "name", ""))

    def defaults(self) -> dict[str, Any]:
        """Field -> what it is where nothing is said."""
        return {one.name: one.default for one in fields(self) if one.default is not MISSING}


R = TypeVar("R", bound=Record)
Run = Callable[[Mapping[str, Any], Emit], dict[str, Any]]


def job_file(job: Record) -> dict[str, Any]:
    """The whole record as JSON, as `python -m probes` reads it; what is None is left out."""
    values = {_name(one): getattr(job, one.name) for one in fields(job)}
    return {name: _plain(value) for name, value in values.items() if value is not None}


def read(kind: type[R], found: Mapping[str, Any]) -> R:
    """A job file as its record. None is not said; a single item may stand for a list of one.

    Problems: job-setting-missing; job-setting-wrong for a value of another type or an unknown name.
    """
    hints, known = get_type_hints(kind), {_name(one): one for one in fields(kind)}
    given = {name: value for name, value in kind.completed(found).items() if value is not None}
    for name in given:
        if name not in known:
            raise Problem("job-setting-wrong", probe=kind.PROBE, setting=name, value=_shown(given[name]))
    for name, one in known.items():
        if one.default is MISSING and name not in given:
            raise Problem("job-setting-missing", probe=kind.PROBE, setting=name)
    values = {}
    for name, value in given.items():
        try:
            values[known[name].name] = _typed(value, hints[known[name].name])
        except TypeError:
            raise Problem(
                "job-setting-wrong", probe=kind.PROBE, setting=name, value=_shown(value)
            ) from None
    return kind(**values)


def reads(kind: type[R]) -> Callable[[Callable[[R, Emit], dict[str, Any]]], Run]:
    """Makes a probe's work on a record into its `run`, which takes the job file."""

    def decorate(work: Callable[[R, Emit], dict[str, Any]]) -> Run:
        @wraps(work)
        def run(found: Mapping[str, Any], emit: Emit) -> dict[str, Any]:
            return work(read(kind, found), emit)

        return run

    return decorate


def key_of(job: Record, **found: Any) -> dict[str, Any]:
    """The evidence key: what of the job makes two results comparable, and what was found in doing it."""
    key = {}
    for one in fields(job):
        about = told(one)
        if about.key is None:
            continue
        if not (about.unusual and getattr(job, one.name) == one.default):
            key[_name(one)] = _plain(getattr(job, about.key or one.name))
    return key | found


def command_of(job: Record, *targets: str) -> str:
    """The command line that asks for this job again, from any folder; `targets` as one names them there."""
    if not job.COMMAND:
        return ""
    return shlex.join(["basefit", job.COMMAND, *targets, *map(str, _options(job))])


def job_of(job: Record, *targets: str, environment: Mapping[str, str] | None = None) -> Job:
    """What the runner takes; `targets` as `command_of` does."""
    return Job(job.PROBE, job_file(job), job.subject, command_of(job, *targets), environment or {})


def _options(job: Record) -> list[object]:
    usual, words = job.defaults(), list[object]()
    for one in fields(job):
        value = getattr(job, one.name)
        if value is not None and (told(one).always or value != usual.get(one.name, MISSING)):
            words += _said(value, told(one), flags(one))
    return words


def _said(value: Any, about: Told, names: tuple[str, ...]) -> list[object]:
    if not names:
        return []
    if isinstance(value, bool):
        return [names[0] if value else names[0].replace("--", "--no-", 1)]
    if isinstance(value, Record):
        return [names[0], *_options(value)]
    if not isinstance(value, tuple):
        return [names[0], Path(value).absolute() if about.path else value]
    if about.joined:
        return [names[0], ",".join(map(str, value))]
    pairs = zip(names if len(names) > 1 else names * len(value), value, strict=True)
    return [word for name, item in pairs for word in (name, Path(item).absolute() if about.path else item)]


def _name(one: "Field[Any]") -> str:
    return one.name.removesuffix("_")


def _plain(value: Any) -> Any:
    if isinstance(value, Record):
        return job_file(value)
    if isinstance(value, tuple | list):
        return [_plain(item) for item in value]
    return value


def _shown(value: object) -> str:
    return repr(value)[:80]


def _typed(value: Any, kind: Any) -> Any:
    """The value as a field of this type holds it; TypeError where it is of another."""
    if kind is Any:
        return value
    origin, inner = get_origin(kind), get_args(kind)
    if origin in (Union, UnionType):
        for one in inner:
            try:
                return _typed(value, one)
            except TypeError:
                continue
        raise TypeError
    if origin is tuple:
        items = value if isinstance(value, list | tuple) else [value]
        if inner[-1] is not ... and len(items) != len(inner):
            raise TypeError
        kinds = inner[:1] * len(items) if inner[-1] is ... else inner
        return tuple(_typed(item, one) for item, one in zip(items, kinds, strict=True))
    if isinstance(kind, type) and issubclass(kind, Record):
        if isinstance(value, kind):
            return value
        if isinstance(value, Mapping):
            return read(kind, value)
        return read(kind, {_name(fields(kind)[0]): value})
    wanted = {float: (int, float), int: (int,), bool: (bool,), str: (str,)}.get(kind, (origin or kind,))
    if not isinstance(value, wanted) or (isinstance(value, bool) and kind is not bool):
        raise TypeError
    return value
