"""A store of any earlier form opens and is understood; one of a later form is refused and left alone."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from catalog.evidence.migrations import COLUMNS, LATEST, STEPS, version_of
from catalog.evidence.records import Evidence, Provenance
from catalog.evidence.store import Store
from catalog.problem import Problem
from tests.places import FIXTURES

EARLIER = sorted((FIXTURES / "stores").glob("*.sql"))


def files(folder: Path) -> dict[str, bytes]:
    """Every file of a folder, byte for byte."""
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def with_version(path: Path, version: int) -> None:
    with closing(sqlite3.connect(path)) as database:
        database.execute(f"PRAGMA user_version = {version}")


def form(path: Path) -> list[tuple[str, str]]:
    with closing(sqlite3.connect(path)) as database:
        return sorted(database.execute("SELECT type, name FROM sqlite_master"))


def test_there_is_a_store_of_every_earlier_form() -> None:
    assert [int(path.stem) for path in EARLIER] == list(range(LATEST))


@pytest.mark.parametrize("journal", ["delete", "wal"])
@pytest.mark.parametrize("earlier", EARLIER, ids=lambda path: path.stem)
def test_a_store_of_an_earlier_form_opens(tmp_path: Path, earlier: Path, journal: str) -> None:
    path = tmp_path / "evidence.sqlite"
    with closing(sqlite3.connect(path)) as database:
        database.execute(f"PRAGMA journal_mode = {journal}")
        database.executescript(earlier.read_text(encoding="utf-8"))
    assert version_of(path) == int(earlier.stem)

    store = Store(path)

    assert store.told == []
    found = store.find()
    assert [one.id for one in found] == ["8b160b9a92ab", "ec4c3d278140", "6548f6f02b84", "b21047df81dc"]
    assert found[3].provenance is Provenance.PUBLISHED
    assert store.evidence_of(1) == found[:2]
    assert [(run.id, run.status) for run in store.runs()] == [(2, "running"), (1, "done")]
    assert store.runs()[1].request["texts"] == ["测试.txt"]
    assert store.failures(1)[0]["failure"]["kind"] == "oom"
    again = found[0]
    assert store.append(again) == again.id
    store.append(Evidence("perplexity", "m", "r", "nf4", {}, {}), store.begin("basefit", {}))
    assert len(store.find()) == 5
    store.close()
    new = Store(tmp_path / "new.sqlite")
    new.close()
    assert form(path) == form(tmp_path / "new.sqlite")
    assert version_of(path) == LATEST == len(STEPS)


def test_a_store_of_a_later_form_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "evidence.sqlite"
    Store(path).close()
    with_version(path, LATEST + 1)
    before = files(tmp_path)
    with pytest.raises(Problem) as refused:
        Store(path)
    assert refused.value.code == "store-newer"
    assert refused.value.params == {"path": str(path), "version": LATEST + 1, "known": LATEST}
    assert files(tmp_path) == before


def test_a_later_form_that_only_the_log_knows_of(tmp_path: Path) -> None:
    """The process that wrote it was killed: the file itself still says otherwise."""
    path, killed = tmp_path / "living" / "evidence.sqlite", tmp_path / "killed"
    Store(path).close()
    killed.mkdir()
    with closing(sqlite3.connect(path, isolation_level=None)) as writer:
        writer.execute(f"PRAGMA user_version = {LATEST + 1}")
        for one in path.parent.iterdir():
            if not one.name.endswith("-shm"):
                (killed / one.name).write_bytes(one.read_bytes())
    before = {name: content for name, content in files(killed).items() if not name.endswith("-shm")}
    assert len(before) == 2
    with pytest.raises(Problem, match="store-newer"):
        Store(killed / "evidence.sqlite")
    assert {name: files(killed)[name] for name in before} == before


@pytest.mark.parametrize("version", [0, LATEST])
def test_a_database_of_another_form_is_no_damage(tmp_path: Path, version: int) -> None:
    path = tmp_path / "evidence.sqlite"
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("CREATE TABLE evidence (something TEXT)")
        database.execute("INSERT INTO evidence VALUES ('kept')")
    with_version(path, version)
    before = files(tmp_path)
    with pytest.raises(Problem, match="store-foreign"):
        Store(path)
    assert files(tmp_path) == before


@pytest.mark.parametrize(
    ("table", "column"), [(table, columns[-1]) for table, columns in COLUMNS.items()], ids=COLUMNS
)
def test_a_missing_column_is_named_at_once(tmp_path: Path, table: str, column: str) -> None:
    path = tmp_path / "evidence.sqlite"
    Store(path).close()
    with closing(sqlite3.connect(path)) as database, database:
        database.execute(f"ALTER TABLE {table} RENAME COLUMN {column} TO other")
    with pytest.raises(Problem, match=column):
        Store(path)
    assert [one.name for one in tmp_path.iterdir()] == ["evidence.sqlite"]
