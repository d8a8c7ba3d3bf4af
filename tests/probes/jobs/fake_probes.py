"""Probes that do what a test asks: `run` in a real child process, started by `FakeProcesses`."""

import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from catalog.problem import Problem
from probes.jobs.events import Emit
from probes.jobs.runner import Job, LocalProcesses
from tests.places import ROOT

_START = (
    f"import sys; sys.path.insert(0, {str(ROOT)!r});"
    "from probes import __main__ as probes;"
    "probes.PROBES['fake'] = 'tests.probes.jobs.fake_probes';"
    "sys.exit(probes.main())"
)


class FakeProcesses(LocalProcesses):
    """Real processes through the real entry point, with `fake` among the probes."""

    def command(self, job: Job, job_file: Path) -> tuple[str, ...]:
        return sys.executable, "-P", "-c", _START, job.probe, "--job", str(job_file)


def fake(do: str, **arguments: Any) -> Job:
    """A job for the fake probe."""
    return Job("fake", {"do": do} | arguments, subject="nobody", source=f"basefit fake {do}")


def run(job: dict[str, Any], emit: Emit) -> dict[str, Any]:
    return globals()[f"_{job['do']}"](job, emit)


def _finish(job: dict[str, Any], emit: Emit) -> dict[str, Any]:
    emit.progress("layers", 1, 1)
    _metric(emit, "nf4", 0.5)
    return {"answer": 42}


def _metric(emit: Emit, level: str, value: Any) -> None:
    key = {"text_sha256": "t"}
    emit.metric(kind="perplexity", model="m", revision="r", level=level, key=key, values={"ppl": value})


def _noise(job: dict[str, Any], emit: Emit) -> dict[str, Any]:
    print("a library that prints")
    os.write(1, b"a library below Python that prints\n")
    for line in (
        "plain words",
        "",
        "[1, 2]",
        '{"no": "event"}',
        '{"event": "unheard-of"}',
        '{"event": "progress"}',
        '{"event": "failed", "kind": "nonsense", "code": "x"}',
        '{"event": "metric", "kind"',
    ):
        emit._stream.write(line + "\n")
    emit._stream.buffer.write(b"\xff\xfe\x00 bytes\n")  # type: ignore[attr-defined]
    return {"quiet": True}


def _long(job: dict[str, Any], emit: Emit) -> dict[str, Any]:
    _metric(emit, "nf4", "字" * job["characters"])
    return {"text": "x" * job["characters"]}


def _die(job: dict[str, Any], emit: Emit) -> dict[str, Any]:
    _metric(emit, "bf16", 1.0)
    emit.progress("layers", 3, 32)
    print("last words for the log")
    if job.get("orphan"):
        _fork_stubborn(job)
    os.kill(os.getpid(), getattr(signal, job["signal"]))
    time.sleep(600)
    return {}


def _leave(job: dict[str, Any], emit: Emit) -> dict[str, Any]:
    os._exit(job["code"])


def _raise(job: dict[str, Any], emit: Emit) -> dict[str, Any]:
    errors: dict[str, Callable[[], Exception]] = {
        "problem": lambda: Problem("text-empty", path="a.txt"),
        "unsupported": lambda: Problem("architecture-unsupported", architecture="x"),
        "memory": MemoryError,
        "cuda": lambda: RuntimeError("CUDA out of memory. Tried to allocate 2.00 GiB."),
        "cpu": lambda: RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate"),
        "disk": lambda: OSError(28, "No space left on device", "/some/where"),
        "bug": lambda: ZeroDivisionError("division by zero"),
    }
    raise errors[job["error"]]()


def _hang(job: dict[str, Any], emit: Emit) -> dict[str, Any]:
    if job.get("stubborn"):
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    if job.get("orphan"):
        _fork_stubborn(job)
    emit.progress("waiting", 0, 1)
    _metric(emit, "nf4", 2.0)
    time.sleep(600)
    return {}


def _fork_stubborn(job: dict[str, Any]) -> None:
    """A grandchild in the same group that ignores SIGTERM and holds the pipe open."""
    pid = os.fork()
    if pid == 0:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        time.sleep(600)
        os._exit(0)
    Path(job["orphan"]).write_text(str(pid))
