"""Temporary folders of jobs: there while they are needed, swept after a kill, and nobody else's touched."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from catalog.problem import Problem
from probes.jobs import scratch as module
from probes.jobs.scratch import scratch, sweep
from tests.places import ROOT

HOLD = (
    "from probes.jobs.scratch import scratch\nwith scratch() as folder: print(folder, flush=True); input()"
)


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where temporary folders are made."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    return tmp_path


def aged(path: Path, seconds: float) -> Path:
    os.utime(path, (time.time() - seconds,) * 2)
    return path


def holder(place: Path) -> "tuple[subprocess.Popen[str], Path]":
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD],
        cwd=ROOT,
        env=os.environ | {"TMPDIR": str(place)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    return process, Path(process.stdout.readline().strip())


def test_a_folder_is_gone_once_it_is_left(place: Path) -> None:
    with scratch() as folder:
        (folder / "job.json").write_text("{}")
        assert sweep() == []
        assert folder.parent == place
    assert list(place.iterdir()) == []


def test_what_a_killed_process_left_is_swept_and_what_a_living_one_holds_is_not(place: Path) -> None:
    living, held = holder(place)
    dead, left = holder(place)
    try:
        (left / "log").write_text("cut off")
        dead.send_signal(signal.SIGKILL)
        dead.wait()
        assert sweep() == [], "both are too young to be told apart"
        aged(held, 120)
        aged(left, 120)
        assert sweep() == [left]
        assert held.is_dir()
        assert not left.exists()
    finally:
        living.communicate("\n")
    assert not held.exists()


def test_what_is_not_known_to_be_a_jobs_is_left_alone(place: Path) -> None:
    day = 25 * 3600
    sources = place / "basefit-main"
    sources.mkdir()
    (sources / "README.md").write_text("mine")
    (place / "basefit-crash.log").write_text("")
    (place / "basefit-link").symlink_to(sources)
    begun = place / "basefit-begun"
    begun.mkdir()
    (begun / "job.json").write_text("{}")
    for one in (sources, place / "basefit-crash.log", begun):
        aged(one, 3600)
    assert sweep() == []
    for one in (sources, place / "basefit-crash.log", begun):
        aged(one, day)
    assert sweep() == [begun]
    assert (sources / "README.md").read_text() == "mine"


def test_what_belongs_to_another_person_is_left_alone(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    left = place / "basefit-theirs"
    left.mkdir()
    (left / module._HELD).touch()
    aged(left, 3600)
    mine = os.getuid()
    monkeypatch.setattr(os, "getuid", lambda: mine + 1)
    assert sweep() == []
    monkeypatch.setattr(os, "getuid", lambda: mine)
    assert sweep() == [left]


def test_no_place_for_temporary_files_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "nowhere"))
    with pytest.raises(Problem, match="temporary-unusable"), scratch():
        pass
    assert sweep() == []
