"""Probes as forks of the process that tests: they start at once, since torch is imported there already.

A fork is a process as any other: its own group, pipes, signals and exit status. What it does not show is
how a fresh one starts (`python -P -m probes`): tests/tui/cli/test_contract.py runs those.
"""

import asyncio
import importlib
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from typing import Any, NoReturn

import huggingface_hub.constants
import pytest

from probes.__main__ import PROBES, main

PROBE = ("-P", "-m", "probes")
"""What follows the interpreter's name where a probe is started."""
HEAVY = ("shapes", "perplexity", "deploy", "trial")
"""Those whose libraries are imported here, once."""
_MOST_FILES = 4096


def probes_are_forked(patch: pytest.MonkeyPatch) -> None:
    """From now on whoever starts a probe gets a fork; anything else is started as ever."""
    if not hasattr(os, "fork"):
        return
    for probe in HEAVY:
        importlib.import_module(PROBES[probe])
    patch.setattr(subprocess.Popen, "__init__", _started)


_start: Any = subprocess.Popen.__init__


def _started(process: subprocess.Popen[bytes], command: Any, *arguments: Any, **how: Any) -> None:
    if isinstance(command, list | tuple) and tuple(command[1:4]) == PROBE:
        words = [os.fspath(word) for word in command[4:]]
        environment = dict(how.get("env") or os.environ)
        how["preexec_fn"] = lambda: _run(words, environment)
    _start(process, command, *arguments, **how)


def _run(words: list[str], environment: Mapping[str, str]) -> NoReturn:
    """In the fork, where a program would be loaded: the probe instead, to its end."""
    status = 1
    try:
        os.closerange(3, _MOST_FILES)
        signal.set_wakeup_fd(-1)
        for one in (signal.SIGINT, signal.SIGTERM):
            signal.signal(one, signal.default_int_handler if one == signal.SIGINT else signal.SIG_DFL)
        asyncio._set_running_loop(None)
        os.environ.clear()
        os.environ.update(environment)
        importlib.reload(huggingface_hub.constants)  # which reads the environment as it is imported
        sys.stdin, sys.stdout, sys.stderr = (os.fdopen(os.dup(n), "rw"[n > 0]) for n in range(3))
        sys.argv = ["probes", *words]
        status = main()
    except SystemExit as ended:
        status = ended.code if isinstance(ended.code, int) else 1
    finally:
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
        os._exit(status)
