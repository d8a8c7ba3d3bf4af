"""A store of its own for each test, where the commands look for it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from catalog.evidence.store import Store
from tests.tui.report import stored


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    monkeypatch.setenv("BASEFIT_HOME", str(tmp_path))
    monkeypatch.setenv("BASEFIT_LANG", "en")
    found = stored.store_in(tmp_path)
    yield found
    found.close()
