"""What basefit needs of this machine, looked at one thing after another: each is good, or has what to do.

A library is imported in a process of its own: one that takes it along is told like any other.
"""

import json
import os
import platform
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

from catalog.hardware.gpu import GIB
from catalog.hardware.torch_builds import VERSIONS
from catalog.problem import Param, Problem
from probes.home import home, home_shown, open_store
from probes.jobs.devices import CPU, environment_of
from probes.machine.device import Device, why_params
from probes.machine.hardware import Machine
from probes.machine.host import disk_free
from probes.machine.nvml import MISSING

IMPORT_S = 120.0
ANSWER_S = 5.0
"""Seconds that an import, and an answer from the Hub, may take."""
ROOM_BYTES = 20 * GIB
"""Free disk below which a usual download does not fit: a 7B model at 16 bits is 15 GB."""
HUB, MIRROR = "https://huggingface.co", "https://hf-mirror.com"
_TORCH = (
    "import json, torch\n"
    "print(json.dumps({'version': torch.__version__, 'cuda': torch.version.cuda,"
    " 'sees': torch.cuda.device_count() if torch.cuda.is_available() else 0}))"
)
_BITSANDBYTES = (
    "import json, bitsandbytes\n"
    "from bitsandbytes.cextension import lib\n"
    "print(json.dumps({'version': bitsandbytes.__version__,"
    " 'cuda': bool(getattr(lib, 'compiled_with_cuda', False)), 'loads': hasattr(lib, 'lib') or"
    " hasattr(lib, '_lib')}))"
)
_GPTQMODEL = "import json, gptqmodel\nprint(json.dumps({'version': gptqmodel.__version__}))"


class State(StrEnum):
    """How a thing stands: a note is no fault, and something to know."""

    GOOD = "good"
    NOTE = "note"
    MEND = "mend"


@dataclass(frozen=True)
class Check:
    """One thing looked at. `code` and `params` word it, as a Problem's do (see tui.strings)."""

    name: str
    state: State
    code: str
    params: Mapping[str, Param] = field(default_factory=dict)


Import = Callable[[str, Mapping[str, str]], Mapping[str, Any]]
Reach = Callable[[str], str]


def imported(code: str, environment: Mapping[str, str]) -> Mapping[str, Any]:
    """What a line of Python prints as JSON; {"error": its last words} where it fails."""
    command = [sys.executable, "-P", "-c", code]
    try:
        done = subprocess.run(
            command,
            capture_output=True,
            text=True,
            timeout=IMPORT_S,
            check=False,
            env=os.environ | environment,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return {"error": str(error)[:200]}
    lines = done.stdout.strip().splitlines()
    try:
        found: Mapping[str, Any] = json.loads(lines[-1]) if done.returncode == 0 else {}
    except (ValueError, IndexError):
        found = {}
    said = done.stderr.strip().splitlines() or [f"exit status {done.returncode}"]
    return found or {"error": said[-1][:200]}


def reached(address: str) -> str:
    """Why an address does not answer; empty where it does, whatever it says."""
    request = urllib.request.Request(address, method="HEAD")
    try:
        with urllib.request.urlopen(request, timeout=ANSWER_S):
            return ""
    except urllib.error.HTTPError:
        return ""
    except (OSError, ValueError) as error:
        return str(getattr(error, "reason", error))[:120]


def examine(machine: Machine, imported: Import = imported, reached: Reach = reached) -> list[Check]:
    """Everything, in the order in which it would be mended."""
    shown = environment_of(machine.best.id)
    with ThreadPoolExecutor(2) as pool:
        torch, bitsandbytes, gptq = (
            pool.submit(imported, code, shown) for code in (_TORCH, _BITSANDBYTES, _GPTQMODEL)
        )
        checks = [*_driver(machine), *map(_card, machine.devices[:-1])]
        checks += [_torch(machine, torch.result()), _bitsandbytes(machine, bitsandbytes.result())]
        checks.append(_gptqmodel(gptq.result()))
    return [*checks, _disk(), _hub(reached), _store()]


def _driver(machine: Machine) -> Iterator[Check]:
    if machine.driver is not None:
        cuda = ".".join(map(str, machine.cuda)) if machine.cuda else "?"
        yield Check("driver", State.GOOD, "driver", {"version": machine.driver, "cuda": cuda})
    if machine.no_gpu is not None:
        state = State.NOTE if machine.no_gpu.reason == MISSING else State.MEND
        yield Check("driver", state, "no-card", {"why": why_params(machine.no_gpu)})


def _card(card: Device) -> Check:
    if card.why_not is not None:
        unsupported = card.why_not.reason.endswith("-unsupported")
        state = State.NOTE if unsupported else State.MEND
        return Check("card", state, "card-unused", {"card": card.name, "why": why_params(card.why_not)})
    about: dict[str, Param] = {"card": card.name, "place": card.place, "dtype": card.dtype}
    sizes = {"free_bytes": card.free_bytes, "total_bytes": card.total_bytes}
    return Check("card", State.GOOD, "card", about | sizes)


def _torch(machine: Machine, found: Mapping[str, Any]) -> Check:
    if "error" in found:
        mend = _pip(VERSIONS)
        return Check("torch", State.MEND, "library-broken", _broken("torch", found, mend))
    about: dict[str, Param] = {"version": str(found["version"]), "cuda": found["cuda"] or "-"}
    if machine.best.kind != CPU and not found["sees"]:
        return Check("torch", State.MEND, "torch-blind", about | {"card": machine.best.name})
    return Check("torch", State.GOOD, "torch" if found["cuda"] else "torch-cpu", about)


def _bitsandbytes(machine: Machine, found: Mapping[str, Any]) -> Check:
    mend = _pip("--force-reinstall", "--no-deps", "bitsandbytes")
    if "error" in found:
        return Check("bitsandbytes", State.MEND, "library-broken", _broken("bitsandbytes", found, mend))
    about: dict[str, Param] = {"name": "bitsandbytes", "version": str(found["version"])}
    if machine.best.kind != CPU and not found["cuda"]:
        return Check("bitsandbytes", State.MEND, "bitsandbytes-cpu", about | {"mend": mend})
    return Check("bitsandbytes", State.GOOD, "library", about)


def _gptqmodel(found: Mapping[str, Any]) -> Check:
    if "error" not in found:
        about: dict[str, Param] = {"name": "GPTQModel", "version": str(found["version"])}
        return Check("gptqmodel", State.GOOD, "library", about)
    if platform.system() != "Linux":
        return Check("gptqmodel", State.NOTE, "gptqmodel-linux", {"system": platform.system()})
    mend = _pip("gptqmodel", "optimum")
    return Check("gptqmodel", State.MEND, "library-broken", _broken("GPTQModel", found, mend))


def _broken(name: str, found: Mapping[str, Any], mend: str) -> dict[str, Param]:
    return {"name": name, "detail": str(found["error"]), "mend": mend}


def _pip(*words: str) -> str:
    shown = [f"'{word}'" if "<" in word else word for word in words]
    return " ".join([sys.executable, "-m", "pip", "install", *shown])


def _disk() -> Check:
    folder = _hub_cache()
    free = disk_free(folder)
    about: dict[str, Param] = {"path": str(folder), "free_bytes": free, "least_bytes": ROOM_BYTES}
    if free is None:
        return Check("disk", State.MEND, "disk-unknown", about)
    return Check(
        "disk", *((State.GOOD, "disk") if free >= ROOM_BYTES else (State.MEND, "disk-little")), about
    )


def _hub_cache() -> Path:
    """Where models are fetched to (huggingface_hub, "Environment variables")."""
    given = os.environ.get("HF_HUB_CACHE") or os.environ.get("HF_HOME")
    return Path(os.path.expanduser(given or "~/.cache/huggingface"))


def _hub(reached: Reach) -> Check:
    endpoint = os.environ.get("HF_ENDPOINT") or HUB
    why = reached(endpoint)
    about: dict[str, Param] = {"address": endpoint, "detail": why, "mirror": MIRROR}
    if not why:
        return Check("hub", State.GOOD, "hub", about)
    if endpoint.rstrip("/") != MIRROR and not reached(MIRROR):
        return Check("hub", State.MEND, "hub-mirror", about)
    return Check("hub", State.NOTE, "hub-silent", about)


def _store() -> Check:
    told: list[Problem] = []
    try:
        store = open_store(told.append)
        try:
            count = len(store.find(imported=True))
        finally:
            store.close()
        home()
    except (Problem, OSError) as error:
        told.append(
            error if isinstance(error, Problem) else Problem("not-permitted", path="", detail=str(error))
        )
        count = 0
    if told:
        return Check("store", State.MEND, f"problem.{told[0].code}", told[0].params)
    return Check("store", State.GOOD, "store", {"path": str(home_shown()), "count": count})
