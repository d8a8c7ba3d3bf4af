"""A disk that fills up while the store is written: rows wait until there is room, or are put by."""

from pathlib import Path

from tests.disks import python_on_a_small_disk

BEGIN = """
import os, sqlite3, sys, tempfile
from catalog.evidence.store import Borrowed, Store
from tests.catalog.evidence.test_held import evidence
said = []
store = Store(disk / "evidence.sqlite", lambda problem: said.append(problem.code), patience=0.3)
store.append(evidence(0))
filler = os.open(disk / "filler", os.O_CREAT | os.O_WRONLY)
def fill():
    for size in (65536, 4096, 1):
        try:
            while os.write(filler, b"x" * size): pass
        except OSError: pass
fill()
for number in range(1, 40):
    store.append(evidence(number))
    fill()
print(said, len(store.find()))
"""


def test_rows_wait_until_there_is_room(tmp_path: Path) -> None:
    code = """
os.ftruncate(filler, 0)
store.append(evidence(40))
print(len(store.waiting))
store.close()
store = Store(disk / "evidence.sqlite", lambda problem: said.append(problem.code))
print(said, len(store.find()))
"""
    done = python_on_a_small_disk("1m", tmp_path, BEGIN + code)
    assert done.stdout.splitlines() == ["['store-full'] 40", "0", "['store-full'] 41"], done.stderr


def test_closing_makes_room_to_put_rows_by(tmp_path: Path) -> None:
    code = """
store.close()
print(said)
os.ftruncate(filler, 0)
print(len(Store(disk / "evidence.sqlite").find()), sorted(path.name for path in disk.glob("*.jsonl")))
"""
    done = python_on_a_small_disk("1m", tmp_path, BEGIN + code)
    assert done.stdout.splitlines()[1:] == ["['store-full', 'store-put-by']", "40 []"], done.stderr


def test_rows_that_find_no_room_are_put_elsewhere_and_taken_in_from_beside_the_store(
    tmp_path: Path,
) -> None:
    code = """
place = disk.parent / "elsewhere"
place.mkdir()
tempfile.tempdir = str(place)
import catalog.evidence.store as module
put_by = module.put_by
module.put_by = lambda *rows: fill() or put_by(*rows)  # others are as quick to use what closing sets free
store.close()
(file,) = place.rglob("*.jsonl")
print(said, len(Borrowed(disk / "evidence.sqlite").find()) < 40)
os.ftruncate(filler, 0)
(disk / file.name).write_bytes(file.read_bytes())
store = Store(disk / "evidence.sqlite", lambda problem: said.append(problem.code))
print(said, len(store.find()), sorted(path.name for path in disk.glob("*.jsonl")))
"""
    (tmp_path / "disk").mkdir()
    done = python_on_a_small_disk("1m", tmp_path / "disk", BEGIN + code)
    assert done.stdout.splitlines() == [
        "['store-full'] 40",
        "['store-full', 'store-put-elsewhere'] True",
        "['store-full', 'store-put-elsewhere'] 40 []",
    ], done.stderr


def test_a_borrowed_store_reads_what_is_there_and_keeps_nothing(tmp_path: Path) -> None:
    code = """
os.close(filler)
(disk / "filler").unlink()
store.close()
borrowed = Borrowed(disk / "evidence.sqlite", lambda problem: said.append(problem.code))
borrowed.append(evidence(99), borrowed.begin("basefit profile", {}))
print(len(borrowed.find()), len(borrowed.runs()), said[-1])
borrowed.close()
print(len(Borrowed(disk / "evidence.sqlite").find()))
(disk / "evidence.sqlite").write_bytes(b"SQLite format 3" + bytes(4096))
print(Borrowed(disk / "evidence.sqlite").find(), Borrowed(disk / "none.sqlite").find())
"""
    done = python_on_a_small_disk("1m", tmp_path, BEGIN + code)
    assert done.stdout.splitlines()[1:] == ["41 1 store-unkept", "40", "[] []"], done.stderr
