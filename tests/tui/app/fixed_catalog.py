"""Estimates that never change, so that a picture of a screen shows a change of the screen alone."""

from collections.abc import Iterable
from typing import Any

from catalog.evidence.records import Evidence
from catalog.hardware.speed import Rate
from catalog.memory.footprint import Footprint, Term
from catalog.verdict.fit import FitRow
from catalog.verdict.request import Candidate, Request

GIB, MIB = 2**30, 2**20
ROWS = (
    ("qwen2.5-32b", "nf4", 19, 18.0),
    ("qwen2.5-14b", "int8", 15, 24.0),
    ("glm-4-9b-chat", "bf16", 17, 37.0),
    ("qwen2.5-7b", "bf16", 14, 46.0),
    ("qwen2.5-72b", "nf4", 38, None),
    ("qwen2.5-0.5b", "bf16", 2, 180.0),
)


def fixed_rows(request: Request, evidence: Iterable[Evidence] = ()) -> list[FitRow]:
    """Six models whose memory depends on context and batch in a plain way; the first is the winner."""
    known = {candidate.name: candidate for candidate in request.candidates}
    extra = request.context * request.batch * (MIB // 4)
    return [
        _row(known[name], level, gib * GIB, extra, request, speed, place)
        for place, (name, level, gib, speed) in enumerate(ROWS)
        if name in known
    ]


def _row(
    candidate: Candidate,
    level: str,
    weights: int,
    extra: int,
    request: Request,
    speed: float | None,
    place: int,
) -> FitRow:
    size = Footprint(
        (
            Term.known("weights", weights),
            Term.known("kv-cache", extra),
            Term("activations", extra // 2, extra, 2 * extra),
            Term("context", 150 * MIB, 350 * MIB, 600 * MIB),
        )
    )
    verdict = "possible" if place else "recommended"
    fits = size.fits(request.budget.bytes)
    rate = Rate(speed, speed, speed, calibrated=True) if speed else None
    row = FitRow(candidate, level, verdict, size.total, fits, request, rate=rate)
    row.__dict__["footprint"] = size
    return row


def fixed_footprint(spec: Any, level: Any, **_: Any) -> Footprint:
    """Megabytes in proportion to the width and the level's bits."""
    weights = spec.hidden * level.bits * MIB // 128
    return Footprint((Term.known("weights", weights), Term("activations", 5 * MIB, 6 * MIB, 8 * MIB)))
