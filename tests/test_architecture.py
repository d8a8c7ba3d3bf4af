"""The walls: a floor imports only those below it, nothing runs in a circle, the face starts at once."""

import ast
import pkgutil
import subprocess
import sys
import tomllib
from collections.abc import Iterable, Mapping
from graphlib import CycleError, TopologicalSorter

import grimp
import pytest
from importlinter.cli import lint_imports

import catalog
import tui.strings
from tests.places import ROOT

HOUSES = ("catalog", "probes", "tui")
HEAVY = "torch transformers peft bitsandbytes datasets gptqmodel accelerate"
BEYOND_STANDARD = f"{HEAVY} numpy psutil textual rich typer platformdirs tokenizers safetensors pynvml"
MOST_AT_A_ROOT = 12

Arrows = Mapping[str, set[str]]


@pytest.fixture(scope="module")
def arrows() -> Arrows:
    """Each file with those it imports, wherever in it: at the top, in a function, for its types."""
    graph = grimp.build_graph(*HOUSES, cache_dir=None, exclude_type_checking_imports=False)
    return {name: graph.find_modules_directly_imported_by(name) for name in graph.modules}


def rooms(arrows: Arrows, depth: int) -> Arrows:
    """The same with what lies deeper than `depth` as one with the room it lies in."""
    found: dict[str, set[str]] = {}
    for name, imported in arrows.items():
        room = ".".join(name.split(".")[:depth])
        found.setdefault(room, set()).update({".".join(other.split(".")[:depth]) for other in imported})
    return {room: imported - {room} for room, imported in found.items()}


def circle(arrows: Arrows) -> list[str]:
    """The first circle that is found, its start and end the same; empty where there is none."""
    try:
        TopologicalSorter(arrows).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


def loaded_by(modules: Iterable[str], suspects: str) -> dict[str, list[str]]:
    """Which modules load which of `suspects`, imported in a fresh interpreter one after the other."""
    code = (
        "import importlib, sys; found, seen = {}, set()\n"
        f"for name in {sorted(modules)!r}:\n"
        "    importlib.import_module(name)\n"
        f"    if new := set({suspects.split()!r}) & set(sys.modules) - seen:\n"
        "        found[name] = sorted(new); seen |= new\n"
        "print(found)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT
    )
    return dict(ast.literal_eval(done.stdout))


def test_the_import_contracts_hold(capsys: pytest.CaptureFixture[str]):
    status = lint_imports(config_filename=str(ROOT / "pyproject.toml"), no_cache=True)
    report = capsys.readouterr().out
    assert status == 0, report
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    contracts = settings["tool"]["importlinter"]["contracts"]
    assert {house for contract in contracts for house in contract.get("containers", ())} == {*HOUSES}
    assert f"{len(contracts)} kept, 0 broken" in report


def test_a_circle_is_found():
    assert set(circle({"a": {"b"}, "b": {"c"}, "c": {"b"}})) == {"b", "c"}
    assert circle({"a": {"b", "c"}, "b": {"c"}, "c": set()}) == []
    assert circle(rooms({"x.a": {"y.b"}, "y.a": {"x.b"}, "x.b": set(), "y.b": set()}, 1))


@pytest.mark.parametrize("depth", [1, 2, 3, 9])
def test_no_files_and_no_rooms_run_in_a_circle(arrows: Arrows, depth: int):
    assert len(arrows) > 300
    assert circle(rooms(arrows, depth)) == []


@pytest.mark.parametrize("house", HOUSES)
def test_a_root_holds_a_dozen_files_at_most(house: str):
    assert 1 <= len(list((ROOT / house).glob("*.py"))) <= MOST_AT_A_ROOT


def test_the_catalog_is_the_standard_library_alone():
    names = [module.name for module in pkgutil.walk_packages(catalog.__path__, "catalog.")]
    assert len(names) > 10
    assert loaded_by(names, BEYOND_STANDARD) == {}


def test_the_face_and_all_of_the_probes_that_it_imports_load_nothing_heavy(arrows: Arrows):
    face = {name for name in arrows if name.split(".")[0] == "tui"}
    asked = set().union(*(arrows[name] for name in face)) - face
    assert {"probes.jobs.runner", "probes.machine.hardware"} < asked
    assert loaded_by(face | asked, HEAVY) == {}


def test_no_word_is_defined_twice_and_all_have_both_languages():
    words = tui.strings.table()
    assert words
    assert [key for key, pair in words.items() if len(pair) != 2 or not all(pair)] == []
