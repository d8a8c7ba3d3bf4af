"""A probe added as docs/adding.md says: a record, a `run`, a command, and two names."""

import sys
from pathlib import Path

import pytest

from catalog.evidence.store import Store
from probes.__main__ import PROBES
from probes.checkpoint.target import DEMO
from tests import made_up_probe
from tests.tui.cli.conftest import Basefit
from tests.tui.cli.test_bad_input import assert_one_sentence
from tui.cli import commands

MODEL = DEMO / "demo-llama-s"
FILES = sum(path.is_file() for path in MODEL.iterdir())


@pytest.fixture(autouse=True)
def made_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """The two names, known here and in every fork."""
    monkeypatch.setitem(PROBES, "made", made_up_probe.__name__)
    monkeypatch.setattr(commands, "NAMES", (*commands.NAMES, "made"))
    monkeypatch.setitem(sys.modules, "tui.cli.made", made_up_probe)


def test_its_command_runs_it_and_its_metric_is_evidence(basefit: Basefit, tmp_path: Path) -> None:
    answer = basefit("made", MODEL, "--batch", 2, "--json")
    assert answer.status == 0, answer.err
    assert answer.json["files"] == 2 * FILES
    store = Store(tmp_path / "home" / "evidence.sqlite")
    (kept,) = store.find("made")
    store.close()
    assert (kept.level, dict(kept.key), dict(kept.values)) == ("nf4", {"batch": 2}, {"files": FILES})
    assert kept.source == "basefit made demo-llama-s --level nf4 --batch 2"


def test_its_options_are_the_records_fields(basefit: Basefit) -> None:
    told = " ".join(basefit("made", "--help").out.split())
    for word in ("--level", "Quantization level", "default nf4", "--batch", "Sequences at a time"):
        assert word in told
    assert_one_sentence(basefit("made", MODEL, "--batch", 0), "batch")
