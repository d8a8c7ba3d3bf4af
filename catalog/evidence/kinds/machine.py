"""Machines: a model loaded for real, and what a device can do."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from catalog.evidence.kinds.base import ALONE, EXACT, Key, Numbers, Values
from catalog.evidence.kinds.shared import (
    COUNT,
    DEVICE,
    FLAG,
    POSITIVE,
    VERSIONS,
    WORD,
    Part,
    Shared,
)


@dataclass(frozen=True)
class PeakBytes:
    """Bytes at the peak: in tensors, kept by the allocator, of the process as the driver sees it."""

    allocated: int | None = None
    reserved: int | None = None
    process: int | None = None


@dataclass(frozen=True)
class Deploy(Values):
    """A model loaded for real. `error` is expected / measured − 1, of what its memory must hold."""

    NUMBERS: ClassVar[Numbers] = (
        ("measured_bytes", ALONE),
        ("expected_bytes", EXACT),
        ("prefill_tokens_per_s", ALONE),
        ("decode_tokens_per_s", ALONE),
        ("load_seconds", ALONE),
    )
    SHARED: ClassVar[Shared] = {
        "peak_bytes": Part({"allocated": COUNT, "reserved": COUNT, "process": COUNT}),
        "resident_bytes": COUNT,
        "measured_bytes": COUNT,
        "prefill_tokens_per_s": POSITIVE,
        "decode_tokens_per_s": POSITIVE,
        "load_seconds": POSITIVE,
    }
    """What was expected of it was reckoned, by whatever version did: that stays."""

    peak_bytes: PeakBytes | None = None
    resident_bytes: int | None = None
    measured_bytes: int | None = None
    expected_bytes: int | None = None
    low_bytes: int | None = None
    high_bytes: int | None = None
    error: float | None = None
    prefill_tokens_per_s: float | None = None
    decode_tokens_per_s: float | None = None
    load_seconds: float | None = None


@dataclass(frozen=True)
class DeployKey(Key):
    """How it was loaded and used: see probes.deploy.probe."""

    SAME: ClassVar = ("context", "batch", "new_tokens", "prefill", "random_weights")
    SHARED: ClassVar[Shared] = {
        "context": COUNT,
        "batch": COUNT,
        "new_tokens": COUNT,
        "prefill": COUNT,
        "random_weights": FLAG,
        "device": DEVICE,
        "versions": VERSIONS,
    }

    context: int | None = None
    batch: int | None = None
    new_tokens: int | None = None
    prefill: int | None = None
    random_weights: bool | None = None


@dataclass(frozen=True)
class Hardware(Values):
    """Figures of a device (operations and bytes a second, bytes of a driver context) or of the disk.

    Only those that were asked of it are stored: what could not be had is None, its reason in `unknown`.
    """

    NUMBERS: ClassVar[Numbers] = (
        ("context_bytes", ALONE),
        ("bandwidth_bytes_per_s", ALONE),
        ("bf16_flops", ALONE),
        ("fp32_flops", ALONE),
        ("read_bytes_per_s", ALONE),
    )
    SHARED: ClassVar[Shared] = {
        "context_bytes": COUNT,
        "bandwidth_bytes_per_s": POSITIVE,
        "bf16_flops": POSITIVE,
        "fp32_flops": POSITIVE,
    }

    context_bytes: int | None = None
    bandwidth_bytes_per_s: float | None = None
    bf16_flops: float | None = None
    fp32_flops: float | None = None
    read_bytes_per_s: float | None = None
    cache: str | None = None
    unknown: Mapping[str, str] = field(default_factory=dict)
    seconds: float | None = None


@dataclass(frozen=True)
class HardwareKey(Key):
    """A device with the driver and the torch that were asked; a disk's has its folder, and stays."""

    SHARED: ClassVar[Shared] = {"device": DEVICE, "driver": WORD, "torch": WORD}
