"""What tests of every floor may ask for."""

from pathlib import Path

import pytest

from tests.fake_nvml import machines


@pytest.fixture(scope="session")
def driver_library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The stand-in for the driver's library, compiled once; skips where there is no C compiler."""
    if machines.compiler() is None:
        pytest.skip("no C compiler")
    return machines.build(tmp_path_factory.mktemp("driver"))


@pytest.fixture
def driver(driver_library: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> machines.FakeDriver:
    """`driver.describes("eight-a100")`, and pynvml sees that machine."""
    return machines.FakeDriver(driver_library, tmp_path, monkeypatch)
