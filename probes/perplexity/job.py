"""What makes two perplexity results comparable. No heavy import: the commands ask the store by it."""

from collections.abc import Mapping
from functools import cache
from importlib.metadata import version
from typing import Any

FRAME = "probe"
WINDOWS = 16
REFERENCE = "bf16"
SPEND = "all"
"""`all` windows for every level, or only as many as its word needs: `decide`."""
_LIBRARIES = ("torch", "transformers", "bitsandbytes")


def evidence_key(job: Mapping[str, Any], text_sha256: str) -> dict[str, Any]:
    """The `key` of every metric of `job` (see probes.perplexity.probe) on a text of that digest."""
    key = {
        "text_sha256": text_sha256,
        "frame": job.get("frame", FRAME),
        "windows": job.get("windows") or WINDOWS,
        "device": job.get("device", "cpu"),
        "reference": job.get("reference", REFERENCE),
        "versions": dict(_versions()),
    }
    # Scored on fewer windows than asked for; GPTQ solved otherwise, or on another text.
    unusual = {"spend": SPEND, "sequential": False, "calibration": None}
    return key | {name: job[name] for name, usual in unusual.items() if job.get(name, usual) != usual}


@cache
def _versions() -> tuple[tuple[str, str], ...]:
    return tuple((name, version(name)) for name in _LIBRARIES)
