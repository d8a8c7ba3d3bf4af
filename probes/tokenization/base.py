"""What every tokenizer can do, whatever file it came from."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray


class TextTokenizer(ABC):
    """Cuts plain text: nothing in the text is ever read as a special token."""

    name: str
    """What the person calls it: the folder or file it was loaded from."""
    format: str
    """`tokenizer.json`, `sentencepiece`, `tiktoken`, `vocab+merges`, or `ice_text`."""
    algorithm: str
    """`bpe`, `byte-bpe`, `unigram`, `wordpiece`, `wordlevel`, ..."""
    vocab_size: int
    """Ids the files define, added tokens included; a model's embedding may be padded beyond it."""
    unk_id: int | None
    """The id for what the vocabulary cannot write; None where it can write everything."""
    prefix_ids: tuple[int, ...]
    """What the family puts before a text to be scored: BOS, `[gMASK] <sop>`, or nothing."""
    prefix_always: bool = False
    """Whether no row can do without the prefix: it tells ChatGLM-6B's attention where the text begins."""

    @abstractmethod
    def encode(self, text: str) -> list[int]:
        """The ids of `text`, without any special token."""

    @abstractmethod
    def encode_batch(self, texts: Sequence[str]) -> list[list[int]]:
        """`encode` of each text, on all cores."""

    def encode_arrays(self, texts: Sequence[str]) -> list[NDArray[np.integer[Any]]]:
        """`encode_batch` as arrays, for counting: faster where the library can give them."""
        return [np.asarray(ids, dtype=np.int64) for ids in self.encode_batch(texts)]

    @abstractmethod
    def encode_with_offsets(self, text: str) -> tuple[list[int], list[tuple[int, int]]]:
        """The ids, and for each the characters of `text` it stands for: (start, end), end excluded.

        A token that is part of a character has that character; one that stands for nothing in the
        text (a prefix space the tokenizer put in) has (i, i). Starts never decrease.
        """

    @abstractmethod
    def decode(self, ids: Sequence[int]) -> str:
        """The text of the ids; bytes that are no UTF-8 become U+FFFD."""

    @abstractmethod
    def piece(self, token: int) -> bytes:
        """The bytes a token stands for, a space for its space mark; empty for a control token."""

    @abstractmethod
    def byte_fallback(self, token: int) -> bool:
        """Whether the token is bytes, not characters.

        Byte pieces where the vocabulary has such (`<0xE4>`), and in a byte-level vocabulary the
        tokens that are no whole characters.
        """

    @abstractmethod
    def control(self, token: int) -> bool:
        """Whether the id is a special or unused one, that stands for no text."""

    def pieces(self, ids: Sequence[int]) -> list[bytes]:
        """`piece` of each id."""
        return [self.piece(token) for token in ids]

    @cached_property
    def text_pieces(self) -> dict[int, str]:
        """The tokens that are whole characters, and their text. Built once, over the vocabulary."""
        found = {}
        for token in range(self.vocab_size):
            if not self.control(token) and not self.byte_fallback(token):
                found[token] = self.piece(token).decode("utf-8", "replace")
        return found
