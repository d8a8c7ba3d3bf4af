"""The machine around the card: processor, memory, disk. No torch; a few milliseconds."""

import os
import platform
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import psutil

NOTED_FLAGS = (
    "avx2",
    "avx512f",
    "avx512_bf16",
    "amx_bf16",
    "amx_int8",
    "avx_vnni",
    "asimd",
    "bf16",
    "i8mm",
)
"""The instruction sets that decide how fast low-precision arithmetic runs on a processor."""
_CGROUP = Path("/sys/fs/cgroup")


@dataclass(frozen=True)
class Host:
    """Sizes in bytes. `cores` are those this process may use; `flags` is the noted part of what the
    processor offers. `ram_available_bytes` is within the container's limit, where there is one.
    """

    cpu: str
    cores: int
    flags: tuple[str, ...]
    ram_bytes: int
    ram_available_bytes: int
    disk_free_bytes: int | None
    system: str


def read_host(folder: Path, cgroup: Path = _CGROUP) -> Host:
    """The machine now; `disk_free_bytes` is of the disk that holds `folder` (None if it is nowhere)."""
    memory = psutil.virtual_memory()
    limit, used = _container_memory(cgroup)
    total = min(memory.total, limit) if limit else memory.total
    available = min(memory.available, max(0, limit - used)) if limit else memory.available
    name, flags = _processor()
    return Host(
        cpu=name,
        cores=_cores(),
        flags=tuple(flag for flag in NOTED_FLAGS if flag in flags),
        ram_bytes=int(total),
        ram_available_bytes=int(available),
        disk_free_bytes=disk_free(folder),
        system=f"{platform.system()} {platform.release()} {platform.machine()}",
    )


def processor_name() -> str:
    """The processor's name as sold: what measurements on it are kept under."""
    return _processor()[0]


def disk_free(folder: Path) -> int | None:
    """Free bytes on the disk of `folder`, or of its nearest parent that exists."""
    for place in (folder, *folder.parents):
        try:
            return int(psutil.disk_usage(str(place)).free)
        except OSError:
            continue
    return None


def _cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _processor() -> tuple[str, frozenset[str]]:
    """The name as sold and the instruction sets; the architecture's name where no more is known."""
    if sys.platform == "darwin":
        brand = subprocess.run(
            ["/usr/sbin/sysctl", "-n", "machdep.cpu.brand_string"],
            capture_output=True,
            text=True,
            check=False,
        )
        return brand.stdout.strip() or platform.machine(), frozenset()
    fields: dict[str, str] = {}
    try:
        with open("/proc/cpuinfo", encoding="utf-8", errors="replace") as lines:
            for line in lines:
                key, _, value = line.partition(":")
                if not line.strip() and fields:
                    break
                fields[key.strip().lower()] = value.strip()
    except OSError:
        return platform.processor() or platform.machine(), frozenset()
    name = fields.get("model name") or platform.processor() or platform.machine()
    return name, frozenset(fields.get("flags", fields.get("features", "")).split())


def _container_memory(cgroup: Path) -> tuple[int | None, int]:
    """(limit, used) of the control group, version 2 or 1; (None, 0) where nothing is limited.

    The page cache counts as used there but can be given back, so it is taken off again.
    """
    for limit_file, used_file, stat_file, cache in (
        ("memory.max", "memory.current", "memory.stat", "inactive_file"),
        (
            "memory/memory.limit_in_bytes",
            "memory/memory.usage_in_bytes",
            "memory/memory.stat",
            "total_inactive_file",
        ),
    ):
        try:
            limit = int((cgroup / limit_file).read_text("ascii"))
            used = int((cgroup / used_file).read_text("ascii"))
            rows = (line.split() for line in (cgroup / stat_file).read_text("ascii").splitlines())
            given_back = next((int(row[1]) for row in rows if row[0] == cache), 0)
        except (OSError, ValueError):  # no such file, or the word "max": no limit
            continue
        return limit, max(0, used - given_back)
    return None, 0
