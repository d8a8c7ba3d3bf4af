"""What measured peaks on one device say of the estimates made for it."""

from collections.abc import Iterable
from statistics import median

from catalog.evidence.records import Evidence
from catalog.memory.footprint import Correction

LEAST_SPREAD = 0.03
"""Relative. No half-width is believed below this: a handful of peaks says little of the next model."""
FEW = 3
"""Below this many different measurements the spread is doubled."""


def correction_from(evidence: Iterable[Evidence], device: str) -> Correction | None:
    """The correction for `device` (the name of a card, or of a processor) from `deploy` evidence.

    Each piece holds the peak (`measured_bytes`) and what was foretold without any correction
    (`expected_bytes`). The latest of each model, level and length counts, once. None without any.
    """
    ratios: dict[tuple[object, ...], float] = {}
    for one in evidence:
        measured, expected = one.values.get("measured_bytes"), one.values.get("expected_bytes")
        if one.kind == "deploy" and one.key.get("device") == device and measured and expected:
            what = (one.model, one.revision, one.level, one.key.get("context"), one.key.get("batch"))
            ratios[what] = measured / expected
    if not ratios:
        return None
    middle = median(ratios.values())
    spread = max(LEAST_SPREAD, *(abs(ratio / middle - 1) for ratio in ratios.values()))
    return Correction(middle, spread * 2 if len(ratios) < FEW else spread)
