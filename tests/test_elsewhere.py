"""What is meant to start on macOS and Windows starts where that which Linux alone has is hidden."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.places import ROOT

HIDING = ROOT / "tests" / "elsewhere"
COMMAND = "from tui.cli import main; main()"
APP = """
import asyncio
from tui.app import BasefitApp

async def main():
    app = BasefitApp()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause(0.5)
        print(type(app.screen).__name__)
        await pilot.press("2")
        await pilot.pause(0.5)
        print(type(app.screen).__name__)

asyncio.run(main())
"""


def python(home: Path, code: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {
        "BASEFIT_HOME": str(home),
        "BASEFIT_LANG": "en",
        "PYTHONPATH": os.pathsep.join((str(HIDING), str(ROOT))),
    }
    return subprocess.run(
        [sys.executable, "-c", code, *arguments],
        capture_output=True,
        text=True,
        env=environment,
        cwd=ROOT,
        check=False,
    )


def test_it_is_hidden(tmp_path: Path):
    done = python(tmp_path, "import os; print(hasattr(os, 'killpg')); import resource")
    assert done.stdout == "False\n"
    assert "ModuleNotFoundError" in done.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        "models --gpu rtx-4090",
        "plan qwen2.5-7b --level nf4 --budget 24GiB",
        "cost --gpu-hour 0.475 --hours 7.5",
        "recommend --gpu rtx-4090 --language zh",
        "tokenizers demo-llama-s",
        "profile --quick",
        "runs",
    ],
)
def test_commands_that_reckon_and_tokenizers_run(arguments: str, tmp_path: Path):
    done = python(tmp_path, COMMAND, *arguments.split())
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip()
    assert "Traceback" not in done.stderr


def test_the_app_opens(tmp_path: Path):
    done = python(tmp_path, APP)
    assert done.stdout.split() == ["HomeScreen", "ModelsScreen"], done.stderr[-2000:]


def test_a_library_that_is_not_there_is_told_in_a_sentence(tmp_path: Path):
    (tmp_path / "bitsandbytes.py").write_text("raise ModuleNotFoundError(name='bitsandbytes')\n")
    hidden = f"import sys; sys.path.insert(0, {str(tmp_path)!r}); "
    code = (
        hidden
        + "from probes.__main__ import failure_of\n"
        + ("try:\n    import bitsandbytes\nexcept ImportError as error:\n    print(failure_of(error))")
    )
    done = python(tmp_path, code)
    assert "library-missing" in done.stdout, done.stderr
    assert "'library': 'bitsandbytes'" in done.stdout
