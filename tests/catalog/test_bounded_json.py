"""JSON beyond a bound is no JSON; within them it is read as Python reads it."""

import json
from pathlib import Path

import pytest

from catalog.bounded_json import (
    MOST_DEPTH,
    MOST_VALUES,
    SMALL_BYTES,
    TOML_BYTES,
    parse_json,
    read_json,
    read_toml,
)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (b"[" * 100_000 + b"]" * 100_000, "nested deeper"),
        (b'{"a":' * (MOST_DEPTH + 1) + b"1" + b"}" * (MOST_DEPTH + 1), "nested deeper"),
        (b"[" + b"[]," * MOST_VALUES + b"[]]", "more than 4,194,304 values"),
        (b'"' + b"a" * SMALL_BYTES + b'"', "larger than 64 MiB"),
        (b"1" * 5000, "4300 digits"),
        (b'{"a": \xff}', "utf-8"),
        (b"{", "line 1 column 2"),
    ],
    ids=["open", "deep", "many", "large", "number", "bytes", "cut"],
)
def test_beyond_a_bound_or_malformed(text: bytes, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        parse_json(text)


def test_within_the_bounds_it_is_the_same(tmp_path: Path) -> None:
    value: object = 1
    for _ in range(MOST_DEPTH // 2):
        value = {"a": [value, "字", None], "b": 1.5}
    (tmp_path / "a.json").write_text(json.dumps(value))
    assert read_json(tmp_path / "a.json") == value
    with pytest.raises(ValueError, match="larger than 0 MiB"):
        read_json(tmp_path / "a.json", most_bytes=100)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("x = " + "[" * 100_000 + "]" * 100_000, "nested deeper"),
        ("x = '" + "a" * TOML_BYTES + "'", "larger than 4 MiB"),
        ("x = ", "Invalid value"),
    ],
    ids=["deep", "large", "malformed"],
)
def test_a_table_has_bounds_too(tmp_path: Path, text: str, why: str) -> None:
    (tmp_path / "a.toml").write_text("x = {y = [1]}")
    assert read_toml(tmp_path / "a.toml") == {"x": {"y": [1]}}
    (tmp_path / "a.toml").write_text(text)
    with pytest.raises(ValueError, match=why):
        read_toml(tmp_path / "a.toml")
