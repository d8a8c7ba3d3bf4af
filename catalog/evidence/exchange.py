"""Evidence for others, and from them: one JSON object a line (docs/evidence.md).

A row holds what `SHARED` of its kind names and nothing else. What comes in is a stranger's: every line is
bounded, checked and refused by itself, with its number and the reason.
"""

import json
import math
import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from catalog.bounded_json import parse_json
from catalog.evidence.kinds import has_score, quantities, scored, shared_fields
from catalog.evidence.kinds.shared import Shared, kept, unfit_fields
from catalog.evidence.paired import unpaired_difference
from catalog.evidence.records import Evidence, Provenance
from catalog.evidence.statistics import clustered_ratio, or_nan
from catalog.problem import Problem

SCHEMA = 1
MOST_LINE_BYTES, MOST_ROWS = 2**22, 10**6
TOLERANCE = 1e-6
"""Relative, between a score and what its spans come to: numbers may have been rounded."""
ONCE = 2.0
"""How many times as large a speed or a peak, taken once and without an error, may be another time."""
_MODEL = r"[A-Za-z0-9][A-Za-z0-9_.-]{0,95}(/[A-Za-z0-9][A-Za-z0-9_.-]{0,95})?"
_REVISION, _LEVEL = r"([0-9a-f]{8,64})?", r"([a-z0-9][a-z0-9_.-]{0,39})?"
_CREATED = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\+00:00|Z)"
_SCORED = ("perplexity", "trial")
_NO_SUBJECT = ("hardware",)
"""Kinds whose device is all that they are about."""

Row = dict[str, Any]


@dataclass
class Intake:
    """What came of a file: rows that are new, how many were known, and why each other was refused."""

    taken: list[Evidence] = field(default_factory=list)
    known: int = 0
    refused: list[Problem] = field(default_factory=list)


def shared(evidence: Evidence, public: Collection[str]) -> Row | None:
    """The row that may leave; None where there is none.

    A model's name goes out where it is one of `public`, or a Hub id; else its revision stands for it.
    Evidence stays that depends on what may not leave (columns by name, a folder), that has no number, or
    that is about nothing but a name.
    """
    fields = shared_fields().get(evidence.kind)
    if fields is None:
        return None
    values, key = kept(evidence.values, fields[0]), kept(evidence.key, fields[1])
    named = evidence.model in public or evidence.model.count("/") == 1
    row: Row = {
        "schema": SCHEMA,
        "kind": evidence.kind,
        "model": evidence.model if named and re.fullmatch(_MODEL, evidence.model) else "",
        "revision": evidence.revision,
        "level": evidence.level,
        "key": key,
        "values": values,
        "created": evidence.created,
    }
    apart = {name for name, value in evidence.key.items() if value not in (None, "", [], ())} - {*key}
    return None if apart or _wrong(row) else row


def rows_of(evidence: Iterable[Evidence], public: Collection[str]) -> tuple[list[Row], int]:
    """The rows of what was measured here, and of how many there is none."""
    rows = [shared(e, public) for e in evidence if e.provenance is Provenance.MEASURED]
    return [row for row in rows if row is not None], sum(row is None for row in rows)


def line_of(row: Row) -> str:
    """A row as a line, in ASCII."""
    return json.dumps(row, allow_nan=False) + "\n"


def take(path: Path, known: Iterable[Evidence], source: str) -> Intake:
    """The rows of a file against what the store holds. OSError where it cannot be read.

    A row is known where the store, or the file above it, has the same numbers; it is refused where those
    have the same kind of result of the same revision, level and key with numbers that differ by more than
    their errors (2 standard errors; none for what is exact; a factor of two for what was taken once).
    """
    found, alike = Intake(), dict[str, list[tuple[Row, Evidence]]]()
    for e in known:
        if (row := shared(e, (e.model,))) is not None:
            alike.setdefault(_question(row), []).append((row["values"], e))
    for number, line in _lines(path):
        try:
            row = _read(line)
            one = _evidence(row, source)
            others = alike.setdefault(_question(row), [])
            if any(row["values"] == values for values, _ in others):
                found.known += 1
                continue
            if wrong := _contradiction(one, [other for _, other in others]):
                raise wrong
            others.append((row["values"], one))
            found.taken.append(one)
        except Problem as problem:
            found.refused.append(Problem(problem.code, **{"line": number, **problem.params}))
    return found


def _lines(path: Path) -> Iterator[tuple[int, bytes]]:
    """Numbered lines that say something; of one that is too long its beginning, which is too long too.

    Problem evidence-rows, beyond MOST_ROWS.
    """
    with path.open("rb") as file:
        number = 0
        while line := file.readline(MOST_LINE_BYTES + 1):
            number += 1
            rest = line
            while len(rest) > MOST_LINE_BYTES and not rest.endswith(b"\n"):
                rest = file.readline(MOST_LINE_BYTES + 1)
            if number > MOST_ROWS:
                raise Problem("evidence-rows", path=str(path), most=MOST_ROWS)
            if line.strip():
                yield number, line


def _read(line: bytes) -> Row:
    """The row of a line, with what is not of the schema left out of its values."""
    try:
        given = parse_json(line, MOST_LINE_BYTES)
    except ValueError as error:
        raise Problem("evidence-line-unreadable", detail=str(error)[:120]) from None
    if not isinstance(given, dict):
        raise Problem("evidence-line-unreadable", detail="no JSON object")
    if given.get("schema") != SCHEMA:
        raise Problem("evidence-schema", found=_short(given.get("schema")), known=SCHEMA)
    kinds = shared_fields()
    kind = given.get("kind")
    if not isinstance(kind, str) or kind not in kinds:
        raise Problem("evidence-kind", found=_short(kind), known=", ".join(kinds))
    for name in ("key", "values"):
        if not isinstance(given.get(name), dict):
            raise Problem("evidence-field", field=name, value=_short(given.get(name)))
    values, key = kinds[kind]
    if strange := sorted({*given["key"]} - {*key}):
        raise Problem("evidence-key", field=_short(strange[0]), known=", ".join(key))
    row = {name: given.get(name) for name in ("schema", "kind", "model", "revision", "level", "created")}
    row["key"] = {name: value for name, value in given["key"].items() if value is not None}
    row["values"] = kept(given["values"], values)
    if wrong := _wrong(row):
        raise wrong
    return row


def _wrong(row: Row) -> Problem | None:
    """What keeps a row from being one of the schema."""
    values, key = shared_fields()[row["kind"]]
    for name, form in (("model", f"({_MODEL})?"), ("revision", _REVISION), ("level", _LEVEL)):
        if not isinstance(row[name], str) or not re.fullmatch(form, row[name]):
            return Problem("evidence-field", field=name, value=_short(row[name]))
    if not _is_time(row["created"]):
        return Problem("evidence-field", field="created", value=_short(row["created"]))
    for part, fields in (("key", key), ("values", values)):
        if bad := unfit_fields(row[part], fields):
            inside = {} if "." in bad else {"value": _short(row[part][bad])}
            return Problem(f"evidence-{'field' if inside else 'part'}", field=f"{part}.{bad}", **inside)
    if missing := _missing(row, key):
        return Problem("evidence-missing", field=missing)
    if not quantities(_evidence(row, "")):
        return Problem("evidence-no-number")
    return _torn(row)


def _missing(row: Row, key: Shared) -> str:
    """What a row is about, on what it was measured, what a score needs: the first that is not said."""
    if row["kind"] not in _NO_SUBJECT and not (row["model"] or row["revision"]):
        return "revision"
    needed = [f"key.{name}" for name in ("text_sha256", "data_sha256", "device") if name in key]
    found = _evidence(row, "")
    if row["kind"] in _SCORED and has_score(found):
        needed += [f"values.{name}" for name in scored(found).WITH_SCORE]
    return next((place for place in needed if not _is_said(row, *place.split("."))), "")


def _is_said(row: Row, part: str, name: str) -> bool:
    return row[part].get(name) not in (None, [])


def _torn(row: Row) -> Problem | None:
    """Whether the score is what its own spans come to: bits per byte, -sum ln p / (bytes ln 2). One that
    rests on the reference's windows too may lie from it by what its own leave open.
    """
    found = _evidence(row, "")
    if row["kind"] not in _SCORED or not has_score(found):
        return None
    score = scored(found)
    spans = [or_nan(span.nats) / math.log(2) for span in score.spans]
    own = clustered_ratio(spans, [span.bytes for span in score.spans])
    slack = own.margin if score.beyond_spans else TOLERANCE * own.value
    if score.bits_per_byte is None or abs(score.bits_per_byte - own.value) <= slack:
        return None
    return Problem("evidence-torn", value=score.bits_per_byte, spans=own.value)


def _evidence(row: Row, source: str, provenance: Provenance = Provenance.IMPORTED) -> Evidence:
    values = dict(row["values"])
    if row["kind"] in _SCORED:
        values |= {"model": row["model"], "level": row["level"]}
    subject = (row["kind"], row["model"], row["revision"], row["level"])
    return Evidence(*subject, row["key"], values, provenance, source, row["created"])


def _question(row: Row) -> str:
    """The same for rows that ask the same of the same."""
    subject = row["revision"] or row["model"]
    return json.dumps([row["kind"], subject, row["level"], row["key"]], sort_keys=True)


def _differs(a: Evidence, b: Evidence) -> tuple[str, float, float] | None:
    """(quantity, a's, b's) of the first number that is another by more than the errors of both."""
    others = {one.name: one for one in quantities(b)}
    for one in quantities(a):
        other = others.get(one.name)
        if other is None or math.isclose(one.value, other.value, rel_tol=TOLERANCE):
            continue
        if one.exact or other.exact:
            return one.name, one.value, other.value
        if one.se is not None and other.se is not None:
            far = unpaired_difference(one.estimate, other.estimate).significant
        else:
            far = max(one.value, other.value) > ONCE * min(one.value, other.value)
        if far:
            return one.name, one.value, other.value
    return None


def _contradiction(one: Evidence, others: Collection[Evidence]) -> Problem | None:
    """Where none that asks the same agrees; what was measured here is asked before what was imported."""
    own = [other for other in others if other.provenance is Provenance.MEASURED]
    found = [_differs(one, other) for other in own or others]
    if not found or None in found:
        return None
    name, value, known = found[0] or ("", 0.0, 0.0)
    whose = "own" if own else "imported"
    return Problem(f"evidence-contradicts-{whose}", field=name, value=value, known=known)


def _is_time(text: Any) -> bool:
    """ISO 8601 in UTC, and not of days to come: the newest counts."""
    if not isinstance(text, str) or not re.fullmatch(_CREATED, text):
        return False
    try:
        return datetime.fromisoformat(text) < datetime.now(UTC) + timedelta(days=1)
    except ValueError:
        return False


def _short(value: Any) -> str:
    return repr(value)[:40] if not isinstance(value, str) else value[:40]
