"""install.sh takes a torch that the driver runs; pip, uv, venv and nvidia-smi are stand-ins."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.places import ROOT

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the builds for CUDA are Linux's")
PYTHON = """#!/bin/sh
case "$*" in
  "-m venv "*) mkdir -p "$3/bin"; cp "$0" "$3/bin/python" ;;
  "-m pip "*) echo "$*" >> "{log}" ;;
  "-m uv "*) echo "$*" >> "{log}"; exit {status} ;;
  *) exec "{python}" "$@" ;;
esac
"""


def install(folder: Path, smi: str, which: str = "locked", status: int = 0) -> tuple[list[str], str]:
    """What pip was told, and what was said on stderr."""
    bin_, log = folder / "bin", folder / "log"
    bin_.mkdir()
    scripts = {
        "python3.11": PYTHON.format(log=log, python=sys.executable, status=status),
        "nvidia-smi": f"#!/bin/sh\n{smi}\n",
    }
    for name, text in scripts.items():
        (bin_ / name).write_text(text)
        (bin_ / name).chmod(0o755)
    environment = os.environ | {"PATH": f"{bin_}:{os.environ['PATH']}", "PYTHON": str(bin_ / "python3.11")}
    command = ["sh", "install.sh", str(folder / "venv"), which]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
    return log.read_text().splitlines(), done.stderr


def test_a_driver_of_today_takes_the_usual_torch(tmp_path: Path) -> None:
    told, said = install(tmp_path, "echo 580.65.06, 8.9")
    assert not any("--torch-backend" in line for line in told)
    assert said == ""


@pytest.mark.parametrize("smi", ["exit 9", "echo no devices were found; exit 6"])
def test_without_a_card_it_takes_the_usual_torch(tmp_path: Path, smi: str) -> None:
    told, _ = install(tmp_path, smi)
    assert not any("--torch-backend" in line for line in told)


def test_an_older_driver_takes_a_build_for_it_before_the_rest(tmp_path: Path) -> None:
    told, _ = install(tmp_path, "echo 550.90.07, 8.0")
    assert "torch==" in told[1]
    assert told[1].endswith("--torch-backend cu126")
    assert "requirements.lock" in told[2]


def test_the_newest_of_every_range_is_followed_by_that_build(tmp_path: Path) -> None:
    told, _ = install(tmp_path, "echo 570.133.07, 12.0", which="latest")
    assert told[-1].endswith("--torch-backend cu128")


def test_a_build_that_cannot_be_had_is_told_with_the_command(tmp_path: Path) -> None:
    told, said = install(tmp_path, "echo 550.90.07, 8.0", status=1)
    assert "requirements.lock" in told[2]
    assert "--reinstall-package torch 'torch==" in said
