"""What measured peaks on one device say of the estimates made for it."""

from collections.abc import Iterable
from statistics import median

from catalog.evidence.kinds import Deploy, DeployKey
from catalog.evidence.records import Evidence
from catalog.memory.footprint import Correction

LEAST_SPREAD = 0.03
"""Relative. No half-width is believed below this: a handful of peaks says little of the next model."""
FEW = 3
"""Below this many different measurements the spread is doubled."""


def correction_from(evidence: Iterable[Evidence], device: str) -> Correction | None:
    """The correction for `device` (the name of a card, or of a processor) from `deploy` evidence.

    What each was expected to take was foretold without any correction. The latest of each model, level and
    length counts, once. None without any.
    """
    ratios: dict[tuple[object, ...], float] = {}
    for one in evidence:
        if one.kind != "deploy":
            continue
        key, found = DeployKey.of(one), Deploy.of(one)
        if key.device == device and found.measured_bytes and found.expected_bytes:
            what = (one.model, one.revision, one.level, key.context, key.batch, key.prefill)
            ratios[what] = found.measured_bytes / found.expected_bytes
    if not ratios:
        return None
    middle = median(ratios.values())
    spread = max(LEAST_SPREAD, *(abs(ratio / middle - 1) for ratio in ratios.values()))
    return Correction(middle, spread * 2 if len(ratios) < FEW else spread)
