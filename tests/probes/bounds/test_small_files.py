"""A stranger's checkpoint: what lies beside its weights is bounded, and told by its place."""

import json
from pathlib import Path
from typing import Any

import pytest

from catalog.bounded_json import SMALL_BYTES
from catalog.problem import Problem
from probes.__main__ import failure_of
from probes.bounds.small_files import check_small_files, read_small, small_text
from probes.checkpoint.target import read_config
from probes.dataset.rows import read_rows
from probes.jobs.events import FailureKind
from probes.tokenization.load import load_tokenizer

DEEP = b"[" * 100_000 + b"]" * 100_000
PIPELINE: dict[str, Any] = {
    "version": "1.0", "truncation": None, "padding": None, "added_tokens": [], "normalizer": None,
    "pre_tokenizer": None, "post_processor": None, "decoder": None,
    "model": {"type": "BPE", "vocab": {"a": 0, "b": 1, "ab": 2}, "merges": [["a", "b"]]},
}  # fmt: skip


def tokenizer(folder: Path, **changes: object) -> Path:
    path = folder / "tokenizer.json"
    path.write_text(json.dumps(PIPELINE | changes))
    return path


def test_a_file_beyond_the_limit_is_named_and_not_read(tmp_path: Path) -> None:
    path = tmp_path / "generation_config.json"
    with path.open("wb") as file:
        file.truncate(SMALL_BYTES + 1)
    for reading in (lambda: check_small_files(tmp_path), lambda: read_small(path)):
        with pytest.raises(Problem) as told:
            reading()
        assert (told.value.code, told.value.params["path"]) == ("checkpoint-file-too-large", str(path))
    assert len(small_text(path)) == SMALL_BYTES


@pytest.mark.parametrize("name", ["config.json", "generation_config.json", "added_tokens.json"])
def test_settings_nested_without_end_are_named(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(DEEP)
    with pytest.raises(Problem) as told:
        check_small_files(tmp_path)
    assert (told.value.code, told.value.params["path"]) == ("config-unreadable", str(tmp_path / name))


def test_what_is_read_of_a_stranger_is_nowhere_too_deep(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_bytes(DEEP)
    (tmp_path / "data.json").write_bytes(DEEP)
    (tmp_path / "tokenizer.json").write_bytes(b'{"model": ' + DEEP + b"}")
    for reading, code in (
        (lambda: read_config(tmp_path), "config-unreadable"),
        (lambda: read_rows(tmp_path / "data.json"), "data-unreadable"),
        (lambda: load_tokenizer(tmp_path), "tokenizer-unreadable"),
    ):
        with pytest.raises(Problem, match=f"{code}: .*nested deeper than 100 levels"):
            reading()


@pytest.mark.parametrize(
    "changes",
    [
        {"normalizer": {"type": "Precompiled", "precompiled_charsmap": "AAAA"}},
        {"pre_tokenizer": {"type": "FixedLength", "length": 0}},
        {
            "post_processor": {
                "type": "TemplateProcessing",
                "single": [{"SpecialToken": {"id": "x", "type_id": 0}}],
                "pair": [],
                "special_tokens": {},
            }
        },
        {"model": PIPELINE["model"] | {"continuing_subword_prefix": "####"}},
        {"model": PIPELINE["model"] | {"vocab": {"a": 0, "b": 2**32 - 1, "ab": 2}}},
    ],
    ids=["charsmap", "length", "template", "prefix", "id"],
)
def test_a_tokenizer_that_makes_its_library_panic_is_named(tmp_path: Path, changes: dict[str, Any]) -> None:
    path = tokenizer(tmp_path, **changes)
    with pytest.raises(Problem) as told:
        load_tokenizer(tmp_path)
    assert (told.value.code, told.value.params["path"]) == ("tokenizer-unreadable", str(path))


def test_padding_that_would_take_all_memory_is_left_out(tmp_path: Path) -> None:
    padding = {
        "strategy": {"Fixed": 10**12}, "direction": "Right", "pad_to_multiple_of": None, "pad_id": 0,
        "pad_type_id": 0, "pad_token": "a",
    }  # fmt: skip
    tokenizer(tmp_path, padding=padding)
    assert load_tokenizer(tmp_path).encode("abba") == [2, 1, 0]


def test_a_panic_later_on_is_bad_input() -> None:
    class PanicException(BaseException):
        """As PyO3 names it."""

    failed = failure_of(PanicException("no entry found for key"))
    assert (failed.kind, failed.code) == (FailureKind.BAD_INPUT, "library-panicked")
    assert failed.params == {"detail": "no entry found for key"}
