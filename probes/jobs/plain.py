"""Records as JSON and back, by their fields' types: for journals that another process reads."""

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from enum import Enum
from pathlib import Path
from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints


def plain(value: Any) -> Any:
    """As JSON has it: records are objects, tuples lists, paths strings; NaN and infinity become null."""
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: plain(getattr(value, field.name)) for field in fields(value) if field.init}
    if isinstance(value, Mapping):
        return {str(name): plain(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Path):
        return str(value)
    if isinstance(value, float) and value - value != 0:
        return None
    return value


def record(kind: Any, value: Any) -> Any:
    """The value of type `kind` that `plain` made this of; TypeError or ValueError where it is none."""
    if kind is Any or value is None:
        return value
    origin, inner = get_origin(kind), get_args(kind)
    if origin in (Union, UnionType):
        (only,) = (one for one in inner if one is not type(None))
        return record(only, value)
    if origin is tuple:
        each = inner[:1] * len(value) if inner[1:] == (...,) else inner
        return tuple(record(one, item) for one, item in zip(each, value, strict=True))
    if origin is list:
        return [record(inner[0], item) for item in value]
    if is_dataclass(kind):
        hints, given = get_type_hints(kind), {field.name for field in fields(kind) if field.init}
        return kind(**{name: record(hints[name], value[name]) for name in given})  # type: ignore[operator]
    if isinstance(kind, type) and issubclass(kind, tuple):
        return kind(*value)
    if isinstance(kind, type) and issubclass(kind, Enum | Path):
        return kind(value)
    return value
