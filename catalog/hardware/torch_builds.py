"""The builds of torch that there are for NVIDIA cards, and which of them a driver and a card can run."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

VERSIONS = "torch>=2.11,<2.15"
"""As pyproject.toml asks for it."""
_CUDA_OF_DRIVER = ((580, (13, 0)), (525, (12, 0)), (450, (11, 0)))
"""First driver of a major version of CUDA on Linux (CUDA Toolkit release notes, table 2: any build for a
major version runs on the first driver of that version or a later one)."""


@dataclass(frozen=True)
class TorchWheel:
    """A build by its name at PyTorch: its CUDA, and the lowest and highest capability it has code for.

    From pytorch/test-infra, tools/pkg-helpers/pytorch_pkg_helpers/cuda.py: 12.6 is built for 5.0 to 9.0,
    12.8 for 7.0 to 12.0, 13.0 for 7.5 to 12.0.
    """

    name: str
    cuda: tuple[int, int]
    lowest: float
    highest: float


WHEELS = (
    TorchWheel("cu130", (13, 0), 7.5, 12.9),
    TorchWheel("cu128", (12, 8), 7.0, 12.9),
    TorchWheel("cu126", (12, 6), 5.0, 9.9),
)
"""The newest first."""


def wheel_for(driver_cuda: tuple[int, int] | None, capability: float | None) -> TorchWheel | None:
    """The newest build for a driver that runs `driver_cuda` and a card; None where there is none for both.

    What is not known is taken to be no hindrance. Between the builds for CUDA 12 the older one is taken
    where both do: it asks least of the driver.
    """
    able = [
        wheel
        for wheel in WHEELS
        if (driver_cuda is None or runs(driver_cuda, wheel.cuda))
        and (capability is None or wheel.lowest <= capability <= wheel.highest)
    ]
    newest = [wheel for wheel in able if wheel.cuda[0] == able[0].cuda[0]]
    return newest[-1] if newest else None


def runs(driver_cuda: tuple[int, int], build_cuda: tuple[int, int]) -> bool:
    """Whether a driver runs a build: within a major version of CUDA any minor one does (CUDA Compatibility,
    "minor version compatibility").
    """
    return driver_cuda[0] >= build_cuda[0]


def driver_for(cuda: tuple[int, int]) -> int:
    """The first driver on Linux that runs a build for this CUDA."""
    return next(driver for driver, (major, _) in _CUDA_OF_DRIVER if major <= cuda[0])


def cuda_of_driver(version: str) -> tuple[int, int] | None:
    """What a driver on Linux runs, by its version such as "550.54.15"; None where it is older than any."""
    number = int(version.partition(".")[0]) if version[:1].isdigit() else 0
    return next((cuda for driver, cuda in _CUDA_OF_DRIVER if number >= driver), None)


def install_command(python: str, wheel: TorchWheel) -> str:
    """What a shell is given to put this build in the place of another: uv knows where PyTorch keeps it."""
    pip, uv = f"{python} -m pip install uv", f"{python} -m uv pip install --python {python}"
    return f"{pip} && {uv} --reinstall-package torch '{VERSIONS}' --torch-backend {wheel.name}"


def build_for(smi: str) -> str:
    """The build that Linux needs by its name, "" for the usual one, which is the newest.

    `smi` is what `nvidia-smi --query-gpu=driver_version,compute_cap --format=csv,noheader` prints, a line a
    card ("570.133.07, 8.9"). Of cards that no build runs together, the newest counts.
    """
    rows = [line.split(",") for line in smi.splitlines()]
    cards = [(cuda_of_driver(row[0].strip()), _capability(row[1])) for row in rows if len(row) == 2]
    cards = [(cuda, capability) for cuda, capability in cards if cuda and capability]
    if not cards:
        return ""
    lowest, highest = (chosen(capability for _, capability in cards if capability) for chosen in (min, max))
    wheel = wheel_for(cards[0][0], lowest)
    if wheel is None or wheel.highest < highest:
        wheel = wheel_for(cards[0][0], highest)
    return "" if wheel is None or wheel is WHEELS[0] else wheel.name


def _capability(word: str) -> float | None:
    found = re.fullmatch(r"\d+\.\d+", word.strip())
    return float(found[0]) if found else None


def has_code_for(capability: float, architectures: Iterable[str]) -> bool:
    """Whether a build has code that a card runs; `architectures` as torch tells them ("sm_86").

    Code for X.y runs on X.z with z >= y; "compute" is translated for any later card; an architecture with
    a letter is for itself alone (CUDA C++ Programming Guide, "Binary Compatibility").
    """
    wanted = round(capability * 10)
    for name in architectures:
        found = re.fullmatch(r"(sm|compute)_(\d+)([a-z]?)", name)
        if found is None:
            continue
        kind, number, letter = found[1], int(found[2]), found[3]
        same_major = number // 10 == wanted // 10 and number <= wanted
        if number == wanted or (not letter and (same_major or (kind == "compute" and number <= wanted))):
            return True
    return False
