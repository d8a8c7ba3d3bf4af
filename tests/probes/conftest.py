"""A tiny random model and rows to train it on, for every probe that trains."""

from pathlib import Path

import pytest

from tests.probes.tiny import write_model, write_rows


@pytest.fixture
def rows(tmp_path: Path) -> Path:
    """A JSONL file of 48 Alpaca rows."""
    return write_rows(tmp_path / "rows.jsonl")


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The model's directory; tests only read it."""
    return write_model(tmp_path_factory.mktemp("models") / "tiny")
