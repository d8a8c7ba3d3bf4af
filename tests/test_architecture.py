"""The walls: a floor imports only those below it, and what must start at once imports nothing heavy."""

import pkgutil
import subprocess
import sys
from importlib.util import find_spec

import pytest
from importlinter.cli import lint_imports

import catalog
import tui.strings
from tests.places import ROOT

HEAVY = "torch transformers peft bitsandbytes datasets gptqmodel accelerate"
BEYOND_STANDARD = f"{HEAVY} numpy psutil textual rich typer platformdirs tokenizers safetensors pynvml"
FACE = ("tui.cli", "tui.app")
LIGHT = "campaign events hardware home host nvml question revision runner target text"
LIGHT_PROBES = tuple(f"probes.{name}" for name in LIGHT.split())


def loaded_by(module: str, suspects: str) -> set[str]:
    """Which of `suspects` a fresh interpreter has loaded after importing `module`."""
    code = f"import sys, {module}; print(*(set({suspects.split()!r}) & set(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT
    )
    return set(done.stdout.split())


def test_the_import_contracts_hold(capsys: pytest.CaptureFixture[str]):
    status = lint_imports(config_filename=str(ROOT / "pyproject.toml"), no_cache=True)
    report = capsys.readouterr().out
    assert status == 0, report
    assert "3 kept, 0 broken" in report


def test_the_catalog_is_the_standard_library_alone():
    names = [module.name for module in pkgutil.walk_packages(catalog.__path__, "catalog.")]
    assert len(names) > 10
    assert loaded_by(", ".join(names), BEYOND_STANDARD) == set()


@pytest.mark.parametrize("module", [*FACE, *LIGHT_PROBES])
def test_what_must_start_at_once_imports_nothing_heavy(module: str):
    if find_spec(module) is None:
        pytest.skip(f"{module} does not exist yet")
    assert loaded_by(module, HEAVY) == set()


def test_every_screen_and_widget_is_light():
    names = [module.name for module in pkgutil.walk_packages(tui.__path__, "tui.")]
    assert loaded_by(", ".join(names), HEAVY) == set()


def test_no_word_is_defined_twice_and_all_have_both_languages():
    words = tui.strings.table()
    assert words
    assert [key for key, pair in words.items() if len(pair) != 2 or not all(pair)] == []
