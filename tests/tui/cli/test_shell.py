"""What a shell does to commands: pipes that close, signals, narrow locales, full disks, `~`."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from probes.checkpoint.target import DEMO
from tests.tui.cli.conftest import Basefit
from tests.tui.cli.test_bad_input import assert_one_sentence

COMMAND = [sys.executable, "-c", "from tui.cli import main; main()"]


def environment(tmp_path: Path, **more: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    return kept | {"BASEFIT_HOME": str(tmp_path / "home"), "BASEFIT_LANG": "en"} | more


def begun(tmp_path: Path, *words: str, **streams: int) -> "subprocess.Popen[str]":
    return subprocess.Popen([*COMMAND, *words], env=environment(tmp_path), text=True, **streams)


def test_a_reader_that_goes_away_is_no_answer_no(tmp_path: Path) -> None:
    running = begun(tmp_path, "models", "--all", stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert running.stdout is not None
    running.stdout.close()
    assert running.stderr is not None
    said = running.stderr.read()
    assert running.wait() == 0, said
    assert not said


def test_a_stream_that_the_shell_closed(tmp_path: Path) -> None:
    closed = [f"{sys.executable} -c 'from tui.cli import main; main()' models --json >&-"]
    done = subprocess.run(
        closed, shell=True, env=environment(tmp_path), stderr=subprocess.PIPE, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full on this system")
@pytest.mark.parametrize("command", [("models",), ("models", "--json"), ("plan", "no-such", "--json")])
def test_an_answer_that_cannot_be_written(tmp_path: Path, command: tuple[str, ...]) -> None:
    with open("/dev/full", "w") as full:
        running = begun(tmp_path, *command, stdout=full.fileno(), stderr=subprocess.PIPE)
        said = running.communicate()[1]
    assert running.returncode == 2
    assert said.count("\n") == 1, said
    assert said.startswith("basefit: ")
    if "no-such" not in command:
        assert "stdout" in said


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_cancels_and_is_told(tmp_path: Path, sign: signal.Signals) -> None:
    words = ("tokenizers", "demo-glm", "--text", str(tmp_path / "pipe"), "--json")
    os.mkfifo(tmp_path / "pipe")  # the probe waits for text that never comes
    running = subprocess.Popen(
        [*COMMAND, *words],
        env=environment(tmp_path),
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        # Whoever runs the tests in the background (nohup, &) ignores signals, and a child would too.
        preexec_fn=lambda: signal.signal(sign, signal.SIG_DFL),
    )
    try:
        deadline = time.monotonic() + 60
        while not _asked(tmp_path):
            assert time.monotonic() < deadline
            time.sleep(0.05)
        running.send_signal(sign)
        out, said = running.communicate(timeout=60)
    finally:
        running.kill()
    assert running.returncode == 130, said
    assert json.loads(out)["error"]["kind"] == "cancelled"
    assert "Traceback" not in said
    assert _statuses(tmp_path) == ["cancelled"]


def _asked(tmp_path: Path) -> bool:
    return (tmp_path / "home" / "evidence.sqlite").exists() and _statuses(tmp_path) == ["running"]


def _statuses(tmp_path: Path) -> list[str]:
    from catalog.evidence.store import Store

    store = Store(tmp_path / "home" / "evidence.sqlite")
    try:
        return [run.status for run in store.runs()]
    finally:
        store.close()


@pytest.mark.parametrize("encoding", ["ascii", "gbk"])
def test_a_locale_without_the_characters(tmp_path: Path, encoding: str) -> None:
    narrow = environment(tmp_path, PYTHONIOENCODING=encoding, BASEFIT_LANG="zh")
    done = subprocess.run(
        [*COMMAND, "plan", "没有", "--json"], env=narrow, capture_output=True, check=False
    )
    assert done.returncode == 2
    assert "没有" in json.loads(done.stdout.decode("utf-8"))["error"]["message"]
    done = subprocess.run([*COMMAND, "profile", "--quick"], env=narrow, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr


def test_a_home_that_is_a_file(basefit: Basefit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("BASEFIT_HOME", str(tmp_path / "file"))
    assert_one_sentence(basefit("tokenizers", "demo-glm"), "BASEFIT_HOME", "file")


def test_a_store_that_cannot_be_opened(basefit: Basefit, tmp_path: Path) -> None:
    (tmp_path / "home" / "evidence.sqlite").mkdir(parents=True)
    answer = basefit("tokenizers", "demo-glm", "--json")
    assert_one_sentence(answer, "BASEFIT_HOME", str(tmp_path / "home"))
    assert answer.json["error"]["code"] == "home-unusable"


def test_a_place_that_is_not_the_persons(
    basefit: Basefit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(path: Path) -> bytes:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, "read_bytes", refuse)
    assert_one_sentence(
        basefit("trial", "demo-llama-s", "--data", DEMO / "instructions.jsonl"), "permissions"
    )


def test_home_where_the_shell_left_it(
    basefit: Basefit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "文 本.txt").write_text("Green tea is left unfermented.\n" * 20)
    for words in (("--text", "~/文 本.txt"), ("--text=~/文 本.txt",)):
        answer = basefit("tokenizers", "demo-glm", *words, "--export=~/out.json", "--json")
        assert answer.status == 0, answer.err
        assert answer.json["text"]["paths"] == [str(tmp_path / "文 本.txt")]
        assert (tmp_path / "out.json").is_file()


def test_one_line_says_a_failure(basefit: Basefit, tmp_path: Path) -> None:
    answer = basefit("tokenizers", "demo-glm", "--text", tmp_path / "nowhere.txt")
    assert_one_sentence(answer, "nowhere.txt")
    assert answer.err.count("\n") == 1
