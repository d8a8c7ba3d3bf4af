"""The numbers of a measurement, and what must be equal for two of them to be compared."""

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from catalog.evidence.paired import Difference, compare, unpaired_difference
from catalog.evidence.records import Evidence

EXACT = "exact"
ALONE = None
QUANTITIES: dict[str, tuple[tuple[str, str | None], ...]] = {
    "perplexity": (
        ("bits_per_byte", "bits_per_byte_se"),
        ("ppl", "ppl_se"),
        ("kl_nats", "kl_se"),
        ("same_top", "same_top_se"),
        ("weight_bytes", EXACT),
    ),
    "trial": (
        ("before", "before_se"),
        ("bits_per_byte", "bits_per_byte_se"),
        ("tokens_per_second", ALONE),
        ("peak_memory_bytes", ALONE),
    ),
    "tokenizer": (
        ("tokens", EXACT),
        ("tokens_per_char", EXACT),
        ("tokens_per_han_char", EXACT),
        ("bytes_per_token", EXACT),
        ("byte_fallback_share", EXACT),
        ("chars_per_second", ALONE),
    ),
    "vocabulary": (("saving", EXACT), ("new_parameters", EXACT), ("break_even_chars", EXACT)),
    "deploy": (
        ("measured_bytes", ALONE),
        ("expected_bytes", EXACT),
        ("prefill_tokens_per_s", ALONE),
        ("decode_tokens_per_s", ALONE),
        ("load_seconds", ALONE),
    ),
    "hardware": (
        ("context_bytes", ALONE),
        ("bandwidth_bytes_per_s", ALONE),
        ("bf16_flops", ALONE),
        ("fp32_flops", ALONE),
        ("read_bytes_per_s", ALONE),
    ),
}
"""Kind -> (quantity, where its standard error stands): EXACT has none to have, ALONE was taken once."""
SAME = {
    "perplexity": ("text_sha256", "frame", "windows"),
    "trial": ("data_sha256", "holdout_sha256"),
    "tokenizer": ("text_sha256",),
    "vocabulary": ("text_sha256", "add"),
    "deploy": ("context", "batch", "new_tokens", "random_weights"),
    "hardware": (),
}
"""Kind -> the entries of the key that must be equal: another text or frame gives another number."""
PAIRED = ("perplexity", "trial")


@dataclass(frozen=True)
class Number:
    """One quantity of one measurement. `se` None: there is none; 0 for what is exact."""

    evidence: Evidence
    quantity: str
    value: float
    se: float | None

    @property
    def exact(self) -> bool:
        return dict(QUANTITIES.get(self.evidence.kind, ())).get(self.quantity) == EXACT


def numbers(evidence: Iterable[Evidence]) -> Iterator[Number]:
    """Every finite number of some measurements."""
    for e in evidence:
        for quantity, error in QUANTITIES.get(e.kind, ()):
            value = e.values.get(quantity)
            if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
                continue
            yield Number(e, quantity, value, _error(e.values, error))


def _error(values: Mapping[str, Any], where: str | None) -> float | None:
    if where == EXACT:
        return 0.0
    found = values.get(where) if where else None
    return float(found) if isinstance(found, int | float) and math.isfinite(found) else None


def unlike(a: Evidence, b: Evidence) -> tuple[str, ...]:
    """The entries of the key that keep two measurements of a kind from being compared."""
    return tuple(name for name in SAME.get(a.kind, ()) if a.key.get(name) != b.key.get(name))


def change(before: Number, after: Number) -> Difference | None:
    """After - before with its standard error; None where a number taken once has no error to hold it to.

    Bits per byte of the same spans are paired: their difference is far surer than either number.
    """
    if before.quantity == "bits_per_byte" and before.evidence.kind in PAIRED:
        return compare(after.evidence, before.evidence)
    if before.se is None or after.se is None:
        return None
    return unpaired_difference(after.value, after.se, before.value, before.se)
