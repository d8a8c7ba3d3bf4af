"""recommend as a person uses it: wishes, saved requests, contradictions, a damaged store, the plan."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from probes.measurement.saved_requests import Asked, load_request, save_request

Basefit = Callable[..., Any]


def test_a_request_is_saved_by_name_and_asked_again(basefit: Basefit) -> None:
    options = ("--budget", "2x24GB", "--use", "qlora", "--language", "zh:70,en:30", "--task", "extraction")
    first = basefit("recommend", *options, "--commercial", "--hours", 200, "--save", "小组", "--json")
    again = basefit("recommend", "--request", "小组", "--json")
    assert (first.status, again.status) == (0, 0), again.err
    for field in ("budget", "use", "winner", "ranking", "wishes", "contradictions", "next"):
        assert first.json[field] == again.json[field]
    assert again.json["wishes"]["languages"] == [["zh", 0.7], ["en", 0.3]]
    other = basefit("recommend", "--request", "小组", "--gpu", "rtx-3060", "--any-licence", "--json").json
    assert other["budget"]["label"] == "rtx-3060"
    assert not other["wishes"]["commercial"]


@pytest.mark.parametrize(
    ("options", "named"),
    [
        (("--task", "poetry"), "poetry"),
        (("--language", "zh:70,en"), "zh:70,en"),
        (("--use", "train"), "train"),
        (("--hours", "0"), "--hours"),
        (("--request", "none-such"), "none-such"),
        (("--save", "../up"), "../up"),
    ],
)
def test_a_wish_that_cannot_be_read_is_said(basefit: Basefit, options: tuple[str, str], named: str) -> None:
    answer = basefit("recommend", *options)
    assert answer.status == 2
    assert named in answer.err
    assert "Traceback" not in answer.err


def test_a_damaged_saved_request_is_said(basefit: Basefit) -> None:
    path = save_request("mine", Asked(context=4096))
    assert load_request("mine") == Asked(context=4096)
    for wrong in ("context = 'long'", "nonsense = 1", "batch = true", "budget = "):
        path.write_text(wrong, "utf-8")
        answer = basefit("recommend", "--request", "mine")
        assert answer.status == 2
        assert str(path) in answer.err


def test_contradictory_wishes_are_named_and_the_answer_is_no(basefit: Basefit) -> None:
    answer = basefit("recommend", "--budget", "24GiB", "--use", "lora", "--levels", "nf4")
    assert answer.status == 1
    assert "unquantized weights" in answer.out


def test_what_nothing_satisfies_names_the_nearest_and_what_to_relax(basefit: Basefit) -> None:
    answer = basefit("recommend", "--gpu", "rtx-4090", "--min-speed", 100_000, "--json")
    assert answer.status == 1
    codes = [reason["code"] for reason in answer.json["would_change"]]
    assert codes == ["nearest", "relax-speed"]
    granted = answer.json["would_change"][1]["params"]["speed"]
    assert basefit("recommend", "--gpu", "rtx-4090", "--min-speed", granted, "--json").status == 0


def test_a_damaged_store_is_set_aside_and_told(basefit: Basefit, tmp_path: Path) -> None:
    store = tmp_path / "home" / "evidence.sqlite"
    store.parent.mkdir(exist_ok=True)
    store.write_bytes(b"no database at all" * 100)
    answer = basefit("recommend", "--budget", "24GiB", "--json")
    assert answer.status == 0
    (aside,) = store.parent.glob("evidence.damaged-*.sqlite")
    assert str(aside) in answer.err
    assert aside.read_bytes().startswith(b"no database")
