"""Evidence: a number with where it comes from, and the append-only store that keeps it."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any


class Provenance(StrEnum):
    """How far a number can be trusted; the order is the order of trust."""

    MEASURED = "measured"
    IMPORTED = "imported"
    PUBLISHED = "published"
    ESTIMATED = "estimated"


@dataclass(frozen=True)
class Evidence:
    """One result about one model at one level.

    `kind` says what was measured (`perplexity`, `trial`, `tokenizer`, `deploy`, `hardware`).
    `model` is the name shown, `revision` the content hash or Hub commit, `level` a quantization
    level or "". `key` holds what makes two results comparable (text hash, frame, device, versions,
    ...), `values` the numbers. `source` is the command or citation, `created` ISO 8601 in UTC.
    """

    kind: str
    model: str
    revision: str
    level: str
    key: Mapping[str, Any]
    values: Mapping[str, Any]
    provenance: Provenance = Provenance.MEASURED
    source: str = ""
    created: str = field(default_factory=lambda: datetime.now(UTC).isoformat(timespec="seconds"))

    @property
    def id(self) -> str:
        """Twelve hex digits of a SHA-256 over everything but `source` and `created`."""
        content = [self.kind, self.model, self.revision, self.level, self.key, self.values, self.provenance]
        canonical = json.dumps(content, sort_keys=True, ensure_ascii=False, default=dict)
        return hashlib.sha256(canonical.encode("utf-8", "surrogatepass")).hexdigest()[:12]


def to_json(evidence: Evidence) -> dict[str, Any]:
    """The evidence as a plain dict with its id, as `--json` prints it."""
    return {"id": evidence.id} | asdict(evidence)
