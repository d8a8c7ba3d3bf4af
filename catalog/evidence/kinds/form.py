"""Between a record and the plain form that is stored: JSON objects, lists, numbers, words."""

from collections.abc import Mapping
from dataclasses import field, fields, is_dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar, get_args, get_type_hints

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

T = TypeVar("T", bound="DataclassInstance")


def read(kind: type[T], stored: Mapping[str, Any]) -> T:
    """The record that a stored object holds, records inside it by the types of its fields.

    What an older version did not store is the field's default, what a newer one adds is passed over.
    """
    found = {}
    for name, inner in _fields(kind).items():
        if name in stored:
            found[name] = stored[name] if inner is None else _nested(inner, stored[name])
    return kind(**found)


def write(record: Any) -> dict[str, Any]:
    """The stored form of a record: its fields in order, without the optional ones that are None."""
    found = {}
    for one in fields(record):
        value = getattr(record, one.name)
        if value is not None or not one.metadata.get("optional"):
            found[one.name] = _plain(value)
    return found


def optional() -> Any:
    """A field that is not stored at all where it is None."""
    return field(default=None, metadata={"optional": True})


@cache
def _fields(kind: Any) -> dict[str, type | None]:
    """Name -> the record that the field holds, by itself or in a tuple; None for a plain field."""
    hints = get_type_hints(kind)
    return {one.name: _record(hints[one.name]) for one in fields(kind)}


def _record(hint: Any) -> type | None:
    if isinstance(hint, type) and is_dataclass(hint):
        return hint
    return next((found for part in get_args(hint) if (found := _record(part))), None)


def _nested(kind: Any, stored: Any) -> Any:
    if isinstance(stored, Mapping):
        return read(kind, stored)
    return None if stored is None else tuple(read(kind, entry) for entry in stored)


def _plain(value: Any) -> Any:
    if is_dataclass(value):
        return write(value)
    if isinstance(value, Mapping):
        return {name: _plain(item) for name, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, list | tuple) else value
