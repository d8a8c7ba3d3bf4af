"""What every verdict must keep to: each reason rests on evidence that exists, its numbers are finite."""

import json
from collections.abc import Iterable
from dataclasses import asdict

from catalog.evidence.records import Evidence
from catalog.verdict.request import Verdict

NAMED = {
    "catalog.memory", "catalog.prior", "catalog.models", "catalog.speed", "catalog.cost", "catalog.advice",
    "request",
}  # fmt: skip
"""What a reason may rest on beside the store: the catalog's own arithmetic and tables, or the request."""


def assert_grounded(verdict: Verdict, evidence: Iterable[Evidence]) -> None:
    """Every row has a reason, every reason evidence, and the whole can be written as strict JSON."""
    known = {one.id for one in evidence} | NAMED
    assert all(row.reasons for row in verdict.ranking)
    reasons = [reason for row in verdict.ranking for reason in row.reasons]
    reasons += [*verdict.would_change, *verdict.vocabulary, *verdict.data, *verdict.contradictions]
    reasons += [one.reason for one in verdict.next]
    for reason in reasons:
        assert reason.evidence, reason
        for one in reason.evidence:
            assert one in known or one.startswith("catalog.published: "), reason
    json.dumps(asdict(verdict), allow_nan=False, default=dict)
