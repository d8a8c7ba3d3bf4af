"""Evidence for others: only what is named leaves, and a stranger's line is checked before it counts."""

import json
import math
from collections.abc import Iterator
from dataclasses import fields, replace
from functools import reduce
from operator import getitem
from pathlib import Path
from typing import Any

import pytest

from catalog.evidence import kinds
from catalog.evidence.exchange import MOST_LINE_BYTES, Intake, line_of, rows_of, shared, take
from catalog.evidence.kinds import key_of, scored, shared_fields
from catalog.evidence.paired import compare
from catalog.evidence.records import Evidence, Provenance
from tests.places import ROOT

NATS, BYTES = (700.0, 650.0), (1024, 1000)
BITS = sum(NATS) / sum(BYTES) / math.log(2)
SHA = "ab" * 32
PUBLIC = {"qwen2.5-7b"}


def perplexity(**more: Any) -> Evidence:
    values = {
        "model": "mine",
        "level": "nf4",
        "text": "/home/me/secret.txt",
        "tokens_scored": 600,
        "bits_per_byte": BITS,
        "bits_per_byte_se": 0.01,
        "ppl": 10.0,
        "ppl_se": 0.5,
        "same_top": 0.9,
        "same_top_se": 0.01,
        "kl_nats": 0.02,
        "kl_se": 0.001,
        "noise_floor": math.nan,
        "weight_bytes": 4096,
        "verdict": "slightly worse",
        "windows": [
            {"nats": n, "bytes": b, "start": 0, "end": b} for n, b in zip(NATS, BYTES, strict=True)
        ],
        "what_a_newer_version_adds": "secret",
    }
    key = {
        "text_sha256": SHA,
        "frame": "probe",
        "windows": 2,
        "reference": "bf16",
        "device": "cpu",
        "versions": {"torch": "2.13.0+cpu"},
    }
    about: dict[str, Any] = {"model": "mine", "source": "basefit perplexity /home/me/mine"} | more
    created = "2026-01-02T03:04:05+00:00"
    return replace(Evidence("perplexity", "", "c0ffee00", "nf4", key, values, created=created), **about)


def row(**more: Any) -> dict[str, Any]:
    found = shared(perplexity(model="qwen2.5-7b"), PUBLIC)
    assert found is not None
    return found | more


def taken(tmp_path: Path, *lines: Any, known: tuple[Evidence, ...] = ()) -> Intake:
    path = tmp_path / "rows.jsonl"
    text = (line if isinstance(line, bytes) else json.dumps(line).encode() for line in lines)
    path.write_bytes(b"\n".join(text) + b"\n")
    return take(path, known, "basefit evidence import rows.jsonl")


def test_only_what_is_named_leaves() -> None:
    line = line_of(row(model=""))
    assert "secret" not in line
    assert "/home" not in line
    assert json.loads(line)["values"]["bits_per_byte"] == BITS
    assert "noise_floor" not in json.loads(line)["values"]  # it was no finite number


@pytest.mark.parametrize(
    ("model", "leaves"),
    [("mine", ""), ("qwen2.5-7b", "qwen2.5-7b"), ("Qwen/Qwen2.5-7B", "Qwen/Qwen2.5-7B"), ("a/../b", "")],
)
def test_a_name_that_nobody_else_knows_stays(model: str, leaves: str) -> None:
    found = shared(perplexity(model=model), PUBLIC)
    assert found is not None
    assert (found["model"], found["revision"]) == (leaves, "c0ffee00")


@pytest.mark.parametrize(
    "change",
    [
        {"key": dict(perplexity().key) | {"calibration": "/home/me/text"}},
        {"key": {"text_sha256": SHA, "device": "/dev/mine"}},
        {"level": "gptq:/home/me/checkpoint"},
        {"revision": "", "model": "mine"},
        {"values": {"tokens_scored": 5}},
        {"kind": "vote", "values": {"votes": ["before"], "win_rate": 0.0}},
    ],
)
def test_what_depends_on_more_stays(change: dict[str, Any]) -> None:
    assert shared(perplexity(**change), PUBLIC) is None
    assert rows_of([perplexity(), perplexity(**change)], PUBLIC)[1] == 1


def test_a_row_is_taken_as_it_was_exported(tmp_path: Path) -> None:
    found = taken(tmp_path, row())
    assert (found.known, found.refused) == (0, [])
    (one,) = found.taken
    assert one.provenance is Provenance.IMPORTED
    assert key_of(one) == key_of(perplexity())
    assert one.id != perplexity().id
    again = kinds.Perplexity.of(one)
    assert (again.bits_per_byte, again.model, again.windows[1].bytes) == (BITS, "qwen2.5-7b", 1000)
    assert rows_of([one], PUBLIC) == ([], 0)


def test_what_is_there_already_is_known(tmp_path: Path) -> None:
    assert taken(tmp_path, row(), known=(perplexity(),)).known == 1
    assert taken(tmp_path, row(), row()).known == 1
    (imported,) = taken(tmp_path, row()).taken
    assert taken(tmp_path, row(model=""), known=(imported,)).known == 1  # the revision tells


def values(**more: Any) -> dict[str, Any]:
    return row(values=row()["values"] | more)


@pytest.mark.parametrize(
    ("line", "code", "field"),
    [
        (b"{", "evidence-line-unreadable", None),
        (b"[1]", "evidence-line-unreadable", None),
        (b"\xff\xfe", "evidence-line-unreadable", None),
        (b"[" * 5000, "evidence-line-unreadable", None),
        (b'"' + b"x" * (MOST_LINE_BYTES * 2) + b'"', "evidence-line-unreadable", None),
        (row(schema=2), "evidence-schema", None),
        (row(kind="vote"), "evidence-kind", None),
        (row(kind=[]), "evidence-kind", None),
        (row(values=[]), "evidence-field", "values"),
        (row(model="\x1b[31m"), "evidence-field", "model"),
        (row(revision="../x"), "evidence-field", "revision"),
        (row(level="NF 4"), "evidence-field", "level"),
        (row(created="2199-01-01T00:00:00+00:00"), "evidence-field", "created"),
        (row(created="yesterday"), "evidence-field", "created"),
        (row(model="", revision=""), "evidence-missing", "revision"),
        (row(key={"text_sha256": SHA}), "evidence-missing", "key.device"),
        (values(windows=[]), "evidence-missing", "values.windows"),
        (values(verdict=None), "evidence-missing", "values.verdict"),
        (values(bits_per_byte_se=None), "evidence-missing", "values.bits_per_byte_se"),
        (row(key=row()["key"] | {"more": 1}), "evidence-key", "more"),
        (row(key=row()["key"] | {"device": "/home/me"}), "evidence-field", "key.device"),
        (row(key=row()["key"] | {"versions": {"torch": 2}}), "evidence-field", "key.versions"),
        (values(bits_per_byte="2.5"), "evidence-field", "values.bits_per_byte"),
        (values(bits_per_byte=True), "evidence-field", "values.bits_per_byte"),
        (values(ppl=-1.0), "evidence-field", "values.ppl"),
        (values(same_top=1.5), "evidence-field", "values.same_top"),
        (values(weight_bytes=10**400), "evidence-field", "values.weight_bytes"),
        (values(tokens_scored=1.5), "evidence-field", "values.tokens_scored"),
        (values(verdict="excellent"), "evidence-field", "values.verdict"),
        (values(windows=[{"nats": "x", "bytes": 5}]), "evidence-part", "values.windows.nats"),
        (values(windows=[{"nats": 5.0, "bytes": 0}]), "evidence-part", "values.windows.bytes"),
        (values(bits_per_byte=BITS * 1.01), "evidence-torn", None),
        (row(values={"verdict": "worse"}), "evidence-no-number", None),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)  # fmt: skip
def test_a_malformed_row_is_refused_alone(tmp_path: Path, line: Any, code: str, field: str | None) -> None:
    found = taken(tmp_path, line, row())
    assert len(found.taken) == 1
    (refused,) = found.refused
    assert (refused.code, refused.params["line"], refused.params.get("field")) == (code, 1, field)


def test_no_infinite_number_is_taken(tmp_path: Path) -> None:
    line = json.dumps(row()).replace('"ppl": 10.0', '"ppl": Infinity').encode()
    (one,) = taken(tmp_path, line).taken
    assert kinds.Perplexity.of(one).ppl is None


def test_a_contradiction_is_refused_and_noise_is_not(tmp_path: Path) -> None:
    own = perplexity()
    (refused,) = taken(tmp_path, values(ppl=15.0), known=(own,)).refused
    assert refused.code == "evidence-contradicts-own"
    assert refused.params == {"line": 1, "field": "ppl", "value": 15.0, "known": 10.0}
    assert len(taken(tmp_path, values(ppl=13.0), known=(own,)).taken) == 1  # two windows each: within 3.7
    (refused,) = taken(tmp_path, values(weight_bytes=4097), known=(own,)).refused  # it is exact
    assert refused.params["field"] == "weight_bytes"
    (refused,) = taken(tmp_path, row(), values(ppl=15.0)).refused
    assert (refused.code, refused.params["line"]) == ("evidence-contradicts-imported", 2)
    other_text = row(key=row()["key"] | {"text_sha256": "cd" * 32}, values=values(ppl=15.0)["values"])
    assert len(taken(tmp_path, other_text, known=(own,)).taken) == 1


def test_a_speed_taken_once_may_be_another_by_half(tmp_path: Path) -> None:
    key = {"context": 128, "batch": 1, "device": "NVIDIA H200", "versions": {"torch": "2.13.0"}}
    own = Evidence("deploy", "m", "c0ffee00", "nf4", key, {"decode_tokens_per_s": 100.0})
    line = shared(own, ())
    assert line is not None
    slower, wrong = (line | {"values": {"decode_tokens_per_s": speed}} for speed in (60.0, 40.0))
    found = taken(tmp_path, slower, wrong, known=(own,))
    assert ([e.values for e in found.taken], len(found.refused)) == ([{"decode_tokens_per_s": 60.0}], 1)


def test_what_is_shared_is_a_field_and_stands_in_the_document() -> None:
    text = (ROOT / "docs" / "evidence.md").read_text("utf-8")
    lines = {line.split("`")[1]: line for line in text.splitlines() if line.startswith("| `")}
    for kind, (of_values, of_key) in shared_fields().items():
        record = kinds.key_of(Evidence(kind, "", "", "", {}, {}))
        unread = {"versions", "driver", "torch"}  # told apart by, and read by nobody
        assert {*of_key} - unread <= {one.name for one in fields(record)}
        assert [name for name in (*of_key, *of_values) if f"`{name}`" not in lines[kind]] == []


def test_a_point_of_a_curve_needs_its_place(tmp_path: Path) -> None:
    key = {"data_sha256": SHA, "device": "cpu"}
    points = [{"examples": 8, "bits_per_byte": 2.0}, {"bits_per_byte": 1.5}]
    line = row(kind="trial", key=key, values={"before": 2.0, "points": points})
    found = taken(tmp_path, line, line | {"values": {"before": 2.0, "points": points[:1]}})
    assert [one.params.get("field") for one in found.refused] == ["values.points.examples"]
    (one,) = found.taken
    assert kinds.Trial.of(one).points == (kinds.Point(8, 2.0),)


ODD = (
    None, True, -1, 1e308, 10**30, "", "/etc/passwd", "\x1b[31m", "\ud800", [], {}, [[]], {"a": {}},
    math.nan, math.inf,
)  # fmt: skip


def places(value: Any, here: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The ways to everything inside a JSON value."""
    inside = (
        value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    )
    for name, inner in inside:
        yield (*here, name)
        yield from places(inner, (*here, name))


def test_whatever_one_place_holds_a_row_is_taken_or_refused(tmp_path: Path) -> None:
    lines = []
    for *way, last in places(row()):
        for odd in ODD:
            line = json.loads(json.dumps(row()))
            reduce(getitem, way, line)[last] = odd
            lines.append(line)
    found = taken(tmp_path, *lines)
    assert len(found.taken) + found.known + len(found.refused) == len(lines) > 500
    for one in found.taken:
        json.dumps([dict(one.key), dict(one.values)], allow_nan=False)
        assert compare(scored(one), scored(one)).value == 0
        assert kinds.quantities(one)
