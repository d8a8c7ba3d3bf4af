"""A vocabulary whose model sets the lowest ids aside, as ChatGLM-6B's first release did for images."""

from collections.abc import Sequence

from probes.tokenization.base import TextTokenizer
from probes.tokenization.offsets import Offsets


class ShiftedTokenizer(TextTokenizer):
    """`inner`, with `shift` added to every id; the ids below stand for no text."""

    def __init__(self, inner: TextTokenizer, shift: int) -> None:
        self.inner, self.shift = inner, shift
        self.name, self.format, self.algorithm = inner.name, inner.format, inner.algorithm
        self.vocab_size = inner.vocab_size + shift
        self.unk_id = None if inner.unk_id is None else inner.unk_id + shift
        self.prefix_always = inner.prefix_always
        self.prefix_ids = tuple(token + shift for token in inner.prefix_ids)

    def encode(self, text: str) -> list[int]:
        return [token + self.shift for token in self.inner.encode(text)]

    def encode_batch(self, texts: Sequence[str]) -> list[list[int]]:
        return [[token + self.shift for token in ids] for ids in self.inner.encode_batch(texts)]

    def encode_with_offsets(self, text: str) -> tuple[list[int], Offsets]:
        ids, offsets = self.inner.encode_with_offsets(text)
        return [token + self.shift for token in ids], offsets

    def decode(self, ids: Sequence[int]) -> str:
        return self.inner.decode([token - self.shift for token in ids if token >= self.shift])

    def piece(self, token: int) -> bytes:
        return self.inner.piece(token - self.shift) if token >= self.shift else b""

    def byte_fallback(self, token: int) -> bool:
        return token >= self.shift and self.inner.byte_fallback(token - self.shift)

    def control(self, token: int) -> bool:
        return token < self.shift or self.inner.control(token - self.shift)
