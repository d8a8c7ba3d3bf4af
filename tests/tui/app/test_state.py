"""No remembered setting locks the person out: a bad one is set aside, told, and the rest is kept."""

import json
from pathlib import Path
from typing import Any

import pytest

from catalog.problem import Problem
from probes.measurement.saved_requests import Asked
from tests.tui.app.driving import SIZE, until
from tests.tui.app.test_app_store import said
from tui.app import BasefitApp
from tui.state import SCREENS, State, load_state, save_state

WRONG: list[tuple[str, Any]] = [
    ("language", "tlh"),
    ("theme", "nord"),
    ("screen", "nowhere"),
    ("screen", 3),
    ("budget", "9" * 400),
    ("budget", "a card"),
    ("minutes", "soon"),
    ("minutes", "9" * 400),
    ("asked", [1]),
    ("context", 10**400),
    ("context", -1),
    ("batch", True),
    ("language", "?"),
    ("hours", -2.0),
    ("levels", ["nf5"]),
    ("kv_bits", 7),
    ("windows", -3),
]
_OF_THE_APP = {("language", "tlh"), *((name, value) for name, value in WRONG[1:8])}


def write(path: Path, name: str, value: Any) -> None:
    saved: dict[str, Any] = {"language": "en", "minutes": "30", "asked": {"batch": 2}}
    inside = name != "asked" and (name, str(value)) not in {(n, str(v)) for n, v in _OF_THE_APP}
    (saved["asked"] if inside else saved)[name] = value
    path.write_text(json.dumps(saved))


@pytest.mark.parametrize(("name", "value"), WRONG, ids=lambda given: str(given)[:12])
def test_a_value_that_cannot_be_is_set_aside_and_the_rest_kept(
    tmp_path: Path, name: str, value: Any
) -> None:
    path, told = tmp_path / "state.json", list[Problem]()
    write(path, name, value)
    before = path.read_bytes()
    state = load_state(path, told.append)
    (aside,) = tmp_path.glob("state.damaged-*.json")
    assert aside.read_bytes() == before
    assert [(one.code, one.params["aside"]) for one in told] == [("state-set-aside", str(aside))]
    assert name in str(told[0].params["entries"])
    assert state.minutes == ("" if name == "minutes" else "30")
    assert state.asked == (Asked() if name == "asked" else Asked(batch=1 if name == "batch" else 2))
    assert load_state(path, told.append) == state
    assert len(told) == 1


@pytest.mark.parametrize("damage", [b"", b"[]", b"{", b"\x00", b"\xff", b"[" * 10_000])
def test_a_file_that_is_no_state_is_set_aside(tmp_path: Path, damage: bytes) -> None:
    path, told = tmp_path / "state.json", list[Problem]()
    path.write_bytes(damage)
    assert load_state(path, told.append) == State()
    (aside,) = tmp_path.glob("state.damaged-*.json")
    assert aside.read_bytes() == damage
    assert len(told) == 1


def test_every_screen_can_be_remembered() -> None:
    assert {*SCREENS} == {*BasefitApp.MODES}


def test_a_good_state_is_read_without_a_word(tmp_path: Path) -> None:
    path, told = tmp_path / "state.json", list[Problem]()
    for screen in SCREENS:
        state = State("zh", "basefit-light", screen, "2x24GiB", Asked(use="qlora"), "1.5 h")
        save_state(path, state)
        assert load_state(path, told.append) == state
    assert told == []


async def test_the_app_starts_and_says_what_it_set_aside(make, folder: Path) -> None:
    app = make()
    write(folder / "state.json", "context", 10**400)
    (folder / "models.toml").write_text('[model.x]\nhub_id = "a/b"\nfrom = "llama-2-7b"\nlayers = -1\n')
    app = BasefitApp(folder=folder, store=app._store, machine=app.machine, executor=app.executor)
    async with app.run_test(size=SIZE) as pilot:
        await until(pilot, lambda: len(said(app)) == 3)
        assert any("context" in words and "state.damaged-" in words for words in said(app))
        assert any("layers" in words for words in said(app))
    assert not (folder / "models.toml").exists()
    assert len(list(folder.glob("models.damaged-*.toml"))) == 1
