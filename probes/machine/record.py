"""Where a run took place: the machine, its driver and the versions of what computed. No torch."""

import os
import platform
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from probes.machine.hardware import Machine, read_machine

LIBRARIES = (
    "basefit",
    "torch",
    "transformers",
    "tokenizers",
    "sentencepiece",
    "bitsandbytes",
    "peft",
    "gptqmodel",
)


def machine_record(machine: Machine | None = None) -> dict[str, Any]:
    """The machine as it is kept with a run: sizes in bytes, versions by library, the folder stood in."""
    seen = machine or read_machine()
    host = seen.host
    return {
        "system": host.system,
        "cpu": host.cpu,
        "cores": host.cores,
        "flags": list(host.flags),
        "ram_bytes": host.ram_bytes,
        "gpus": [
            {"name": card.name, "total_bytes": card.total_bytes, "capability": card.capability}
            for card in seen.gpus
        ],
        "driver": seen.driver,
        "python": platform.python_version(),
        "versions": dict(_versions()),
        "folder": _folder(),
    }


def _versions() -> Iterator[tuple[str, str]]:
    for name in LIBRARIES:
        try:
            yield name, version(name)
        except PackageNotFoundError:
            continue


def _folder() -> str:
    """The folder that relative paths of the command are meant from; "" where it is gone."""
    try:
        return os.getcwd()
    except FileNotFoundError:
        return ""
