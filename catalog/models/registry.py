"""The models basefit knows: `models.toml`, and the person's own file of the same form."""

import tomllib
from dataclasses import dataclass, fields, replace
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from types import UnionType
from typing import Any, get_args

from catalog.bounded_json import read_json, read_toml
from catalog.models.architecture import Traits
from catalog.models.architectures import ARCHITECTURES
from catalog.models.counted import Counted
from catalog.models.spec import ModelSpec
from catalog.problem import Problem

Table = dict[str, Any]

COUNTED = Path(__file__).parent / "counted.json"
"""Records of `catalog.models.counted` by name, made by tests/bench/count_catalog.py."""

_SHAPES = {field.name for field in fields(ModelSpec)} - {"name", "traits", "local_layers", "counted"}
_TRAITS = {field.name for field in fields(Traits) if isinstance(field.default, int | float)}
_FACTS = {
    "hub_id", "modelscope_id", "training_tokens", "languages", "licence", "commercial", "commercial_note",
    "released", "chat", "kind", "source", "verified", "tuned_from", "tokens_per_character", "path",
}  # fmt: skip
_MOST = {"training_tokens": 1e18, "tokens_per_character": 100.0, "rotary_fraction": 1.0}
_MOST_OF_A_SHAPE = 2**31
"""No width, count or context is as large; the largest embedding has some 2^18 rows."""
_NOT_INHERITED = {"hub_id", "modelscope_id", "chat", "unknown", "path"}
KINDS = ("base", "chat", "coder", "reasoning")
"""What a model is for: to go on with any text, to answer, to write code, to think before it answers."""
_PLAIN = ("base", "chat")
"""The kinds that say no more than `chat` does."""


@dataclass(frozen=True)
class ModelEntry:
    """A model with what is known of it; None means not published, or not known for certain.

    `training_tokens` counts everything the weights have seen, `languages` are ISO codes ("multi" for
    many more), `released` is an ISO date or month, `commercial` whether the licence allows commercial
    use (None: unknown) with its condition in `commercial_note`, `tuned_from` the base of a tuned model,
    `verified` whether the exact parameter count agrees with the published one. `tokens_per_character`
    is the published cost of Chinese text for this tokenizer. `kind` is one of KINDS; `chat` whether it was
    tuned to answer, which a coder may be too. `modelscope_id` is its name on ModelScope, `path` its folder
    on this disk, which a person's own row may name.
    """

    spec: ModelSpec
    hub_id: str
    training_tokens: int | None = None
    languages: tuple[str, ...] = ()
    licence: str | None = None
    commercial: bool | None = None
    commercial_note: str = ""
    released: str | None = None
    chat: bool = False
    kind: str = "base"
    source: str = ""
    verified: bool = False
    tuned_from: str | None = None
    tokens_per_character: float | None = None
    modelscope_id: str | None = None
    path: str = ""

    @property
    def name(self) -> str:
        return self.spec.name

    @property
    def base_of(self) -> str:
        """The base model of this one: itself where it is not tuned from another."""
        return self.tuned_from or self.spec.name


_TYPES = {one.name: one.type for kind in (ModelSpec, Traits, ModelEntry) for one in fields(kind)}


def load_models(extra: Path | None = None) -> dict[str, ModelEntry]:
    """The catalog by name, with the person's own TOML (`extra`) added and winning on equal names.

    Its rows may name records of `own_records(extra)` as `shapes`. Raises
    Problem("models-file-unreadable", path=, detail=), Problem("model-field-missing", name=, field=) or
    Problem("model-field-wrong", name=, field=, value=) for mistakes in that file.
    """
    if extra is None:
        return dict(_bundled())
    try:
        table = read_toml(extra)
    except (OSError, ValueError) as error:
        raise Problem("models-file-unreadable", path=str(extra), detail=str(error)) from error
    return {**_bundled(), **_entries(table, _bundled_rows(), _read_records(own_records(extra)))}


def own_records(extra: Path) -> Path:
    """Where the records stand that go with a person's own TOML: beside it."""
    return extra.with_suffix(".counted.json")


def shape_fields() -> frozenset[str]:
    """The fields of a row that say how a model is made."""
    return frozenset(_SHAPES | _TRAITS)


def spec_of_row(name: str, row: Table) -> ModelSpec:
    """The shapes that a row of plain fields gives. Problems model-field-missing, model-field-wrong."""
    return _spec(name, row, {})


def find_model(name: str, models: dict[str, ModelEntry] | None = None) -> ModelEntry:
    """The model of that catalog name, Hub id or ModelScope id, in any case.

    Raises Problem("model-unknown", name=, nearest=) with up to three near names.
    """
    known = _bundled() if models is None else models
    key = name.strip().lower()
    if key in known:
        return known[key]
    by_id = {entry.modelscope_id.lower(): entry for entry in known.values() if entry.modelscope_id}
    by_id |= {entry.hub_id.lower(): entry for entry in known.values() if entry.hub_id}
    if key in by_id:
        return by_id[key]
    plain = key.rsplit("/", 1)[-1].removesuffix("-hf")
    if plain in known:
        return known[plain]
    raise Problem("model-unknown", name=name, nearest=", ".join(get_close_matches(plain, known, 3, 0.0)))


@cache
def _bundled() -> dict[str, ModelEntry]:
    return _entries(_bundled_table(), {}, {})


@cache
def _bundled_table() -> Table:
    return tomllib.loads((Path(__file__).parent / "models.toml").read_text("utf-8"))


@cache
def _bundled_rows() -> dict[str, Table]:
    return _rows(_bundled_table(), {})


def _entries(table: Table, inherited: dict[str, Table], records: Table) -> dict[str, ModelEntry]:
    rows = _rows(table, inherited)
    return {name.lower(): _entry(name.lower(), row, records) for name, row in rows.items()}


def _rows(table: Table, inherited: dict[str, Table]) -> dict[str, Table]:
    """Each model's row with its family filled in, and what it is tuned `from` or shaped `like`."""
    families, models = table.get("family", {}), table.get("model", {})
    for name, part in (("family", families), ("model", models)):
        if not isinstance(part, dict):
            raise Problem("model-field-wrong", name=name, field=name, value=str(part))
    rows: dict[str, Table] = {}
    for name, own in models.items():
        if not isinstance(own, dict):
            raise Problem("model-field-wrong", name=name, field="model", value=str(own))
        base_name = own.get("from") or own.get("like")
        family = families.get(own.get("family", ""), {})
        if base_name is None:
            rows[name] = {**family, **own}
            continue
        base = rows.get(base_name) or inherited.get(base_name)
        if base is None:
            raise Problem("model-unknown", name=str(base_name), nearest=", ".join(rows))
        kept = {key: value for key, value in base.items() if key not in _NOT_INHERITED}
        if kept.get("kind") in _PLAIN:
            del kept["kind"]
        unknown = own.get("unknown", family.get("unknown", []))
        if not isinstance(unknown, list):
            raise Problem("model-field-wrong", name=name, field="unknown", value=str(unknown))
        kept = {key: value for key, value in kept.items() if key not in unknown}
        tuned = {"tuned_from": base_name, "chat": True} if "from" in own else {}
        kept.pop("tuned_from", None)
        rows[name] = {**kept, **tuned, **family, **own}
    return rows


def _entry(name: str, row: Table, records: Table) -> ModelEntry:
    unknown = set(row) - _SHAPES - _TRAITS - _FACTS - {"from", "like", "family", "shapes", "unknown"}
    if unknown:
        field = sorted(unknown)[0]
        raise Problem("model-field-wrong", name=name, field=field, value=str(row[field]))
    if "hub_id" not in row:
        raise Problem("model-field-missing", name=name, field="hub_id")
    for field, value in row.items():
        if not _may_be(field, value):
            raise Problem("model-field-wrong", name=name, field=field, value=str(value)[:80])
    facts = {key: row[key] for key in _FACTS if key in row}
    facts["languages"] = tuple(row.get("languages", ()))
    if "training_tokens" in row:
        facts["training_tokens"] = int(row["training_tokens"])
    # Files written before there were kinds say only whether it is a chat model.
    facts["kind"] = row.get("kind") or ("chat" if row.get("chat") else "base")
    if facts["kind"] not in KINDS:
        raise Problem("model-field-wrong", name=name, field="kind", value=str(facts["kind"]))
    if facts["kind"] in _PLAIN:
        facts["chat"] = facts["kind"] == "chat"
    return ModelEntry(spec=_spec(name, row, records), **facts)


def _may_be(field: str, value: Any) -> bool:
    """Whether a field of a row can have this value: by its type, and numbers by their range."""
    wanted = _TYPES.get(field, str)
    if field in ("languages", "unknown"):
        return isinstance(value, list) and all(isinstance(one, str) for one in value)
    allowed = get_args(wanted) if isinstance(wanted, UnionType) else (wanted,)
    if bool in allowed:
        return isinstance(value, bool)
    if str in allowed:
        return isinstance(value, str)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    whole = float in allowed or field in _FACTS or isinstance(value, int)
    return (whole and 0 < value <= _MOST.get(field, _MOST_OF_A_SHAPE)) or (value == 0 and field in _TRAITS)


def _spec(name: str, row: Table, records: Table) -> ModelSpec:
    if "shapes" in row:
        return _counted_spec(name, row, records)
    architecture = row.get("architecture")
    if not isinstance(architecture, str) or architecture not in ARCHITECTURES:
        raise Problem("config-unsupported", architecture=str(architecture), field="architecture")
    shapes = {key: value for key, value in row.items() if key in _SHAPES}
    for field in ("layers", "hidden", "intermediate", "heads", "vocabulary", "context"):
        if field not in shapes:
            raise Problem("model-field-missing", name=name, field=field)
    for field, value in row.items():
        wanted = float if field == "rotary_fraction" else int
        if field in (_SHAPES | _TRAITS) - {"architecture"} and not isinstance(value, wanted):
            raise Problem("model-field-wrong", name=name, field=field, value=str(value))
    known = ARCHITECTURES[architecture]
    fields = known.read({})
    heads = shapes["heads"]
    defaults: Table = {
        "kv_heads": heads,
        "head_dim": shapes["hidden"] // max(heads, 1),
        "tied": bool(fields.get("tie_word_embeddings")),
    }
    own = {key: value for key, value in row.items() if key in _TRAITS}
    return ModelSpec(
        name=name,
        traits=replace(known.traits_of(fields), **own),
        local_layers=known.local_layers(fields, shapes["layers"], shapes.get("sliding_window")),
        **{**defaults, **shapes},
    )


def _counted_spec(name: str, row: Table, records: Table) -> ModelSpec:
    """The shapes of the record that the row names; a row may only say another context than it."""
    for field in sorted(_SHAPES | _TRAITS):
        if field in row and field != "context":
            raise Problem("model-field-wrong", name=name, field=field, value=str(row[field]))
    named = str(row["shapes"])
    try:
        counted = Counted.from_json(records[named]) if named in records else _counted(named)
    except (KeyError, TypeError, ValueError):
        counted = None
    if counted is None:
        raise Problem("model-field-wrong", name=name, field="shapes", value=str(row["shapes"]))
    spec = ModelSpec.of(counted, name)
    context = row.get("context", spec.context)
    if not isinstance(context, int):
        raise Problem("model-field-wrong", name=name, field="context", value=str(context))
    return replace(spec, context=context)


@cache
def _counted(name: str) -> Counted | None:
    written = _records().get(name)
    return None if written is None else Counted.from_json(written)


@cache
def _records() -> Table:
    return _read_records(COUNTED)


def _read_records(path: Path) -> Table:
    """Records by name; none where the file is not there. Problem models-file-unreadable."""
    try:
        found = read_json(path) if path.exists() else {}
    except (OSError, ValueError) as error:
        raise Problem("models-file-unreadable", path=str(path), detail=str(error)) from error
    if not isinstance(found, dict):
        raise Problem("models-file-unreadable", path=str(path), detail=type(found).__name__)
    return found
