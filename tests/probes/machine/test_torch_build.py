"""What torch was built for, read without importing it."""

import json
import subprocess
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch

from probes.machine.torch_build import KEPT, TorchBuild, asked_build, read_build

VERSION_FILE = """from typing import Optional
__all__ = ['__version__', 'cuda']
__version__ = '{version}'
cuda: Optional[str] = {cuda!r}
hip: Optional[str] = {hip!r}
xpu: Optional[str] = None
"""


@pytest.fixture(autouse=True)
def _own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("BASEFIT_HOME", str(tmp_path / "home"))


def written(folder: Path, version: str, cuda: str | None = None, hip: str | None = None) -> Path:
    file = folder / "version.py"
    file.write_text(VERSION_FILE.format(version=version, cuda=cuda, hip=hip))
    return file


def test_the_installed_torch_says_of_itself_what_its_file_says():
    build = read_build()
    assert build.version == torch.__version__
    assert (build.cuda is None) == (torch.version.cuda is None)
    assert (build.hip is None) == (torch.version.hip is None)


def test_a_build_for_cuda_and_one_for_rocm(tmp_path: Path):
    assert read_build(written(tmp_path, "2.13.0+cu126", "12.6")) == TorchBuild("2.13.0+cu126", (12, 6))
    assert read_build(written(tmp_path, "2.13.0+rocm7", None, "7.0.5")).hip == "7.0.5"


@pytest.mark.parametrize("text", ["", "not python (", "cuda = 12"])
def test_a_file_of_another_form_says_nothing(tmp_path: Path, text: str):
    (tmp_path / "version.py").write_text(text)
    assert read_build(tmp_path / "version.py").cuda is None
    assert read_build(tmp_path / "none.py") == TorchBuild()


def test_torch_is_asked_once_for_each_version(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    asked = []

    def answer(command: list[str], **_: object) -> SimpleNamespace:
        asked.append(command)
        return SimpleNamespace(stdout="noise\narchitectures: sm_75 sm_86\n")

    monkeypatch.setattr(subprocess, "run", answer)
    file = written(tmp_path, "2.13.0+cu126", "12.6")
    assert asked_build(read_build(file)).architectures == ("sm_75", "sm_86")
    assert asked_build(read_build(file)).architectures == ("sm_75", "sm_86")
    assert len(asked) == 1
    assert read_build(written(tmp_path, "2.14.0+cu126", "12.6")).architectures is None
    (tmp_path / "home" / KEPT).write_text(json.dumps({"version": 3}))
    assert read_build(file).architectures is None


def test_a_build_without_cuda_is_not_asked(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(subprocess, "run", None)
    assert asked_build(TorchBuild("2.13.0+cpu")).architectures is None


def test_a_torch_that_cannot_say_leaves_it_open(monkeypatch: pytest.MonkeyPatch):
    def fails(*_: object, **__: object) -> None:
        raise subprocess.CalledProcessError(1, "python")

    monkeypatch.setattr(subprocess, "run", fails)
    build = TorchBuild("2.13.0+cu126", (12, 6))
    assert asked_build(build) == build
