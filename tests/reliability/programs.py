"""basefit as a process that is a fork of this one: it starts at once, since all it imports is here already.

A fork is a process as any other: its own session, streams, signals, limits and exit status; so are the
probes that it starts (tests/forked.py). What it does not show is how a fresh interpreter starts: a part of
the kills runs those.
"""

import ctypes
import gc
import importlib
import os
import resource
import signal
import subprocess
import sys
import tempfile
import threading
import time
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

import psutil
import pytest

from tests.forked import probes_are_forked
from tests.places import ROOT

MOST_BYTES = 2**30
"""What one input may take, libraries included: an issue's bound."""
MOST_SECONDS = 20.0
_BACKSTOP_BYTES = 3 * 2**30
"""More private memory than that is refused by the system, so that a fault does not stop the machine."""
_PR_SET_PDEATHSIG, _PR_SET_CHILD_SUBREAPER = 1, 36
_WARM = (
    *("bitsandbytes", "peft", "torch", "transformers", "sentencepiece", "tokenizers", "tiktoken"),
    *("transformers.models.llama.modeling_llama", "probes.measurement.measurement", "tui.app"),
    *("probes.gptq_checkpoint", "probes.vocabulary.probe", "probes.tokenization.probe", "datasets"),
    *("probes.trial.preview", "probes.trial.rows", "probes.dataset.load", "jinja2.sandbox"),
)


@dataclass(frozen=True)
class Ended:
    """How a command ended: `status` as the system has it, negative for a signal; `orphans` outlived it.

    `cpu` is seconds of a processor, the children's with it, which another's work does not lengthen.
    """

    status: int
    out: str
    err: str
    seconds: float
    cpu: float
    peak_bytes: int
    orphans: tuple[str, ...] = ()


class Running:
    """A command that runs. Only `wait` collects it."""

    def __init__(self, pid: int, folder: Path, patience: float) -> None:
        self.pid, self._folder, self._patience = pid, folder, patience
        self._began = time.monotonic()
        self._others = {child.pid for child in psutil.Process().children()} - {pid}
        self._ended: tuple[int, resource.struct_rusage] | None = None
        self.seconds = 0.0

    def poll(self) -> bool:
        """Whether it has ended."""
        if self._ended is None:
            pid, status, usage = os.wait4(self.pid, os.WNOHANG)
            if pid:
                self._ended, self.seconds = (status, usage), time.monotonic() - self._began
        return self._ended is not None

    def children(self) -> list[int]:
        """Every process that it has started and that runs."""
        with suppress(psutil.Error):
            return [child.pid for child in psutil.Process(self.pid).children(recursive=True)]
        return []

    def wait(self, grace: float = 8.0) -> Ended:
        """Its end, or that of the patience, in which case it is killed; then that of all that it began.

        Whatever a process leaves behind becomes a child of this one (`adopting`).
        """
        slow = not _until(self.poll, self._patience, 0.01)
        if slow:
            for pid in (*self.children(), self.pid):
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            _until(self.poll, 30, 0.01)
        _until(lambda: not self._left(), grace, 0.05)
        orphans = []
        for child in self._left():
            with suppress(psutil.Error):
                orphans.append(" ".join(child.cmdline()[:6]) or child.name())
                child.kill()
        _until(lambda: not self._left(), 5, 0.05)
        assert self._ended is not None
        status, usage = self._ended
        out, err = (
            (self._folder / name).read_text(encoding="utf-8", errors="surrogateescape")
            if (self._folder / name).is_file()
            else ""
            for name in ("out", "err")
        )
        if slow:
            err += f"\n(did not end in {self._patience:.0f} s)"
        return Ended(
            os.waitstatus_to_exitcode(status),
            out,
            err,
            self.seconds,
            usage.ru_utime + usage.ru_stime,
            usage.ru_maxrss * 1024,
            tuple(orphans),
        )

    def _left(self) -> list[psutil.Process]:
        left = []
        for child in psutil.Process().children(recursive=True):
            if child.pid in self._others or child.pid == self.pid:
                continue
            with suppress(psutil.Error):
                if child.status() != psutil.STATUS_ZOMBIE:
                    left.append(child)
                    continue
            with suppress(ChildProcessError, OSError):
                os.waitpid(child.pid, os.WNOHANG)
        return left


def _until(true: Callable[[], bool], seconds: float, step: float) -> bool:
    deadline = time.monotonic() + seconds
    while not true():
        if time.monotonic() > deadline:
            return False
        time.sleep(step)
    return True


@contextmanager
def adopting() -> Iterator[None]:
    """Everything that commands import is imported, and this process inherits what they leave behind."""
    if not sys.platform.startswith("linux"):
        pytest.skip("who outlives a command is found on Linux only")
    from probes.__main__ import PROBES
    from tui.cli.commands import NAMES

    for module in (*_WARM, *PROBES.values(), *(f"tui.cli.{name}" for name in NAMES)):
        importlib.import_module(module)
    system = ctypes.CDLL(None)
    system.prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    gc.collect()
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()
        system.prctl(_PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0)


def settings(place: Path) -> dict[str, str]:
    """The environment of a command whose home, caches and temporary files are under `place`."""
    (place / "tmp").mkdir(parents=True, exist_ok=True)
    return {
        "BASEFIT_HOME": str(place / "home"),
        "BASEFIT_LANG": "en",
        "HF_HOME": str(place / "hub"),
        "HOME": str(place),
        "TMPDIR": str(place / "tmp"),
        "PYTHONPATH": str(ROOT),
        "OMP_NUM_THREADS": "1",
    }


def started(
    place: Path,
    *words: object,
    first: Callable[[], None] = lambda: None,
    more: Mapping[str, str] | None = None,
    patience: float = 3 * MOST_SECONDS,
) -> Running:
    """`basefit WORDS` in a fork; `first` is called in it before anything else of the command.

    `place/out` and `place/err` receive its streams.
    """
    environment = {**os.environ, **settings(place), **(more or {})}
    line = [os.fspath(word) if isinstance(word, Path) else str(word) for word in words]

    def program() -> None:
        first()
        from tui.cli import main

        sys.argv = ["basefit", *line]
        main()

    return forked(place, program, environment, patience)


def fresh(place: Path, *words: object, patience: float = 6 * MOST_SECONDS) -> Running:
    """The same by an interpreter that is started for it."""
    environment = {**os.environ, **settings(place)}
    code = "from tui.cli import main; main()"
    line = [sys.executable, "-c", code, *map(str, words)]
    with (place / "out").open("wb") as out, (place / "err").open("wb") as err:
        process = subprocess.Popen(
            line,
            env=environment,
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=err,
            start_new_session=True,
            preexec_fn=_usual_signals,
        )
    process.returncode = 0  # it is collected by `Running.wait`
    return Running(process.pid, place, patience)


def forked(
    place: Path, program: Callable[[], None], environment: Mapping[str, str], patience: float
) -> Running:
    """`program` in a fork with that environment, its streams in `place`."""
    sys.stdout.flush()
    sys.stderr.flush()
    pid = os.fork()
    if pid == 0:
        _be(place, program, environment)
    return Running(pid, place, patience)


def _usual_signals() -> None:
    for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGPIPE):
        signal.signal(number, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)


_streams: list[Any] = []
"""Kept: one that is let go closes its descriptor, which a probe's fork has given to another by then."""


def _be(place: Path, program: Callable[[], None], environment: Mapping[str, str]) -> NoReturn:
    status = 1
    try:
        os.setsid()
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)  # no harness, no command
        signal.set_wakeup_fd(-1)
        _usual_signals()
        streams = (os.open(os.devnull, os.O_RDONLY), _new(place / "out"), _new(place / "err"))
        for number, stream in enumerate(streams):
            os.dup2(stream, number)
        os.closerange(3, 4096)
        _streams[:] = (
            os.fdopen(os.dup(n), "rw"[n > 0], encoding="utf-8", buffering=1 if n == 2 else -1)
            for n in range(3)
        )
        sys.stdin, sys.stdout, sys.stderr = _streams
        os.environ.clear()
        os.environ.update(environment)
        os.chdir(ROOT)
        tempfile.tempdir = None
        import huggingface_hub.constants

        importlib.reload(huggingface_hub.constants)  # which reads the environment as it is imported
        limit = psutil.Process().memory_info().data + _BACKSTOP_BYTES
        resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        probes_are_forked(pytest.MonkeyPatch())
        program()
        status = 0
    except SystemExit as ended:
        status = ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    except BaseException:  # as the interpreter does it
        traceback.print_exc()
    finally:
        with suppress(BaseException):
            for thread in threading.enumerate():
                if thread is not threading.main_thread() and not thread.daemon:
                    thread.join(10)
            for stream in (sys.stdout, sys.stderr):
                stream.flush()
        os._exit(status)


def _new(path: Path) -> int:
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
