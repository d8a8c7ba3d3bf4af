"""Cards that are none of NVIDIA's. basefit does not run on them yet: they are shown, with why.

AMD's tell their memory through `amdsmi` where it is installed, else through the kernel's own files.
"""

import platform
import sys
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from types import ModuleType
from typing import Any

from probes.machine.nvml import NOT_SUPPORTED, Card, Unknown
from probes.machine.torch_build import TorchBuild

_DRM = Path("/sys/class/drm")
_AMD = "0x1002"
_LEAST_BYTES = 2**30
"""What a processor's own graphics set aside is less: they are no card."""


def other_cards(
    build: TorchBuild, drm: Path = _DRM, amdsmi: ModuleType | Any | None = None
) -> tuple[Card, ...]:
    """What there is beside NVIDIA's; of Intel's only where torch was built for them."""
    found = _of_amdsmi(amdsmi) or _of_kernel(drm)
    if build.xpu:
        found.append(_card(0, "Intel GPU", "intel"))
    if sys.platform == "darwin" and platform.machine() == "arm64":
        found.append(_card(0, "Apple GPU", "apple"))
    return tuple(found)


def _of_amdsmi(library: Any) -> list[Card]:
    if library is None:
        try:
            import amdsmi as library  # type: ignore[import-not-found, no-redef]
        except (ImportError, OSError, KeyError):  # it loads ROCm's libraries as it is imported
            return []
    try:
        library.amdsmi_init()
        try:
            handles = list(library.amdsmi_get_processor_handles())
            return [_read(library, number, handle) for number, handle in enumerate(handles)]
        finally:
            library.amdsmi_shut_down()
    except (library.AmdSmiException, OSError):
        return []


def _read(library: Any, number: int, handle: Any) -> Card:
    name, uuid, total, used = "AMD GPU", "", None, None
    with suppress(library.AmdSmiException, KeyError):
        name = str(library.amdsmi_get_gpu_asic_info(handle)["market_name"]) or name
    with suppress(library.AmdSmiException):
        uuid = str(library.amdsmi_get_gpu_device_uuid(handle))
    with suppress(library.AmdSmiException):
        vram = library.AmdSmiMemoryType.VRAM
        total = int(library.amdsmi_get_gpu_memory_total(handle, vram))
        used = int(library.amdsmi_get_gpu_memory_usage(handle, vram))
    free = None if total is None or used is None else total - used
    return _card(number, name, "amd", uuid, total, free)


def _of_kernel(drm: Path) -> list[Card]:
    """From `mem_info_vram_*` of the amdgpu driver (kernel documentation, "AMDGPU driver, misc")."""
    found: list[Card] = []
    for device in _folders(drm):
        try:
            if (device / "vendor").read_text("ascii").strip() != _AMD:
                continue
            total = int((device / "mem_info_vram_total").read_text("ascii"))
            used = int((device / "mem_info_vram_used").read_text("ascii"))
        except (OSError, ValueError):
            continue
        name = "AMD GPU"
        with suppress(OSError, UnicodeError):
            name = (device / "product_name").read_text("utf-8").strip() or name
        if total >= _LEAST_BYTES:
            found.append(_card(len(found), name, "amd", "", total, total - used))
    return found


def _folders(drm: Path) -> Iterable[Path]:
    with suppress(OSError):
        return sorted(one / "device" for one in drm.glob("card*") if one.name[4:].isdigit())
    return []


def _card(
    number: int, name: str, maker: str, uuid: str = "", total: int | None = None, free: int | None = None
) -> Card:
    unknown = {} if total is not None else {"memory": Unknown(NOT_SUPPORTED)}
    return Card(number, name, uuid, total, free, None, None, False, unknown, maker)
