"""Tokenizers: what a text costs one, and what extending its vocabulary would save."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from catalog.evidence.kinds.base import ALONE, EXACT, Key, Numbers, Values
from catalog.evidence.kinds.form import optional
from catalog.evidence.kinds.shared import COUNT, FLAG, HASH, POSITIVE, SHARE, WORD, Shared


@dataclass(frozen=True)
class FileCost:
    """What one file of a corpus costs a tokenizer."""

    path: str
    tokens: int
    tokens_per_char: float


@dataclass(frozen=True)
class Tokenizer(Values):
    """What a text costs a tokenizer: see docs/tokenizers.md for what each field means."""

    NUMBERS: ClassVar[Numbers] = (
        ("tokens", EXACT),
        ("tokens_per_char", EXACT),
        ("tokens_per_han_char", EXACT),
        ("bytes_per_token", EXACT),
        ("byte_fallback_share", EXACT),
        ("chars_per_second", ALONE),
    )
    SHARED: ClassVar[Shared] = {
        "format": WORD,
        "algorithm": WORD,
        "vocab_size": COUNT,
        "tokens": COUNT,
        "tokens_per_char": POSITIVE,
        "tokens_per_char_se": POSITIVE,
        "tokens_per_han_char": POSITIVE,
        "bytes_per_token": POSITIVE,
        "byte_fallback_share": SHARE,
        "unk_share": SHARE,
        "round_trip": FLAG,
        "round_trip_chars": COUNT,
        "han_single_in_text": SHARE,
        "han_single_of_standard": SHARE,
        "han_pieces": COUNT,
        "han_pieces_of_several": COUNT,
        "pieces_used": COUNT,
        "chars_per_second": POSITIVE,
    }

    name: str = ""
    format: str = ""
    algorithm: str = ""
    vocab_size: int | None = None
    tokens: int = 0
    tokens_per_char: float = math.nan
    tokens_per_char_se: float | None = None
    tokens_per_han_char: float | None = None
    bytes_per_token: float | None = None
    byte_fallback_share: float | None = None
    unk_share: float | None = None
    round_trip: bool | None = None
    round_trip_chars: int | None = None
    first_difference: Mapping[str, Any] | None = None
    han_single_in_text: float | None = None
    han_single_of_standard: float | None = None
    han_pieces: int | None = None
    han_pieces_of_several: int | None = None
    pieces_used: int | None = None
    chars_per_second: float | None = None
    files: tuple[FileCost, ...] | None = optional()
    parallel_tokens: int | None = optional()
    parallel_tokens_per_char: float | None = optional()
    premium: float | None = optional()
    context_tokens: int | None = None
    context_chars: int | None = None
    kv_bytes_per_1000_chars: float | None = None
    price_per_1000_chars: float | None = None
    relative_compute: float | None = None

    @property
    def cost(self) -> float:
        """Tokens per Han character; per character where the text holds no Han."""
        return self.tokens_per_char if self.tokens_per_han_char is None else self.tokens_per_han_char


@dataclass(frozen=True)
class TokenizerKey(Key):
    """The text alone: what a tokenizer does with it depends on nothing else."""

    SAME: ClassVar = ("text_sha256",)
    SHARED: ClassVar[Shared] = {"text_sha256": HASH}


@dataclass(frozen=True)
class Rung:
    """`learnt` pieces tried, `added` of them new to the base, and what held-out text costs then."""

    learnt: int = 0
    added: int = 0
    tokens_per_char: float = math.nan
    tokens_per_han_char: float | None = None
    byte_fallback_share: float | None = None
    round_trip: bool | None = None


@dataclass(frozen=True)
class OtherBase:
    """What the same text costs the tokenizer of a base that could be taken instead."""

    name: str
    tokens_per_char: float
    tokens_per_han_char: float | None = None


@dataclass(frozen=True)
class Vocabulary(Values):
    """A vocabulary extended by learnt pieces: what it saves, costs, and whether it is worth it.

    `knee` is the rung of the ladder after which more pieces hardly help, `break_even_chars` the text after
    which the training has paid, `written` where the tokenizer lies, `trial` what training with it came to.
    """

    NUMBERS: ClassVar[Numbers] = (
        ("saving", EXACT),
        ("new_parameters", EXACT),
        ("break_even_chars", EXACT),
    )

    tokenizer: str = ""
    before: Rung | None = None
    after: Rung | None = None
    saving: float | None = None
    ladder: tuple[Rung, ...] = ()
    knee: int = 0
    train_chars: int = 0
    held_out_chars: int = 0
    sampled: bool = False
    notes: tuple[Mapping[str, Any], ...] = ()
    new_parameters: int | None = None
    extra_bytes_infer: int | None = None
    extra_bytes_train: int | None = None
    flops_saved_per_char: float | None = None
    others: tuple[OtherBase, ...] = ()
    corpus_tokens: float | None = None
    corpus_tokens_stated: bool = False
    corpus_tokens_needed: float | None = None
    training_tokens: float | None = None
    break_even_chars: float | None = None
    break_even_chars_low: float | None = None
    break_even_chars_high: float | None = None
    verdict: str = "maybe"
    reasons: tuple[Mapping[str, Any], ...] = ()
    written: Mapping[str, Any] | None = optional()
    trial: Mapping[str, Any] | None = optional()


@dataclass(frozen=True)
class VocabularyKey(Key):
    """`add` pieces were learnt for it."""

    SAME: ClassVar = ("text_sha256", "add")

    add: int | None = None
