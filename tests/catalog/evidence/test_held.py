"""A store that another process holds: nothing is lost, and one sentence is told."""

import json
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from types import SimpleNamespace

import pytest

from catalog.evidence.records import Evidence
from catalog.evidence.store import RunState, Store
from catalog.problem import Problem


def evidence(number: int) -> Evidence:
    return Evidence("perplexity", "m", f"r{number}", "nf4", {"text_sha256": "t"}, {"n": number})


@contextmanager
def held(path: Path, seconds: float | None = None) -> Iterator[None]:
    """Another connection writes to the store until the block is left, or for so long."""
    other = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    other.execute("BEGIN EXCLUSIVE")
    timer = threading.Timer(seconds or 0, other.rollback)
    if seconds:
        timer.start()
    try:
        yield
    finally:
        if seconds:
            timer.join()
        other.close()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "evidence.sqlite"
    store = Store(path)
    store.append(evidence(0))
    store.close()
    return path


def codes(store: Store) -> list[str]:
    return [problem.code for problem in store.told]


def test_rows_wait_in_memory_and_are_read_like_any_other(path: Path) -> None:
    store = Store(path)
    known = store.begin("basefit", {})
    with held(path):
        store.append(evidence(1), known)
        run = store.begin("basefit perplexity", {"levels": "nf4"})
        store.append(evidence(2), run)
        store.append(evidence(2), run)
        store.append(evidence(0), run)
        store.fail(run, "trial", "m", {"kind": "oom"})
        store.end(run, RunState.DONE, {"evidence": []})
        assert run < 0
        assert [e.values["n"] for e in store.find()] == [0, 1, 2]
        assert [e.values["n"] for e in store.find(revision=["r2", "r0"])] == [0, 2]
        assert [e.values["n"] for e in store.find("perplexity", key={"text_sha256": "t"})] == [0, 1, 2]
        assert store.find("trial") == []
        assert codes(store) == ["store-waiting"]
    assert store.flush()
    assert store.waiting == []
    assert [e.values["n"] for e in store.evidence_of(run)] == [2]
    assert store.failures(run)[0]["subject"] == "m"
    found = store.find_run(run)
    assert found is not None
    assert (found.id, found.command, found.status) == (2, "basefit perplexity", "done")
    assert [e.values["n"] for e in store.evidence_of(known)] == [1]
    store.append(evidence(3), run)
    store.close()
    again = Store(path)
    assert [e.values["n"] for e in again.evidence_of(2)] == [2, 3]
    assert codes(again) == []
    again.close()


def test_closing_waits_until_the_other_lets_go(path: Path) -> None:
    store = Store(path)
    with held(path, 2.5):
        store.append(evidence(1))
        assert store.waiting
        store.close()
    assert codes(store) == ["store-waiting"]
    again = Store(path)
    assert len(again.find()) == 2
    assert [one.name for one in path.parent.iterdir() if one.suffix == ".jsonl"] == []
    again.close()


def test_what_cannot_be_written_is_put_by_and_taken_in(path: Path) -> None:
    store = Store(path, patience=0.2)
    known = store.begin("basefit", {})
    with held(path):
        run = store.begin("basefit demo", {"text": "中文"})
        store.append(evidence(1), run)
        store.append(evidence(2), known)
        store.end(run, RunState.NO, {})
        store.close()
        assert codes(store) == ["store-waiting", "store-put-by"]
        assert store.told[1].params["count"] == 4
        place = Path(str(store.told[1].params["path"]))
        assert len(place.read_text(encoding="utf-8").splitlines()) == 4
        during = Store(path, patience=0.2)  # the rows stay where they are
        assert len(during.find()) == 1
        during.close()
    again = Store(path)
    assert [e.values["n"] for e in again.find()] == [0, 1, 2]
    assert [(r.command, r.request, r.status) for r in again.runs()] == [
        ("basefit demo", {"text": "中文"}, "no"),
        ("basefit", {}, "running"),
    ]
    assert [e.values["n"] for e in again.evidence_of(2)] == [1]
    assert [e.values["n"] for e in again.evidence_of(known)] == [2]
    assert again.told == []
    again.close()
    assert not place.exists()


@pytest.mark.parametrize(
    "content",
    [
        "",
        "{",
        "[]",
        '{"evidence": {"id": "x"}}',
        '{"x; DROP TABLE runs": {}}',
        '{"evidence": 3}',
        "[" * 99_999,
    ],
)
def test_a_file_of_rows_that_cannot_be_read_is_told_and_kept(path: Path, content: str) -> None:
    place = path.with_name("evidence.waiting-20260101T000000.jsonl")
    place.write_text(content, encoding="utf-8")
    told: list[Problem] = []
    store = Store(path, told.append)
    assert len(store.find()) == 1
    store.close()
    kept = place.with_suffix(".unreadable")
    if content:
        assert [one.params["ids"] for one in told] == [kept.name]
        assert kept.read_text(encoding="utf-8") == content
    assert not place.exists()


def test_a_row_in_the_file_whose_content_is_another(path: Path) -> None:
    row = {"id": "0" * 12, "run": None, "kind": "perplexity", "model": "m", "revision": "r", "level": "nf4"}
    row |= {"key": "{}", "values": "{}", "provenance": "measured", "source": "", "created": "now"}
    place = path.with_name("evidence.waiting-20260101T000000.jsonl")
    place.write_text(json.dumps({"evidence": row}), encoding="utf-8")
    store = Store(path)
    assert len(store.find()) == 1
    assert store.skipped == ["0" * 12]
    store.close()


@pytest.fixture
def outdated(tmp_path: Path) -> Path:
    """A store whose form has to be changed first, which needs the store for oneself."""
    path = tmp_path / "old.sqlite"
    with closing(sqlite3.connect(path)) as database:
        database.execute("CREATE TABLE kept (id INTEGER)")
    return path


def test_opening_waits_and_says_so_once(outdated: Path) -> None:
    with held(outdated, 2.5):
        store = Store(outdated)
    assert codes(store) == ["store-waiting"]
    store.append(evidence(1))
    store.close()


def test_opening_gives_up_in_words(outdated: Path) -> None:
    told: list[Problem] = []
    before = outdated.read_bytes()
    with held(outdated), pytest.raises(Problem, match="store-held"):
        Store(outdated, told.append, patience=1.1)
    assert [problem.code for problem in told] == ["store-waiting"]
    assert outdated.read_bytes() == before


HOLDER = """
import sqlite3, sys, time
other = sqlite3.connect(sys.argv[1], isolation_level=None)
other.execute("BEGIN EXCLUSIVE")
print("held", flush=True)
time.sleep(float(sys.argv[2]))
"""


def test_a_process_of_its_own_holds_it(path: Path) -> None:
    command = [sys.executable, "-c", HOLDER, str(path), "3"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        store = Store(path)
        for number in range(1, 20):
            store.append(evidence(number))
        store.close()
    again = Store(path)
    assert [e.values["n"] for e in again.find()] == list(range(20))
    assert codes(store) == ["store-waiting"]
    again.close()


def test_a_full_disk_is_not_waited_for_as_another_process_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [0.0]
    clock = SimpleNamespace(monotonic=lambda: now[0], sleep=lambda s: now.__setitem__(0, now[0] + s))
    monkeypatch.setattr("catalog.evidence.store.time", clock)
    waited = {}
    for full in (True, False):
        now[0] = 0.0
        monkeypatch.setattr("catalog.evidence.store.lacks_room", lambda *_, full=full: full)
        store = Store(tmp_path / f"{full}.sqlite", patience=60)
        with held(store.path):
            store.append(evidence(1))
            store.close()
        waited[full] = now[0]
        assert [problem.code for problem in store.told][-1] == "store-put-by"
    assert waited[True] <= 10 < 60 <= waited[False]
