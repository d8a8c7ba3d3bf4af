"""`basefit doctor`: its lines, its JSON and its exit status."""

import pytest

from probes.machine.doctor import Check, State
from tests.tui.cli.conftest import Basefit

STORE = Check("store", State.GOOD, "store", {"path": "/there", "count": 3})
DISK = Check("disk", State.MEND, "disk-little", {"path": "/", "free_bytes": 2**30, "least_bytes": 2**34})


@pytest.mark.parametrize(("checks", "status"), [([STORE], 0), ([STORE, DISK], 1)])
def test_the_status_says_whether_something_is_to_be_mended(
    basefit: Basefit, monkeypatch: pytest.MonkeyPatch, checks: list[Check], status: int
) -> None:
    monkeypatch.setattr("tui.cli.doctor.examine", lambda machine: checks)
    answer = basefit("doctor", "--json")
    assert (answer.status, answer.json["kind"], answer.json["good"]) == (status, "doctor", status == 0)
    assert answer.json["checks"][0] == {
        "name": "store",
        "state": "good",
        "code": "store",
        "says": "/there, 3 results",
    }
    shown = basefit("doctor")
    assert shown.status == status
    assert "good   store  /there, 3 results" in shown.out or "good  store  /there, 3 results" in shown.out
    assert ("mend" in shown.out) == (status == 1)


def test_it_speaks_chinese(basefit: Basefit, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tui.cli.doctor.examine", lambda machine: [STORE, DISK])
    monkeypatch.setenv("BASEFIT_LANG", "zh")
    shown = basefit("doctor").out
    assert "待修复" in shown
    assert "请腾出空间" in shown
