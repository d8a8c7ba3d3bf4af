"""Commands run in this process on a store of their own; probes run as children."""

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from probes.checkpoint.target import DEMO
from tests.forked import probes_are_forked
from tui.cli import run


@dataclass(frozen=True)
class Answer:
    """What a command line gave: its exit status, stdout and stderr."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> dict[str, Any]:
        """The one JSON object on stdout."""
        document: dict[str, Any] = json.loads(self.out)
        return document


Basefit = Callable[..., Answer]


@pytest.fixture
def probes(monkeypatch: pytest.MonkeyPatch) -> None:
    """How a command's probes start: as forks; a file that wants fresh ones has its own `probes`."""
    probes_are_forked(monkeypatch)


@pytest.fixture
def basefit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], probes: None
) -> Basefit:
    """`basefit("models", "--budget", 24)` -> Answer, with an empty home in English."""
    monkeypatch.setenv("BASEFIT_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("BASEFIT_LANG", "en")

    def call(*arguments: object) -> Answer:
        status = run([str(argument) for argument in arguments])
        captured = capfd.readouterr()
        return Answer(status, captured.out, captured.err)

    return call


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """A copy of the smallest bundled model, to be damaged at will."""
    return Path(shutil.copytree(DEMO / "demo-llama-s", tmp_path / "small"))
