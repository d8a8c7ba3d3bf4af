"""What a person asks, in a form or on a command line, and the question that it becomes."""

from pathlib import Path
from typing import Any

import pytest

from catalog.hardware.gpu import parse_budget
from catalog.models.registry import load_models
from catalog.problem import Problem
from probes.machine.budget import room_elsewhere
from probes.measurement.campaign import reference_of
from probes.measurement.question import Question, request_of, understand
from probes.measurement.saved_requests import Asked, load_request, save_request

ROOM = room_elsewhere(parse_budget("24GiB"))


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("BASEFIT_HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def asks(asked: Asked, **more: Any) -> Question:
    return understand(asked, ROOM, "cpu", **more)


def test_lines_and_options_say_the_same(home: Path) -> None:
    (home / "mine").mkdir()
    lines = {
        "candidates": "mine， a/b",
        "levels": "bf16, nf4",
        "context": "4,096",
        "hours": "2.5",
        "text": "t.txt",
    }
    options = {"context": 4096, "hours": 2.5, "levels": "bf16,nf4", "text": Path("t.txt"), "data": None}
    asked = Asked().given(lines | {"money": "", "kind": ""})
    assert asked == Asked().given(options | {"candidates": "mine,a/b"})
    assert asked.candidates == (str(home / "mine"), "a/b")
    assert (asked.text, asked.context, asked.levels) == (str(home / "t.txt"), 4096, ("bf16", "nf4"))
    save_request("again", asked)
    assert load_request("again") == asked


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ({"hours": "soon"}, "number-unreadable"),
        ({"context": "1.5"}, "number-unreadable"),
        ({"examples": "0"}, "wish-not-positive"),
        ({"money": "-1"}, "wish-not-positive"),
        ({"kind": "poet"}, "kind-unknown"),
        ({"use": "dance"}, "use-unknown"),
        ({"task": "dance"}, "task-unknown"),
        ({"levels": "nf5"}, "level-unknown"),
        ({"language": "zh:70,en"}, "languages-unreadable"),
    ],
)
def test_what_cannot_be_asked_is_told_at_once(said: dict[str, str], code: str) -> None:
    with pytest.raises(Problem, match=code):
        Asked().given(said)


def test_an_open_question_is_about_what_lists_the_language_and_everything_about_all() -> None:
    chinese = asks(Asked()).targets
    assert "qwen2.5-7b" in chinese
    assert "llama-2-7b" not in chinese
    assert set(asks(Asked(), everything=True).targets) == set(load_models())
    with pytest.raises(Problem, match="language-unspoken"):
        asks(Asked(language="tlh"))


def test_a_kind_is_wished_for_by_use_and_never_of_models_that_are_named() -> None:
    assert asks(Asked()).wishes.kind == "any"
    assert asks(Asked(use="both")).wishes.kind == "base"
    assert asks(Asked(use="both", kind="chat")).wishes.kind == "chat"
    named = Asked(use="qlora", candidates=("qwen2.5-7b-instruct",))
    assert asks(named).wishes.kind == "any"
    assert asks(named.open).wishes.kind == "base"


def test_models_of_ones_own_are_asked_about_like_the_catalogs(home: Path) -> None:
    own = '[model.mine]\nfrom = "qwen2.5-7b"\nhub_id = "me/mine"\nkind = "reasoning"\n'
    (home / "models.toml").write_text(
        own + '[model.old]\nfrom = "codellama-7b"\nhub_id = "me/old"\nchat = false\n'
    )
    request = request_of(asks(Asked(language="en", kind="reasoning")))
    kinds = {one.name: one.facts.kind for one in request.candidates if one.facts}
    assert (kinds["mine"], kinds["old"], kinds["qwen2.5-7b"]) == ("reasoning", "coder", "base")


@pytest.mark.parametrize(("card", "levels"), [("t4", ("fp16", "nf4")), ("l4", ("bf16", "nf4"))])
def test_a_card_without_bfloat16_is_asked_about_float16(card: str, levels: tuple[str, ...]) -> None:
    room = room_elsewhere(parse_budget(card))
    request = request_of(understand(Asked().given({"levels": "bf16, nf4"}), room, "cpu"))
    assert request.levels == levels
    assert reference_of(request) == levels[0]
