"""What the installed torch was built for, read from its own files: torch itself is not imported here.

The architectures stand in no file. A process of its own asks torch once, and the answer is kept by version.
"""

import ast
import json
import os
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from catalog.bounded_json import read_json
from catalog.files import write_text
from catalog.problem import Problem
from probes.home import home, home_shown

KEPT = "torch.json"
ASK_S = 120.0
"""Seconds that the import of torch may take, from a disk that nothing of it was read from yet."""
_ASK = "import torch; print('architectures:', torch._C._cuda_getArchFlags() or '')"


@dataclass(frozen=True)
class TorchBuild:
    """`cuda`, `hip` and `xpu` are the versions built for, None where it was not. `architectures` are as
    torch names them ("sm_86"), None while nobody asked. `version` is "" where there is no torch.
    """

    version: str = ""
    cuda: tuple[int, int] | None = None
    hip: str | None = None
    xpu: str | None = None
    architectures: tuple[str, ...] | None = None


def read_build(file: Path | None = None) -> TorchBuild:
    """The build as its `version.py` says, with the architectures where they are known; a millisecond."""
    found = file or _version_file()
    if found is None:
        return TorchBuild()
    try:
        says = _assigned(found.read_text("utf-8"))
    except (OSError, ValueError, SyntaxError):
        return TorchBuild()
    build = TorchBuild(
        version=str(says.get("__version__") or ""),
        cuda=_numbers(says.get("cuda")),
        hip=_text(says.get("hip")),
        xpu=_text(says.get("xpu")),
    )
    return replace(build, architectures=_kept(build))


def asked_build(build: TorchBuild) -> TorchBuild:
    """The build with its architectures, torch asked for them (seconds) where they are not known yet."""
    if build.cuda is None or build.architectures is not None:
        return build
    command = [sys.executable, "-P", "-c", _ASK]
    hidden = os.environ | {"CUDA_VISIBLE_DEVICES": ""}
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=ASK_S, check=True, env=hidden
        )
    except (OSError, subprocess.SubprocessError):
        return build
    told = [line for line in done.stdout.splitlines() if line.startswith("architectures:")]
    if not told:
        return build
    known = replace(build, architectures=tuple(told[-1].split()[1:]))
    with suppress(OSError, Problem):  # where nothing can be written it is asked again
        kept = {"version": known.version, "architectures": known.architectures}
        write_text(home() / KEPT, json.dumps(kept))
    return known


def _version_file() -> Path | None:
    try:
        spec = find_spec("torch")
    except (ImportError, ValueError):
        return None
    return Path(spec.origin).with_name("version.py") if spec and spec.origin else None


def _kept(build: TorchBuild) -> tuple[str, ...] | None:
    try:
        kept: Any = read_json(home_shown() / KEPT)
        if build.cuda is None or kept["version"] != build.version:
            return None
        return tuple(map(str, kept["architectures"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _assigned(source: str) -> dict[str, object]:
    """Name -> value of what the file assigns; nothing of it runs."""
    found: dict[str, object] = {}
    for node in ast.parse(source).body:
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        value = getattr(node, "value", None)
        if isinstance(value, ast.Constant):
            found |= {target.id: value.value for target in targets if isinstance(target, ast.Name)}
    return found


def _numbers(version: object) -> tuple[int, int] | None:
    parts = version.split(".") if isinstance(version, str) else []
    return (int(parts[0]), int(parts[1])) if len(parts) > 1 and "".join(parts[:2]).isdigit() else None


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None
