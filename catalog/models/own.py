"""The person's own `models.toml`: how a model is written into it."""

import json
import re
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

from catalog.bounded_json import read_json
from catalog.files import write_text
from catalog.models.registry import ModelEntry, Table, load_models, own_records, shape_fields, spec_of_row
from catalog.models.spec import ModelSpec
from catalog.problem import Problem

NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,95}")
"""A catalog name: small letters, as it is typed and as a file could be called."""
_KINDS = (
    (re.compile(r"cod(e|er)\b|starcoder|codestral|devstral"), "coder"),
    (re.compile(r"\b(r1|qwq|o1|thinking|reason(er|ing)?|think)\b"), "reasoning"),
    (re.compile(r"\b(chat|instruct|it|sft|dpo|assistant|rlhf)\b"), "chat"),
)
"""Words in a model's name -> its kind; the first that is found."""


def name_from(target: str) -> str:
    """The catalog name that a Hub id or a folder suggests."""
    return re.sub(r"[^a-z0-9._-]+", "-", target.rsplit("/", 1)[-1].lower()).strip("-._")


def kind_from(name: str) -> str:
    """What a model's name says it is for; `base` where it says nothing."""
    words = re.sub(r"[._-]+", " ", name.lower())
    return next((kind for part, kind in _KINDS if part.search(words)), "base")


def add(path: Path, entry: ModelEntry) -> None:
    """Write a model into the file at `path`, after what stands there; the file is made where there is none.

    Problems: model-name-wrong, model-listed where a model of that name is known, model-field-wrong for what
    no file of text can hold, and those of `load_models` for what stands in the file.
    """
    name = entry.name
    if not NAME.fullmatch(name):
        raise Problem("model-name-wrong", name=name)
    if name in load_models(path if path.exists() else None):
        raise Problem("model-listed", name=name, path=str(path))
    text = path.read_text("utf-8") if path.exists() else ""
    row, records = _row(entry), own_records(path)
    for field, value in row.items():
        if not _is_text(value):
            raise Problem("model-field-wrong", name=name, field=field, value=ascii(value))
    if entry.spec.counted:
        known = read_json(records) if records.exists() else {}
        write_text(records, json.dumps({**known, name: entry.spec.counted.to_json()}, indent=1) + "\n")
    write_text(path, f"{text}{_gap(text)}{_toml(name, row)}")


def formula_fits(spec: ModelSpec) -> bool:
    """Whether a row of plain fields gives the very same shapes."""
    try:
        return spec_of_row(spec.name, _shapes(spec)) == spec
    except Problem:
        return False


def _row(entry: ModelEntry) -> Table:
    plain = ModelEntry(entry.spec, "")
    facts = {
        one.name: getattr(entry, one.name)
        for one in fields(entry)
        if one.name != "spec" and getattr(entry, one.name) != getattr(plain, one.name)
    }
    facts.pop("chat", None)
    shapes: Table = {"shapes": entry.name} if entry.spec.counted else _shapes(entry.spec)
    return {"hub_id": entry.hub_id, **facts, "kind": entry.kind, **shapes}


def _shapes(spec: ModelSpec) -> Table:
    plain = spec_of_row(spec.name, _widths(spec))
    known, usual = asdict(spec.traits), asdict(plain.traits)
    own = {name: known[name] for name in shape_fields() if name in known and known[name] != usual[name]}
    return _widths(spec) | own


def _widths(spec: ModelSpec) -> Table:
    names = shape_fields() & {field.name for field in fields(ModelSpec)}
    return {name: getattr(spec, name) for name in sorted(names) if getattr(spec, name) is not None}


def _toml(name: str, row: Table) -> str:
    lines = [f"[model.{json.dumps(name)}]", *(f"{key} = {_value(value)}" for key, value in row.items())]
    return "\n".join(lines) + "\n"


def _value(value: Any) -> str:
    """A JSON string, number, list or truth is TOML's too, but for the one control character JSON allows."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _is_text(value: Any) -> bool:
    """False for bytes of a name or an option that are no UTF-8."""
    try:
        _value(value).encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def _gap(text: str) -> str:
    return "" if not text else "\n" if text.endswith("\n") else "\n\n"
