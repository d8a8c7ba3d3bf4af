"""A verdict in the fields of the command contract."""

from dataclasses import asdict
from typing import Any

from catalog.hardware.gpu import BANDWIDTH, RATE, Gpu
from catalog.verdict.request import Request, Verdict


def verdict_json(request: Request, verdict: Verdict) -> dict[str, Any]:
    """The verdict in the fields of the contract."""
    budget = request.budget
    return {
        "budget": {
            "label": budget.label,
            "bytes": budget.total_bytes,
            "cards": budget.count,
            "simulated": budget.simulated,
            "card": card_json(budget.gpu, request.context_bytes),
        },
        "use": request.use,
        "context": request.context,
        "serving": asdict(request.serving),
        "text_sha256": request.text,
        "data_sha256": request.data,
        "winner": (
            {"model": verdict.winner.model, "level": verdict.winner.level} if verdict.winner else None
        ),
        "ranking": [asdict(row) for row in verdict.ranking],
        "vocabulary": {"reasons": [asdict(reason) for reason in verdict.vocabulary]},
        "would_change": [asdict(reason) for reason in verdict.would_change],
        "data": {"rows": request.data_rows, "reasons": [asdict(reason) for reason in verdict.data]},
        "contradictions": [asdict(reason) for reason in verdict.contradictions],
        "next": [asdict(one) for one in verdict.next],
        "wishes": asdict(request.wishes),
    }


def card_json(gpu: Gpu | None, context_bytes: int | None) -> dict[str, Any] | None:
    """What estimates take a card to be, and where each figure comes from; None without a known card."""
    if gpu is None:
        return None
    return {
        "name": gpu.name,
        "bandwidth_bytes_per_s": gpu.bandwidth_bytes_per_s,
        "bandwidth_from": gpu.from_where(BANDWIDTH),
        "bf16_flops": gpu.bf16_flops,
        "bf16_flops_from": gpu.from_where(RATE),
        "context_bytes": context_bytes,
        "paces": [pace._asdict() for pace in gpu.paces],
        "source": gpu.source,
    }
