"""What a text costs a tokenizer: counts over blocks of text, and the figures made from them.

Pure computation: no files, no events.
"""

import re
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from catalog.evidence.kinds import FileCost, Tokenizer
from catalog.evidence.statistics import clustered_ratio
from catalog.han import RANGES, standard_characters
from probes.tokenization.base import TextTokenizer
from probes.tokenization.laid import LaidPieces
from probes.tokenization.offsets import spans

CHECKED_FIRST, CHECKED_EVERY = 300_000, 16
"""Round trip and Han characters are looked at in the first so many characters, and in every so manieth
block (1 MiB) after them."""
DECODED_CHARS = 100_000
"""So many characters are decoded by the library; beyond them the pieces laid end to end are compared with
the text, and only where they differ is it decoded."""
OFFSETS_CHARS = 50_000
"""Where the pieces are not the text, Han characters need the library's offsets, which are slow: so many
characters settle tokens per Han character to .5 %."""
_CODES = 0x110000
_HAN = "".join(f"{chr(low)}-{chr(high)}" for low, high in RANGES)
_HAN_PIECE = re.compile(f"^( ?)([{_HAN}]+)$", re.MULTILINE)
_SHOWN = 24


def han_mask(codes: NDArray[np.uint32]) -> NDArray[np.bool_]:
    """Which of some code points are Han."""
    mask = np.zeros(len(codes), dtype=bool)
    for low, high in RANGES:
        mask |= (codes >= low) & (codes <= high)
    return mask


def code_points(text: str) -> NDArray[np.uint32]:
    """The characters of a text."""
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)


@dataclass
class TextCounts:
    """What the text itself is, whoever cuts it: `codes` counts each character by code point."""

    codes: NDArray[np.int64] = field(default_factory=lambda: np.zeros(_CODES, dtype=np.int64))

    def add(self, texts: Sequence[str]) -> None:
        found = np.bincount(code_points("".join(texts)))
        self.codes[: len(found)] += found

    @property
    def chars(self) -> int:
        return int(self.codes.sum())

    @property
    def bytes(self) -> int:
        """In UTF-8: one byte a character, and one more from each of U+0080, U+0800 and U+10000 on."""
        return self.chars + sum(int(self.codes[start:].sum()) for start in (0x80, 0x800, 0x10000))

    @property
    def han_chars(self) -> int:
        return sum(int(self.codes[low : high + 1].sum()) for low, high in RANGES)


@dataclass
class TokenCounts:
    """What one tokenizer made of the blocks seen so far.

    `histogram` counts each id; `blocks` holds (tokens, characters, file) of each block for the error bar
    and the figures by file. `checked_chars` were looked at for the round trip, `han_seen` Han characters
    for what they cost.
    """

    tokenizer: TextTokenizer
    histogram: NDArray[np.int64]
    laid: LaidPieces
    blocks: list[tuple[int, int, int]] = field(default_factory=list)
    seconds: float = 0.0
    han_share: float = 0.0
    han_seen: int = 0
    offsets_chars: int = 0
    checked_chars: int = 0
    lossless: bool = True
    difference: dict[str, str | int] | None = None

    @classmethod
    def of(cls, tokenizer: TextTokenizer) -> "TokenCounts":
        histogram = np.zeros(tokenizer.vocab_size, dtype=np.int64)
        return cls(tokenizer, histogram, LaidPieces(tokenizer))

    def add(self, texts: Sequence[str], files: Sequence[int]) -> None:
        """Encode a batch of blocks; `files` says which file each is from."""
        began = time.perf_counter()
        batch = self.tokenizer.encode_arrays(texts)
        self.seconds += time.perf_counter() - began
        if batch:
            self.histogram += np.bincount(np.concatenate(batch), minlength=len(self.histogram))
        for text, ids, file in zip(texts, batch, files, strict=True):
            if self.checked_chars < CHECKED_FIRST or len(self.blocks) % CHECKED_EVERY == 0:
                self._check(text, ids)
            self.blocks.append((len(ids), len(text), file))

    @property
    def tokens(self) -> int:
        return int(self.histogram.sum())

    @property
    def chars(self) -> int:
        return sum(chars for _, chars, _ in self.blocks)

    @property
    def byte_fallback_share(self) -> float:
        """Share of the tokens that are bytes, not characters."""
        used = np.flatnonzero(self.histogram).tolist()
        fallback = sum(int(self.histogram[token]) for token in used if self.tokenizer.byte_fallback(token))
        return fallback / max(self.tokens, 1)

    @property
    def tokens_per_han_char(self) -> float | None:
        """Tokens spent on Han characters over Han characters, in the blocks looked at.

        A token of several characters is shared among them; a part of a character counts whole.
        """
        return self.han_share / self.han_seen if self.han_seen else None

    def _check(self, text: str, ids: NDArray[np.integer[Any]]) -> None:
        """Whether the text comes back, and what its Han characters cost."""
        lengths = self.laid.lengths_on(text, ids) if self.lossless else None
        self.lossless = lengths is not None
        if self.difference is None and (lengths is None or self.checked_chars < DECODED_CHARS):
            at = sum(chars for _, chars, _ in self.blocks)
            self.difference = first_difference(text, self.tokenizer.decode(ids.tolist()), at)
        self.checked_chars += len(text)
        if lengths is not None:
            self._count_han(text, *spans(text, lengths[lengths > 0]))
        elif self.offsets_chars < OFFSETS_CHARS:
            head = text[: OFFSETS_CHARS - self.offsets_chars]
            self.offsets_chars += len(head)
            _, offsets = self.tokenizer.encode_with_offsets(head)
            starts, ends = np.asarray(offsets, dtype=np.int64).reshape(-1, 2).T
            self._count_han(head, starts, ends)

    def _count_han(self, text: str, starts: NDArray[np.int64], ends: NDArray[np.int64]) -> None:
        before = np.concatenate(([0], np.cumsum(han_mask(code_points(text)))))
        width, held = ends - starts, before[ends] - before[starts]
        self.han_share += float((held[width > 0] / width[width > 0]).sum())
        self.han_seen += int(before[-1])


def first_difference(text: str, back: str, offset: int = 0) -> dict[str, str | int] | None:
    """Where a decoded text first differs: character index, and a little of both from there."""
    if text == back:
        return None
    at = next(
        (i for i, (a, b) in enumerate(zip(text, back, strict=False)) if a != b), min(len(text), len(back))
    )
    return {"at": offset + at, "text": text[at : at + _SHOWN], "decoded": back[at : at + _SHOWN]}


@dataclass(frozen=True)
class HanVocabulary:
    """What a vocabulary knows of Han: single characters it has as pieces, and pieces of only Han."""

    singles: frozenset[str]
    pieces: int
    pieces_of_several: int

    @property
    def standard_share(self) -> float:
        """Share of the 8,105 standard characters that are pieces."""
        standard = standard_characters()
        return sum(char in self.singles for char in standard) / len(standard)


def han_vocabulary(tokenizer: TextTokenizer) -> HanVocabulary:
    """Read off the vocabulary; a leading space mark does not count."""
    lines = "\n".join(text for text in tokenizer.text_pieces.values() if "\n" not in text)
    found = _HAN_PIECE.findall(lines)
    singles = frozenset(han for space, han in found if not space and len(han) == 1)
    return HanVocabulary(singles, len(found), sum(len(han) > 1 for _, han in found))


def figures(counts: TokenCounts, text: TextCounts, sampled: bool) -> Tokenizer:
    """The row of one tokenizer, as far as the text alone tells."""
    tokenizer, tokens = counts.tokenizer, counts.tokens
    used = np.flatnonzero(counts.histogram).tolist()
    unknown = int(counts.histogram[tokenizer.unk_id]) if tokenizer.unk_id is not None else 0
    per_char = clustered_ratio([n for n, _, _ in counts.blocks], [chars for _, chars, _ in counts.blocks])
    vocabulary = han_vocabulary(tokenizer)
    singles = sum(int(text.codes[ord(char)]) for char in vocabulary.singles)
    return Tokenizer(
        name=tokenizer.name,
        format=tokenizer.format,
        algorithm=tokenizer.algorithm,
        vocab_size=tokenizer.vocab_size,
        tokens=tokens,
        tokens_per_char=per_char.value,
        tokens_per_char_se=per_char.se if sampled else 0.0,
        tokens_per_han_char=counts.tokens_per_han_char,
        bytes_per_token=text.bytes / tokens if tokens else None,
        byte_fallback_share=counts.byte_fallback_share,
        unk_share=unknown / tokens if tokens else 0.0,
        round_trip=counts.difference is None,
        round_trip_chars=counts.checked_chars,
        first_difference=counts.difference,
        han_single_in_text=singles / text.han_chars if text.han_chars else None,
        han_single_of_standard=vocabulary.standard_share,
        han_pieces=vocabulary.pieces,
        han_pieces_of_several=vocabulary.pieces_of_several,
        pieces_used=len(used),
        chars_per_second=counts.chars / counts.seconds if counts.seconds else None,
    )


def by_file(counts: TokenCounts, paths: Sequence[str]) -> tuple[FileCost, ...]:
    """Tokens per character of each file of the corpus."""
    rows = []
    for index, path in enumerate(paths):
        tokens = sum(tokens for tokens, _, file in counts.blocks if file == index)
        chars = sum(chars for _, chars, file in counts.blocks if file == index)
        rows.append(FileCost(path, tokens, tokens / chars if chars else 0.0))
    return tuple(rows)
