"""The store keeps what it was given: every row, once, for good."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from catalog.evidence.records import Evidence, Provenance, to_json
from catalog.evidence.store import RunState, Store
from catalog.problem import Problem


def evidence(level: str = "nf4", ppl: float = 5.0, **key: object) -> Evidence:
    return Evidence(
        "perplexity", "m", "r", level, {"text_sha256": "t"} | key, {"ppl": ppl}, source="basefit x"
    )


@pytest.fixture
def store(tmp_path: Path):
    opened = Store(tmp_path / "deep" / "evidence.sqlite")
    yield opened
    opened.close()


def test_what_goes_in_comes_out_in_order(store: Store):
    given = [evidence("bf16"), evidence("nf4", 6.0), evidence("int8", 5.1, device="cpu")]
    ids = [store.append(one) for one in given]
    assert store.find() == given
    assert ids == [one.id for one in given]
    assert store.find("perplexity", level="nf4") == [given[1]]
    assert store.find(revision="other") == []
    assert store.find("trial") == []
    assert store.find(key={"device": "cpu"}) == [given[2]]
    assert store.find(key={"text_sha256": "t", "device": "cuda"}) == []


def test_what_is_asked_for_by_several(store: Store):
    given = [
        Evidence("perplexity", "m", revision, "nf4", {"text_sha256": text, "windows": 16}, {"n": index})
        for index, (revision, text) in enumerate([("a", "t"), ("b", "t"), ("c", "u"), ("", "t")])
    ]
    for one in given:
        store.append(one)
    assert store.find(revision=("c", "a")) == [given[0], given[2]]
    assert store.find(revision=()) == []
    assert store.find(revision={"a", "b", "c"}, key={"text_sha256": "t", "windows": 16}) == given[:2]
    assert store.find(ids=[given[3].id, given[1].id, "no such"]) == [given[1], given[3]]
    assert store.find(key={"text_sha256": "t", "windows": "16"}) == []
    assert store.find(key={"no such": None}) == given


def test_a_row_that_the_form_does_not_allow_is_an_error_and_spoils_no_other(store: Store):
    without = evidence()
    object.__setattr__(without, "model", None)
    with pytest.raises(sqlite3.IntegrityError, match="NOT NULL"):
        store.append(without)
    store.append(evidence())
    assert [one.id for one in store.find()] == [evidence().id]
    assert store.waiting == []


def test_values_keep_their_kinds(store: Store):
    values = {"ppl": 5.25, "tokens": 2047, "verdict": "略差", "points": [{"n": 1}], "se": None, "ok": True}
    given = Evidence(
        "trial", "模型", "r", "", {"k": [1, 2]}, values, Provenance.PUBLISHED, "引用", "2026-01-01"
    )
    store.append(given)
    assert store.find() == [given]
    assert to_json(given)["id"] == given.id


def test_the_same_content_changes_nothing(store: Store):
    first = evidence()
    store.append(first, run=1)
    later = Evidence(*[getattr(first, f) for f in ("kind", "model", "revision", "level", "key", "values")])
    assert store.append(later, run=2) == first.id
    assert store.find() == [first]
    assert store.evidence_of(1) == [first]
    assert store.evidence_of(2) == []


def test_the_id_is_of_the_content_alone():
    one = evidence()
    reordered = Evidence("perplexity", "m", "r", "nf4", dict(reversed(one.key.items())), one.values)
    assert one.id == reordered.id
    changed = [evidence("int8"), evidence(ppl=5.5), evidence(device="cpu")]
    assert len({one.id, *(other.id for other in changed)}) == 4


@pytest.mark.parametrize("table", ["runs", "endings", "failures", "evidence"])
@pytest.mark.parametrize("statement", ["DELETE FROM {}", "UPDATE {} SET rowid = 9"])
def test_nothing_can_be_changed_or_removed(store: Store, table: str, statement: str):
    run = store.begin("basefit", {})
    store.append(evidence(), run)
    store.fail(run, "perplexity", "m", {"kind": "oom"})
    store.end(run, RunState.DONE, {})
    outside = sqlite3.connect(store.path)
    with pytest.raises(sqlite3.IntegrityError, match="append-only"):
        outside.execute(statement.format(table))
    outside.close()
    assert len(store.find()) == len(store.runs()) == len(store.failures()) == 1


def test_a_run_without_an_ending_is_running(store: Store):
    first = store.begin("basefit demo", {"budget": 1})
    second = store.begin("basefit models", {})
    store.end(first, RunState.DONE, {"winner": "m"})
    store.end(first, RunState.FAILED, {})
    newest, oldest = store.runs()
    assert (newest.id, newest.status, newest.result) == (second, "running", {})
    assert (oldest.command, oldest.request, oldest.status) == ("basefit demo", {"budget": 1}, "done")
    assert oldest.result == {"winner": "m"}
    assert [run.id for run in store.runs(limit=1)] == [second]


def test_failures_are_rows_of_their_own(store: Store):
    store.fail(1, "perplexity", "m", {"kind": "oom"})
    store.fail(None, "trial", "n", {"kind": "killed"})
    assert [row["failure"]["kind"] for row in store.failures()] == ["oom", "killed"]
    assert [row["subject"] for row in store.failures(1)] == ["m"]


def test_two_who_write_at_once_lose_nothing(store: Store):
    other = Store(store.path)
    for number in range(20):
        (store if number % 2 else other).append(evidence(ppl=float(number)))
    other.close()
    assert [one.values["ppl"] for one in store.find()] == [float(number) for number in range(20)]


def test_it_is_all_there_after_reopening(store: Store):
    run = store.begin("basefit", {})
    store.append(evidence(), run)
    store.close()
    again = Store(store.path)
    assert len(again.evidence_of(run)) == 1
    assert again.set_aside is None
    again.close()


def _garbage(path: Path) -> None:
    path.write_bytes(b"this was never a database" * 100)


def _torn(path: Path) -> None:
    store = Store(path)
    for number in range(400):
        store.append(evidence(ppl=float(number)))
    store.close()
    content = bytearray(path.read_bytes())
    content[4096 : len(content) // 2] = b"\xa5" * (len(content) // 2 - 4096)
    path.write_bytes(content)


@pytest.mark.parametrize("damage", [_garbage, _torn])
def test_a_damaged_store_is_set_aside_and_begun_anew(tmp_path: Path, damage):
    path = tmp_path / "evidence.sqlite"
    damage(path)
    before = path.read_bytes()

    store = Store(path)

    assert store.set_aside is not None
    assert store.set_aside.read_bytes() == before
    assert store.find() == []
    store.append(evidence())
    store.close()
    healthy = Store(path)
    assert healthy.set_aside is None
    assert len(healthy.find()) == 1
    healthy.close()


def test_what_was_set_aside_before_is_never_written_over(tmp_path: Path):
    path = tmp_path / "evidence.sqlite"
    for content in (b"first" * 300, b"second" * 300, b"third" * 300):
        path.write_bytes(content)
        store = Store(path)
        assert store.set_aside is not None
        assert store.set_aside.read_bytes() == content
        store.close()
        path.unlink()
    kept = {place.read_bytes() for place in tmp_path.glob("evidence.damaged-*.sqlite")}
    assert len(kept) == 3


def test_a_place_that_cannot_be_written_is_no_damage(tmp_path: Path):
    (tmp_path / "evidence.sqlite").mkdir()
    with pytest.raises(sqlite3.OperationalError):
        Store(tmp_path / "evidence.sqlite")
    assert [path.name for path in tmp_path.iterdir()] == ["evidence.sqlite"]


BAD = {
    "bad JSON": ("key", '{"text_sha256": "t"'),
    "no object": ("values", "[5.0]"),
    "another number": ("values", '{"ppl": 4.0}'),
    "another model": ("model", "n"),
    "unknown provenance": ("provenance", "dreamt"),
    "no text": ("model", b"\xff\xfe"),
    "too deep": ("values", "[" * 100_000),
}


def spoil(path: Path, column: str, value: object, where: str = "level = 'nf4'") -> None:
    """Change one row as no basefit would."""
    outside = sqlite3.connect(path)
    with outside:
        outside.execute("DROP TRIGGER evidence_no_UPDATE")
        text = "CAST(? AS TEXT)" if isinstance(value, bytes) else "?"
        outside.execute(f'UPDATE evidence SET "{column}" = {text} WHERE {where}', (value,))
    outside.close()


@pytest.mark.parametrize(("column", "value"), BAD.values(), ids=BAD.keys())
def test_a_damaged_row_is_skipped_and_told_once(tmp_path: Path, column: str, value: object):
    path, told = tmp_path / "evidence.sqlite", list[Problem]()
    given = [evidence("bf16"), evidence("nf4"), evidence("int8")]
    store = Store(path)
    for one in given:
        store.append(one, run=7)
    store.close()
    spoil(path, column, value)

    store = Store(path, told.append)
    healthy = [given[0], given[2]]
    assert store.set_aside is None
    assert store.find() == store.find(key={"text_sha256": "t"}) == store.evidence_of(7) == healthy
    assert store.find(level="int8") == given[2:]
    assert store.skipped == [given[1].id]
    assert [(one.code, one.params["count"], one.params["ids"]) for one in told] == [
        ("store-rows-skipped", 1, given[1].id)
    ]
    store.append(given[1])
    store.close()


def test_a_damaged_run_hides_no_other(store: Store):
    store.begin("basefit", {})
    outside = sqlite3.connect(store.path)
    with outside:
        outside.execute("INSERT INTO runs (command, request, started) VALUES ('x', '{', 'then')")
        outside.execute(
            "INSERT INTO failures (run, probe, subject, failure, created) VALUES (1, 'p', 's', '', 't')"
        )
    outside.close()
    store.begin("basefit", {})
    assert [run.id for run in store.runs()] == [3, 1]
    assert store.find_run(2) is None
    assert store.failures(1) == []
    assert store.skipped == ["run 2", "failure 1"]
    assert len(store.told) == 1


def test_what_cannot_be_written_is_kept_as_its_escape(tmp_path: Path) -> None:
    with closing(Store(tmp_path / "evidence.sqlite")) as store:
        run = store.begin("basefit tokenizers \udcff.txt", {"text": "\udcff.txt"})
        kept = store.append(Evidence("tokenizer", "m", "r", "", {}, {"name": "\ud800"}), run)
        store.end(run, RunState.DONE, {})
    with closing(Store(tmp_path / "evidence.sqlite")) as store:
        assert store.runs()[0].request == {"text": "\udcff.txt"}
        assert [(one.id, one.values) for one in store.find()] == [(kept, {"name": "\ud800"})]
