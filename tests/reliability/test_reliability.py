"""The short, seeded part of the harness; `make torture` is the whole of it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.reliability import faults, fuzz, hub, kills
from tests.reliability.case import Case, Found
from tests.reliability.journal import Journal
from tests.reliability.programs import adopting
from tests.reliability.running import ran

SEED = 1
CASES = [
    kills.series("perplexity", SEED, hits=1, runs=1),
    kills.series("trial", SEED, hits=1, runs=1),
    *(faults.case(name, SEED) for name in ("read-only", "streams")),
    *(fuzz.case(name, SEED, inputs=1) for name in (*fuzz.MAKERS, *fuzz.STATES)),
    *(hub.case(lie, SEED) for lie in ("etag-upwards", "name-control")),
]


@pytest.fixture(scope="module")
def _warm() -> Iterator[None]:
    with adopting():
        yield


@pytest.mark.usefixtures("_warm")
@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.part}-{case.name}")
def test_nothing_is_lost_and_all_is_told(tmp_path: Path, case: Case) -> None:
    found = ran(case, tmp_path)
    assert found.faults == []
    assert found.counts


def test_nights_add_up_and_a_line_that_was_cut_off_is_left_out(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "torture.jsonl")
    one = Case("kills", "trial", 7, lambda place: Found())
    journal.add(0, one, Found({"hits": 3}), 1.0)
    with journal.path.open("a") as file:
        file.write('{"run": 0, "part": "ki')
    again = Journal(journal.path)
    assert again.next_seed() == 1
    again.add(1, one, Found({"hits": 2}, ["lost one"]), 1.0)
    last = Journal(journal.path)
    assert [line["counts"] for line in last.lines] == [{"hits": 3}, {"hits": 2}]
    assert last.table().splitlines()[-1] == "2 cases, 1 faults; 5 hits"
