"""The kinds of evidence: for each what is found and what makes two of them comparable.

Nobody else knows how evidence is stored. `Perplexity.of(evidence)` reads the values and
`PerplexityKey.of(evidence)` the key, of a piece of evidence or of a metric; `write` gives the stored form.
"""

import math
from collections.abc import Mapping
from typing import Any

from catalog.evidence.kinds.base import EXACT, Key, Quantity, Span, Stored, Values
from catalog.evidence.kinds.form import read, write
from catalog.evidence.kinds.machine import Deploy, DeployKey, Hardware, HardwareKey, PeakBytes
from catalog.evidence.kinds.perplexity import Perplexity, PerplexityKey, Window
from catalog.evidence.kinds.shared import Shared
from catalog.evidence.kinds.tokenizer import (
    FileCost,
    OtherBase,
    Rung,
    Tokenizer,
    TokenizerKey,
    Vocabulary,
    VocabularyKey,
)
from catalog.evidence.kinds.trial import (
    Answered,
    Cut,
    DataSummary,
    Point,
    Prediction,
    Sample,
    Skipped,
    Trial,
    TrialData,
    TrialKey,
    TrialRow,
    Vote,
)

__all__ = [
    "Answered",
    "Cut",
    "DataSummary",
    "Deploy",
    "DeployKey",
    "FileCost",
    "Hardware",
    "HardwareKey",
    "Key",
    "OtherBase",
    "PeakBytes",
    "Perplexity",
    "PerplexityKey",
    "Point",
    "Prediction",
    "Quantity",
    "Rung",
    "Sample",
    "Scored",
    "Skipped",
    "Span",
    "Stored",
    "Tokenizer",
    "TokenizerKey",
    "Trial",
    "TrialData",
    "TrialKey",
    "TrialRow",
    "Vocabulary",
    "VocabularyKey",
    "Vote",
    "Window",
    "conditions",
    "finite",
    "has_score",
    "key_of",
    "quantities",
    "read",
    "scored",
    "shared_fields",
    "unlike",
    "write",
]

Scored = Perplexity | Trial
"""What bits per byte, with spans to pair them by, were measured of."""
_CONDITIONS = (
    "device", "frame", "windows", "method", "examples", "rate", "batch", "context", "new_tokens", "add",
)  # fmt: skip
_KINDS: Mapping[str, tuple[type[Values], type[Key]]] = {
    "perplexity": (Perplexity, PerplexityKey),
    "trial": (Trial, TrialKey),
    "tokenizer": (Tokenizer, TokenizerKey),
    "vocabulary": (Vocabulary, VocabularyKey),
    "deploy": (Deploy, DeployKey),
    "hardware": (Hardware, HardwareKey),
}


def scored(stored: Stored) -> Scored:
    """The record of a `perplexity` or a `trial`."""
    return Trial.of(stored) if stored.kind == "trial" else Perplexity.of(stored)


def has_score(stored: Stored) -> bool:
    """Whether a perplexity or a trial came to a number: thousands are asked, so the rest is not read."""
    return stored.values.get("bits_per_byte") is not None


def key_of(stored: Stored) -> Key:
    """The key of any evidence, as its kind knows it."""
    return (_KINDS[stored.kind][1] if stored.kind in _KINDS else Key).of(stored)


def shared_fields() -> dict[str, tuple[Shared, Shared]]:
    """Kind -> the forms of its values and of its key, for the kinds of which something may leave."""
    return {kind: (values.SHARED, key.SHARED) for kind, (values, key) in _KINDS.items() if values.SHARED}


def quantities(stored: Stored) -> list[Quantity]:
    """The finite numbers of a piece of evidence, as its kind lists them."""
    if stored.kind not in _KINDS:
        return []
    record = _KINDS[stored.kind][0].of(stored)
    return [
        Quantity(name, value, _error(record, error), error == EXACT, record.freedom_of(name))
        for name, error in record.NUMBERS
        if (value := finite(getattr(record, name))) is not None
    ]


def _error(record: Values, name: str | None) -> float | None:
    return 0.0 if name == EXACT else finite(getattr(record, name)) if name else None


def finite(value: Any) -> float | None:
    """A number that JSON can hold, None for what is none."""
    known = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    return value if known else None


def unlike(a: Stored, b: Stored) -> tuple[tuple[str, Any, Any], ...]:
    """(entry, a's, b's) for what keeps two measurements of a kind from being compared."""
    one, other = key_of(a), key_of(b)
    found = ((name, getattr(one, name), getattr(other, name)) for name in one.SAME)
    return tuple(entry for entry in found if entry[1] != entry[2])


def conditions(stored: Stored) -> dict[str, Any]:
    """What a person would name first of the conditions that it was measured under, by entry."""
    key = key_of(stored)
    found = {name: getattr(key, name, None) for name in _CONDITIONS}
    return {name: value for name, value in found.items() if value not in (None, "", [])}
