"""A report as JSON: the facts themselves, each number with its error, its evidence and its command."""

import math
from collections.abc import Mapping
from typing import Any

from catalog.evidence.kinds import finite, key_of
from catalog.evidence.records import to_json
from tui.report.against import Against, Altered
from tui.report.command import plan_command, verdict_command
from tui.report.compose import headline
from tui.report.gather import Report
from tui.report.numbers import Number, numbers
from tui.strings import LANGUAGES


def to_record(report: Report, against: Against | None = None) -> dict[str, Any]:
    """The body of `basefit report --format json`, beside schema and kind."""
    run = report.run
    record = {
        "run": {
            "id": run.id,
            "command": run.command,
            "status": run.status,
            "started": run.started,
            "ended": run.ended or None,
        },
        "reproduce": verdict_command(report),
        "headline": {language: _headline(report, language) for language in LANGUAGES},
        "question": report.question,
        "request": {k: v for k, v in run.request.items() if k not in ("question", "machine")},
        "verdict": _verdict(report),
        "judged_now": report.judged_now,
        "numbers": [_number(number) for number in numbers(report.evidence)],
        "evidence": [to_json(e) | {"run": report.origin.get(e.id)} for e in report.evidence],
        "failures": report.failures,
        "machines": [{"run": number} | dict(record) for number, record in report.machines.items()],
        "hashes": _hashes(report),
        "seeds": {e.id: seed for e in report.evidence if (seed := key_of(e).seed) is not None},
    }
    if against is not None:
        record["against"] = _against(against)
    return strict(record)  # type: ignore[no-any-return]


def strict(value: Any) -> Any:
    """As JSON itself knows it: no NaN and no infinity, whatever a broken level came to."""
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, Mapping):
        return {str(name): strict(item) for name, item in value.items()}
    return [strict(item) for item in value] if isinstance(value, list | tuple) else value


def _headline(report: Report, language: str) -> dict[str, str]:
    lead = headline(report, language)
    return {"answer": lead.words, "sentence": "".join(piece.text for piece in lead.sentence)}


def _verdict(report: Report) -> dict[str, Any] | None:
    if report.verdict is None:
        return None
    ranking = [
        dict(row)
        | {
            "evidence": [e.id for e in report.behind(row)],
            "estimate_command": plan_command(report, row),
            "terms": _terms(report, row),
        }
        for row in report.ranking
    ]
    return dict(report.verdict) | {"ranking": ranking}


def _terms(report: Report, row: Mapping[str, Any]) -> list[dict[str, Any]] | None:
    items = report.footprints.get((row["model"], row["level"]))
    return [{"name": term.name, "bytes": term.expected} for term in items.terms] if items else None


def _number(number: Number) -> dict[str, Any]:
    e = number.evidence
    return {
        "kind": e.kind,
        "model": e.model,
        "level": e.level,
        "quantity": number.quantity,
        "value": number.value,
        "se": number.se,
        "margin": finite(number.estimate.margin),
        "evidence": e.id,
        "command": e.source,
    }


def _hashes(report: Report) -> dict[str, Any]:
    keys = [key_of(e) for e in report.evidence]
    return {
        "text_sha256": sorted({key.text_sha256 for key in keys if key.text_sha256}),
        "data_sha256": sorted({key.data_sha256 for key in keys if key.data_sha256}),
        "revisions": {e.model: e.revision for e in report.evidence if e.revision},
        "origins": report.origins,
    }


def _against(found: Against) -> dict[str, Any]:
    before, after = found.before, found.after
    return {
        "run": before.run.id,
        "comparable": found.comparable,
        "verdict": {
            "before": (before.verdict or {}).get("winner"),
            "after": (after.verdict or {}).get("winner"),
            "changed": not found.same_winner,
        },
        "numbers": [
            {
                "kind": change.after.evidence.kind,
                "model": change.after.evidence.model,
                "level": change.after.evidence.level,
                "quantity": change.after.quantity,
                "before": change.before.value,
                "before_se": change.before.se,
                "after": change.after.value,
                "after_se": change.after.se,
                "difference": change.after.value - change.before.value,
                "difference_se": change.difference.se if change.difference else None,
                "difference_margin": finite(change.difference.margin) if change.difference else None,
                "exceeds_error": change.exceeds,
                "evidence": [change.before.evidence.id, change.after.evidence.id],
            }
            for change in found.changes
        ],
        "unchanged": found.unchanged,
        "incomparable": [
            {
                "kind": each.after.kind,
                "model": each.after.model,
                "level": each.after.level,
                "differs": {name: [then, now] for name, then, now in each.entries},
            }
            for each in found.unlike
        ],
        "only_before": [e.id for e in found.only_before],
        "only_after": [e.id for e in found.only_after],
        "asked": _altered(found.asked),
        "machine": _altered(found.machine),
    }


def _altered(found: tuple[Altered, ...]) -> list[dict[str, Any]]:
    return [{"name": each.name, "before": each.before, "after": each.after} for each in found]
