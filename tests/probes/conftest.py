"""A tiny random model and rows to train it on, for every probe that trains."""

from pathlib import Path

import pytest

from probes.quantize import products
from tests.probes.tiny import write_model, write_rows


@pytest.fixture
def rows(tmp_path: Path) -> Path:
    """A JSONL file of 48 Alpaca rows."""
    return write_rows(tmp_path / "rows.jsonl")


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The model's directory; tests only read it."""
    return write_model(tmp_path_factory.mktemp("models") / "tiny")


@pytest.fixture
def torchs_own_products(monkeypatch: pytest.MonkeyPatch) -> None:
    """16 bits and int8 multiplied as torch does it, also where that is slow: to be equal bit for bit."""
    monkeypatch.setattr(products, "native", lambda dtype: True)
