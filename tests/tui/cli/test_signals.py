"""A signal from the first import to the last line: one sentence, status 130, no traceback."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.places import ROOT

if not hasattr(signal, "pthread_sigmask"):
    pytest.skip("signals cannot wait on this system", allow_module_level=True)

AT = """
import os, signal, sys
sign, moment = int(sys.argv.pop(1)), sys.argv.pop(1)
for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
    signal.signal(number, signal.SIG_DFL if number != signal.SIGINT else signal.default_int_handler)
def come(event, about):
    if event == "import" and about[0] == moment and not came:
        came.append(os.kill(os.getpid(), sign))
came = []
sys.addaudithook(come)
from tui.cli import main
if moment == "exit":
    import atexit
    atexit.register(os.kill, os.getpid(), sign)
elif moment == "told":
    import tui.cli.running as running
    tell = running.tell
    running.tell = lambda text: os.kill(os.getpid(), sign) or tell(text)
elif moment == "sought":
    import tui.wording
    tui.wording.problem_words = lambda problem: os.kill(os.getpid(), sign)
main()
"""
"""A command to which a signal comes when a module is imported, while it says its last words, or at exit."""


def command(
    home: Path, sign: int, moment: str, *words: str, code: str = AT
) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-c", code, str(int(sign)), moment, *words],
        env=os.environ | {"BASEFIT_HOME": str(home), "BASEFIT_LANG": "en"},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    ("sign", "moment"),
    [
        (signal.SIGINT, "tui.cli.running"),
        (signal.SIGTERM, "typer"),
        (signal.SIGHUP, "catalog.hardware.cost"),
    ],
)
def test_a_signal_while_it_is_imported(tmp_path: Path, sign: signal.Signals, moment: str) -> None:
    done = command(tmp_path, sign, moment, "cost", "--gpu-hour", "1", "--hours", "1", "--json")
    assert done.returncode == 130, done.stderr
    assert done.stderr.startswith("basefit: Cancelled")
    assert done.stderr.count("\n") == 1
    assert json.loads(done.stdout)["error"]["kind"] == "cancelled"


def test_a_signal_while_the_last_words_are_said_and_after_them(tmp_path: Path) -> None:
    done = command(tmp_path, signal.SIGINT, "exit", "cost", "--gpu-hour", "1", "--hours", "1", "--json")
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout)["kind"] == "cost"
    done = command(tmp_path, signal.SIGTERM, "told", "cost")
    assert done.stderr.count("\n") == 1
    assert (done.returncode, "Traceback" in done.stderr) == (2, False), done.stderr


def test_a_signal_while_words_are_sought_for_what_went_wrong(tmp_path: Path) -> None:
    done = command(tmp_path, signal.SIGHUP, "sought", "plan", "no-such-model")
    assert (done.returncode, done.stderr.count("\n")) == (130, 1), done.stderr
    assert done.stderr.startswith("basefit: Cancelled")


def test_what_the_shell_has_ignored_stays_ignored(tmp_path: Path) -> None:
    words = ("cost", "--gpu-hour", "1", "--hours", "1")
    done = command(tmp_path, signal.SIGHUP, "typer", *words, code=AT.replace("SIG_DFL", "SIG_IGN"))
    assert (done.returncode, done.stderr) == (0, "")
