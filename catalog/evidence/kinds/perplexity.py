"""Perplexity: a level of a model scored on a text."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

from catalog.evidence.kinds.base import EXACT, SPAN, Key, Numbers, Span, Values
from catalog.evidence.kinds.form import optional
from catalog.evidence.kinds.shared import (
    ANY,
    BITS,
    COUNT,
    DEVICE,
    FLAG,
    HASH,
    POSITIVE,
    SHARE,
    VERSIONS,
    WORD,
    Several,
    Shared,
    Word,
)
from catalog.evidence.statistics import freedom_of, margin, or_nan

_PLACED: Shared = {"tokens": COUNT, "kl": ANY, "start": COUNT, "end": COUNT}


@dataclass(frozen=True)
class Window(Span):
    """A span of a text, bytes `start` to `end`; `kl` is a sum over its `tokens`, in nats."""

    tokens: int | None = None
    kl: float | None = None
    start: int | None = None
    end: int | None = None


@dataclass(frozen=True)
class Perplexity(Values):
    """A level scored on a text. KL and delta are against the reference, `verdict` the word for the damage.

    `text` tells several texts of a run apart. `failed_at_layer` is where a broken level lost its numbers.
    `same_experts` is the share of choices of experts, a target in a layer, that are the reference's.
    `settled`: other text of the kind would give the same word. `bits_per_byte_freedom` is stored where the
    level was scored on fewer windows than the reference that its bits per byte rest on. `beyond_context`
    are the windows that are longer than what the model was made for, where there are any.
    """

    NUMBERS: ClassVar[Numbers] = (
        ("bits_per_byte", "bits_per_byte_se"),
        ("ppl", "ppl_se"),
        ("kl_nats", "kl_se"),
        ("same_top", "same_top_se"),
        ("same_experts", "same_experts_se"),
        ("weight_bytes", EXACT),
    )
    SHARED: ClassVar[Shared] = {
        "tokens_scored": COUNT,
        "nll_per_token": POSITIVE,
        "ppl": POSITIVE,
        "ppl_se": POSITIVE,
        "bits_per_byte": BITS,
        "bits_per_byte_se": POSITIVE,
        "bits_per_byte_freedom": COUNT,
        "bits_per_char": BITS,
        "delta_ln_ppl": ANY,
        "delta_se": POSITIVE,
        "kl_nats": ANY,
        "kl_se": POSITIVE,
        "same_top": SHARE,
        "same_top_se": POSITIVE,
        "same_experts": SHARE,
        "same_experts_se": POSITIVE,
        "verdict": Word("indistinguishable|slightly worse|worse|broken"),
        "windows": Several(replace(SPAN, fields={**SPAN.fields, **_PLACED})),
        "bits_per_weight": BITS,
        "weight_bytes": COUNT,
        "noise_floor": POSITIVE,
        "failed_at_layer": COUNT,
        "settled": FLAG,
        "beyond_context": COUNT,
    }
    WITH_SCORE: ClassVar = ("bits_per_byte_se", "verdict", "kl_nats", "kl_se", "windows")

    model: str = ""
    level: str = ""
    text: str = ""
    tokens_scored: int = 0
    nll_per_token: float | None = None
    ppl: float | None = None
    ppl_se: float | None = None
    bits_per_byte: float | None = None
    bits_per_byte_se: float | None = None
    bits_per_char: float | None = None
    delta_ln_ppl: float | None = None
    delta_se: float | None = None
    kl_nats: float | None = None
    kl_se: float | None = None
    same_top: float | None = None
    same_top_se: float | None = None
    same_experts: float | None = optional()
    same_experts_se: float | None = optional()
    verdict: str = ""
    windows: tuple[Window, ...] = ()
    bits_per_weight: float | None = None
    weight_bytes: int | None = None
    noise_floor: float | None = None
    failed_at_layer: int | None = optional()
    settled: bool | None = None
    bits_per_byte_freedom: int | None = optional()
    beyond_context: int | None = optional()

    @property
    def spans(self) -> Sequence[Span]:
        return self.windows

    @property
    def beyond_spans(self) -> bool:
        """Whether bits per byte rest on more text than the spans: on that of the reference."""
        return self.bits_per_byte_freedom is not None

    @property
    def freedom(self) -> int | None:
        """Of the error of bits per byte, and of perplexity."""
        return (
            freedom_of(self.windows) if self.bits_per_byte_freedom is None else self.bits_per_byte_freedom
        )

    def freedom_of(self, name: str) -> int | None:
        return self.freedom if name in ("bits_per_byte", "ppl") else freedom_of(self.windows)

    @property
    def margin(self) -> float:
        """Half of the 95 % interval of bits per byte."""
        return margin(or_nan(self.bits_per_byte_se), self.freedom)

    @property
    def ppl_margin(self) -> float:
        return margin(or_nan(self.ppl_se), self.freedom)

    @property
    def kl_margin(self) -> float:
        return margin(or_nan(self.kl_se), freedom_of(self.windows))


@dataclass(frozen=True)
class PerplexityKey(Key):
    """`windows` asked for of each text, `frame` how they were cut, `reference` the level compared with."""

    SAME: ClassVar = ("text_sha256", "frame", "windows")
    SHARED: ClassVar[Shared] = {
        "text_sha256": HASH,
        "frame": WORD,
        "windows": COUNT,
        "reference": WORD,
        "device": DEVICE,
        "versions": VERSIONS,
    }

    frame: str | None = None
    windows: int | None = None
    reference: str | None = None
