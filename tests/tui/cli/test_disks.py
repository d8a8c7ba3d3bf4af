"""Full disks and folders that cannot be written: what reckons runs, the rest says a sentence."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path

import pytest

from catalog.evidence.store import Store
from tests.catalog.evidence.test_held import evidence
from tests.disks import bound_by_permissions, on_a_small_disk
from tests.places import ROOT
from tests.tui.cli.conftest import Answer, Basefit
from tests.tui.cli.test_bad_input import assert_one_sentence

SEVERAL = """
import io, json, os, sys
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
if sys.argv[2] == "full":
    Path(os.environ["BASEFIT_HOME"]).mkdir()
    filler = os.open(os.environ["BASEFIT_HOME"] + ".filler", os.O_CREAT | os.O_WRONLY)
    try:
        while os.write(filler, b"x" * 4096): pass
    except OSError: pass
from tui.cli import run
answers = []
for words in json.loads(sys.argv[1]):
    with redirect_stdout(io.StringIO()) as out, redirect_stderr(io.StringIO()) as err:
        status = run(words)
    answers.append([status, out.getvalue(), err.getvalue()])
print(json.dumps(answers))
"""
"""Some commands one after another in one process, which takes seconds to start."""
READING = [
    ("plan", "qwen2.5-7b", "--budget", "24GiB", "--json"),
    ("models", "--budget", "24GiB", "--json"),
    ("profile", "--quick", "--json"),
    ("cost", "--gpu-hour", "0.475", "--hours", "7.5", "--json"),
    ("recommend", "--budget", "24GiB", "--language", "zh", "--json"),
    ("runs", "--json"),
]


def settings(home: Path) -> Mapping[str, str]:
    return {"BASEFIT_HOME": str(home), "BASEFIT_LANG": "en", "PYTHONPATH": str(ROOT)}


def forbidden(home: Path, *commands: Sequence[str]) -> list[Answer]:
    """Commands whose home is not to be written."""
    home.chmod(0o555)
    for file in home.iterdir():
        file.chmod(0o444)
    done = subprocess.run(
        [sys.executable, "-c", SEVERAL, json.dumps(commands), "forbidden"],
        env=os.environ | settings(home),
        capture_output=True,
        text=True,
        check=True,
        preexec_fn=bound_by_permissions(),
    )
    return [Answer(*one) for one in json.loads(done.stdout)]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "home").mkdir()
    return tmp_path / "home"


def assert_reckoned(words: Sequence[str], answer: Answer) -> None:
    assert answer.status == 0, answer.err
    assert answer.json["kind"] == words[0]
    assert answer.err.count("nothing new is kept") == (words[0] != "cost"), answer.err


def test_what_reckons_runs_where_nothing_can_be_written_and_the_rest_says_so(home: Path) -> None:
    *reckoned, measured = forbidden(home, *READING, ("tokenizers", "demo-glm", "--json"))
    for words, answer in zip(READING, reckoned, strict=True):
        assert_reckoned(words, answer)
    assert_one_sentence(measured, str(home), "BASEFIT_HOME")
    assert measured.json["error"]["code"] == "home-unusable"
    assert list(home.iterdir()) == []


def test_what_was_kept_there_is_still_used(home: Path) -> None:
    with closing(Store(home / "evidence.sqlite")) as store:
        store.append(evidence(1), store.begin("basefit demo", {}))
    before = {one.name: one.read_bytes() for one in home.iterdir()}
    (answer,) = forbidden(home, ("runs", "--json"))
    assert answer.status == 0, answer.err
    assert [run["command"] for run in answer.json["runs"]] == ["basefit demo"]
    assert {one.name: one.read_bytes() for one in home.iterdir()} == before


def test_a_home_that_cannot_be_made(
    tmp_path: Path, basefit: Basefit, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("BASEFIT_HOME", str(tmp_path / "file" / "home"))
    for words in READING:
        answer = basefit(*words)
        assert answer.status == 0, answer.err
    assert_one_sentence(basefit("add", "demo-glm", "--name", "mine"), "BASEFIT_HOME")


def test_what_reckons_runs_on_a_full_disk_and_the_rest_says_so(tmp_path: Path) -> None:
    commands = [READING[0], READING[2], ("tokenizers", "demo-glm", "--json")]
    run = (sys.executable, "-c", SEVERAL, json.dumps(commands), "full")
    done = on_a_small_disk("1m", tmp_path, *run, environment=settings(tmp_path / "home"))
    assert done.returncode == 0, done.stderr
    answers = [Answer(*one) for one in json.loads(done.stdout)]
    for words, answer in zip(commands[:2], answers, strict=False):
        assert_reckoned(words, answer)
    assert_one_sentence(answers[2], "space", str(tmp_path / "home"))


def test_a_crash_log_never_follows_a_link(
    basefit: Basefit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    precious = tmp_path / "precious"
    precious.write_text("mine")
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "crash.log").symlink_to(precious)
    monkeypatch.setattr("tui.cli.runs.store_to_read", lambda: 1 / 0)
    answer = basefit("runs")
    assert answer.status == 3
    assert "crash.log" in answer.err
    assert precious.read_text() == "mine"
    assert "ZeroDivisionError" in (tmp_path / "home" / "crash.log").read_text()


def test_a_crash_that_can_be_written_nowhere_is_still_a_sentence(
    basefit: Basefit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("BASEFIT_HOME", str(tmp_path / "file" / "home"))
    monkeypatch.setattr("tui.cli.runs.store_to_read", lambda: 1 / 0)
    answer = basefit("runs")
    assert (answer.status, "Traceback" in answer.err) == (3, False)
    (log,) = [word.rstrip(".") for word in answer.err.split() if "basefit-crash-" in word]
    assert Path(log).stat().st_mode & 0o077 == 0
    Path(log).unlink()
    monkeypatch.setattr("tempfile.mkstemp", lambda **_: os.open(tmp_path / "no" / "where", os.O_RDONLY))
    answer = basefit("runs")
    assert (answer.status, answer.err.count("\n")) == (3, 1)
    assert "written nowhere" in answer.err
