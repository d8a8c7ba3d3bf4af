"""tiktoken rank files: a base64 token and its rank on each line."""

import base64
import binascii
from collections.abc import Sequence
from functools import cached_property

import tiktoken

from probes.tokenization.base import TextTokenizer
from probes.tokenization.byte_level import is_whole
from probes.tokenization.offsets import Offsets, consecutive


def parse_ranks(data: bytes) -> dict[bytes, int] | None:
    """The ranks, whatever the line ends; None where the bytes are no rank file."""
    ranks: dict[bytes, int] = {}
    try:
        for line in data.split(b"\n"):
            if parts := line.split():
                token, rank = parts
                ranks[base64.b64decode(token, validate=True)] = int(rank)
    except (ValueError, binascii.Error):
        return None
    return ranks or None


class TiktokenTokenizer(TextTokenizer):
    """A rank file with its split pattern, cut by the tiktoken library itself."""

    format = "tiktoken"
    algorithm = "byte-bpe"
    unk_id = None

    def __init__(
        self, name: str, ranks: dict[bytes, int], pattern: str, prefix_ids: tuple[int, ...] = ()
    ) -> None:
        """`ranks` must hold the 256 single bytes."""
        self.name = name
        self.pattern = pattern
        self.prefix_ids = prefix_ids
        self.vocab_size = max(ranks.values()) + 1
        self._library = tiktoken.Encoding(name, pat_str=pattern, mergeable_ranks=ranks, special_tokens={})
        self.ranks = ranks
        self._bytes = {rank: token for token, rank in ranks.items()}

    def encode(self, text: str) -> list[int]:
        ids: list[int] = self._library.encode_ordinary(text)
        return ids

    def encode_batch(self, texts: Sequence[str]) -> list[list[int]]:
        ids: list[list[int]] = self._library.encode_ordinary_batch(list(texts))
        return ids

    def encode_with_offsets(self, text: str) -> tuple[list[int], Offsets]:
        ids = self.encode(text)
        return ids, consecutive(text, [len(self._bytes[token]) for token in ids])

    def decode(self, ids: Sequence[int]) -> str:
        return b"".join(self._bytes[token] for token in ids).decode("utf-8", "replace")

    def piece(self, token: int) -> bytes:
        return self._bytes.get(token, b"")

    @cached_property
    def text_pieces(self) -> dict[int, str]:
        found = {}
        for token, rank in self.ranks.items():
            try:
                found[rank] = token.decode("utf-8")
            except UnicodeDecodeError:  # a token that is no whole characters
                continue
        return found

    def byte_fallback(self, token: int) -> bool:
        return not is_whole(self.piece(token))

    def control(self, token: int) -> bool:
        return token not in self._bytes
