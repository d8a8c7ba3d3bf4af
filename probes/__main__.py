"""Run one probe: `python -P -m probes NAME --job job.json`.

Events go to stdout as JSON lines (see events.py); everything a library prints goes to stderr. When
stdin is a pipe and closes, the process ends: nothing outlives the one who asked.
"""

import argparse
import importlib
import json
import os
import platform
import signal
import stat
import sys
import threading
import time
import traceback
from pathlib import Path
from typing import Any

from catalog.files import FULL
from catalog.problem import Problem
from probes.bounds.limits import check_addresses
from probes.bounds.panics import is_panic
from probes.home import FORBIDDEN
from probes.jobs.events import Emit, Failed, FailureKind, Finished, Started
from probes.jobs.out_of_memory import lacks_memory
from probes.jobs.stopping import Stopped

PROBES = {
    "hardware": "probes.machine.hardware",
    "shapes": "probes.shapes.probe",
    "tokenizers": "probes.tokenization.probe",
    "vocabulary": "probes.vocabulary.probe",
    "perplexity": "probes.perplexity.probe",
    "quantize": "probes.gptq_checkpoint",
    "trial": "probes.trial.probe",
    "preview": "probes.trial.preview",
    "rows": "probes.trial.rows",
    "deploy": "probes.deploy.probe",
    "convert": "probes.chatglm.convert",
    "download": "probes.checkpoint.hub",
    "dataset": "probes.dataset.fetch",
}
"""Probe name -> the module whose `run(job: dict, emit: Emit) -> dict` does it."""

_CUDA_SAID = "CUDA error: "
"""How torch tells of a card that fails, or falls off the bus (c10/cuda/CUDAException.cpp)."""
_NO_SPACE = "(os error 28)"
"""How safetensors, which is no Python, says that the disk is full."""
GRACE_S = 5.0
"""Seconds for last things once the one who asked is gone."""
EXIT = {FailureKind.BAD_INPUT: 2, FailureKind.UNSUPPORTED: 2, FailureKind.CANCELLED: 130}


def _end_with_stdin() -> None:
    mode = os.fstat(0).st_mode
    if stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode):
        threading.Thread(target=_wait_for_end_of_stdin, daemon=True).start()


def _wait_for_end_of_stdin() -> None:
    while os.read(0, 4096):
        continue
    if callable(signal.getsignal(signal.SIGTERM)):  # a trial writes its state first
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(GRACE_S)
    os._exit(130)


def failure_of(error: BaseException, out: object = None) -> Failed:
    """What an exception means to the person who asked; `out` is where the job writes, if anywhere."""
    if isinstance(error, Problem):
        kind = FailureKind.UNSUPPORTED if error.code.endswith("-unsupported") else FailureKind.BAD_INPUT
        return Failed(kind, error.code, error.params, str(error))
    detail = "".join(traceback.format_exception_only(error)).strip()
    if isinstance(error, MemoryError) or lacks_memory(detail):
        return Failed(FailureKind.OOM, "out-of-memory", {"detail": detail[:200]}, detail)
    if isinstance(error, OSError) and error.errno in FORBIDDEN:
        about = {"path": str(error.filename or ""), "detail": error.strerror}
        return Failed(FailureKind.BAD_INPUT, "not-permitted", about, detail)
    if getattr(error, "errno", None) in FULL or _NO_SPACE in detail:
        path = str(getattr(error, "filename", None) or out or "")
        return Failed(FailureKind.BAD_INPUT, "disk-full", {"path": path}, detail)
    if _CUDA_SAID in detail:
        return Failed(FailureKind.CRASH, "device-failed", {"detail": detail.splitlines()[0][:200]}, detail)
    if is_panic(error):
        return Failed(FailureKind.BAD_INPUT, "library-panicked", {"detail": str(error)[:200]}, detail)
    if isinstance(error, ModuleNotFoundError) and error.name:
        about = {"library": error.name.partition(".")[0], "system": platform.system()}
        return Failed(FailureKind.UNSUPPORTED, "library-missing", about, detail)
    return Failed(FailureKind.CRASH, "probe-crashed", {"detail": detail[:200]}, detail)


def main() -> int:
    """Exit status: 0 done, 2 bad input, 3 failed, 130 cancelled."""
    parser = argparse.ArgumentParser(prog="python -P -m probes", description=__doc__)
    parser.add_argument("name", choices=sorted(PROBES))
    parser.add_argument("--job", type=Path, required=True)
    arguments = parser.parse_args()
    # Half of a surrogate pair, or a byte of a name that is no UTF-8, is an escape in JSON.
    stream = os.fdopen(os.dup(1), "w", encoding="utf-8", errors="backslashreplace")
    os.dup2(2, 1)
    _end_with_stdin()
    emit = Emit(stream)
    emit(Started(arguments.name, os.getpid()))
    job: dict[str, Any] = {}
    try:
        check_addresses()
        job = json.loads(arguments.job.read_text(encoding="utf-8"))
        result = importlib.import_module(PROBES[arguments.name]).run(job, emit)
        emit(Finished(result))
        return 0
    except Stopped:
        emit(Failed(FailureKind.CANCELLED, "cancelled"))
        return EXIT[FailureKind.CANCELLED]
    except BaseException as error:
        if not isinstance(error, Exception) and not is_panic(error):
            raise
        failed = failure_of(error, job.get("out"))
        emit(failed)
        traceback.print_exc()  # after it: where memory is lacking, this may fail
        return EXIT.get(failed.kind, 3)


if __name__ == "__main__":
    sys.exit(main())
