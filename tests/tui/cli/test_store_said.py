"""What is wrong with the store is said in one sentence, and nothing in it is lost."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from catalog.evidence.migrations import LATEST
from catalog.evidence.store import Store
from tests.catalog.evidence.test_held import evidence, held
from tests.catalog.evidence.test_store import spoil
from tests.tui.cli.conftest import Basefit
from tests.tui.cli.test_bad_input import assert_one_sentence


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "home" / "evidence.sqlite"
    Store(path).close()
    return path


@pytest.mark.parametrize(
    "command", [("runs",), ("models", "--budget", "24GiB"), ("tokenizers", "demo-glm")]
)
def test_a_store_of_a_later_form(basefit: Basefit, path: Path, command: tuple[str, ...]) -> None:
    with closing(sqlite3.connect(path)) as database:
        database.execute(f"PRAGMA user_version = {LATEST + 1}")
    before = {one.name: one.read_bytes() for one in path.parent.iterdir()}
    answer = basefit(*command, "--json")
    assert_one_sentence(answer, str(path), "update basefit", "BASEFIT_HOME")
    assert answer.json["error"]["code"] == "store-newer"
    assert len(answer.err.splitlines()) == 1
    assert {one.name: one.read_bytes() for one in path.parent.iterdir()} == before


def test_a_damaged_row(basefit: Basefit, path: Path) -> None:
    with closing(Store(path)) as store:
        store.append(evidence(1))
    asked = ("recommend", "--budget", "24GiB", "--language", "en", "--json")
    plain = basefit(*asked)
    assert basefit("tokenizers", "demo-llama-s", "--json").status == 0
    spoil(path, "values", "{", where="kind IN ('perplexity', 'tokenizer')")
    answer = basefit("report", "--json")
    assert answer.status == 0
    (said,) = answer.err.splitlines()
    assert "2 (" in said
    assert str(path) in said
    assert evidence(1).id in said
    assert basefit(*asked).json["winner"] == plain.json["winner"]


def test_a_store_that_is_held_while_it_is_measured(basefit: Basefit, path: Path) -> None:
    with held(path, 8):
        answer = basefit("tokenizers", "demo-llama-s", "--json")
    assert answer.status == 0
    assert answer.err.count("Another program holds") == 1
    assert len(answer.json["tokenizers"]) == 1
    with closing(Store(path)) as store:
        assert [run.status for run in store.runs()] == ["done"]
        assert len(store.evidence_of(1)) == len(store.find("tokenizer")) == 1


def test_a_store_that_is_never_let_go(
    basefit: Basefit, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    patient = Store.__init__
    monkeypatch.setattr(Store, "__init__", lambda *given: patient(*given, patience=0.5))
    with held(path):
        answer = basefit("tokenizers", "demo-llama-s", "--json")
    assert answer.status == 0
    (place,) = path.parent.glob("evidence.waiting-*.jsonl")
    assert str(place) in answer.err.splitlines()[-1]
    assert [run["status"] for run in basefit("runs", "--json").json["runs"]] == ["done"]
    assert not place.exists()
    with closing(Store(path)) as store:
        assert len(store.evidence_of(1)) == 1


def test_a_store_that_cannot_be_had(basefit: Basefit, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path.unlink()
    with closing(sqlite3.connect(path)) as database:
        database.execute("CREATE TABLE kept (id INTEGER)")
    patient = Store.__init__
    monkeypatch.setattr(Store, "__init__", lambda *given: patient(*given, patience=0.5))
    with held(path):
        answer = basefit("runs", "--json")
    assert_one_sentence(answer, str(path), "holds")
    assert answer.json["error"]["code"] == "store-held"
