"""SentencePiece `.model` files: BPE and Unigram, with byte fallback or without."""

from collections.abc import Sequence
from functools import cached_property
from typing import Any

import numpy as np
import sentencepiece
from numpy.typing import NDArray

from probes.tokenization.base import TextTokenizer
from probes.tokenization.model_proto import ModelHeader, read_header
from probes.tokenization.offsets import Offsets

SPACE = "▁"


class SentencePieceTokenizer(TextTokenizer):
    """A model file, cut by the sentencepiece library itself."""

    format = "sentencepiece"

    def __init__(self, name: str, model: bytes, prefix_ids: tuple[int, ...] | None = None) -> None:
        """`prefix_ids` None: the model's own BOS, where it has one."""
        self.header: ModelHeader = read_header(model)
        self.model = model
        library = sentencepiece.SentencePieceProcessor(model_proto=model)
        everything = list(range(library.get_piece_size()))
        self._library = library
        self._text: list[str] = library.id_to_piece(everything)
        self._byte: list[bool] = library.is_byte(everything)
        kinds = (library.is_control, library.is_unknown, library.is_unused)
        self._control = [any(flags) for flags in zip(*(kind(everything) for kind in kinds), strict=True)]
        bos = library.bos_id()
        self.name = name
        self.algorithm = self.header.algorithm
        self.vocab_size = len(everything)
        self.unk_id = library.unk_id()
        self.prefix_ids = prefix_ids if prefix_ids is not None else (bos,) if bos >= 0 else ()

    def encode(self, text: str) -> list[int]:
        ids: list[int] = self._library.encode(text)
        return ids

    def encode_batch(self, texts: Sequence[str]) -> list[list[int]]:
        ids: list[list[int]] = self._library.encode(list(texts))
        return ids

    def encode_arrays(self, texts: Sequence[str]) -> list[NDArray[np.integer[Any]]]:
        arrays: list[NDArray[np.integer[Any]]] = self._library.encode(list(texts), return_type="numpy")
        return arrays

    def encode_with_offsets(self, text: str) -> tuple[list[int], Offsets]:
        found = self._library.encode(text, return_type="offset_mapping", return_bytes=False)
        ids: list[int] = found["ids"]
        return ids, self._whole_characters(ids, found["offsets"])

    def _whole_characters(self, ids: Sequence[int], offsets: Offsets) -> Offsets:
        """The library gives a character's span to its last byte piece only: give it to all of them."""
        end_here = 0
        for index in range(len(offsets) - 1, -1, -1):
            start, end = offsets[index]
            if end > start:
                end_here = end
            elif self.byte_fallback(ids[index]):
                offsets[index] = (start, end_here)
        return offsets

    def decode(self, ids: Sequence[int]) -> str:
        text: str = self._library.decode(list(ids))
        return text

    def piece(self, token: int) -> bytes:
        if self._byte[token]:
            return bytes([int(self._text[token][3:5], 16)])
        if self._control[token]:
            return b""
        return self._text[token].replace(SPACE, " ").encode("utf-8")

    @cached_property
    def text_pieces(self) -> dict[int, str]:
        return {
            token: text.replace(SPACE, " ")
            for token, text in enumerate(self._text)
            if not self._byte[token] and not self._control[token]
        }

    def byte_fallback(self, token: int) -> bool:
        return self._byte[token]

    def control_id(self, text: str) -> int | None:
        """The id of a control piece; None where the file has none of that name."""
        token: int = self._library.piece_to_id(text)
        return token if self._control[token] and self._text[token] == text else None

    def named_ids(self) -> dict[str, int]:
        """`bos_token`, `eos_token`, `pad_token` and `unk_token`, as far as the file has them."""
        library = self._library
        ids = {"bos": library.bos_id(), "eos": library.eos_id(), "pad": library.pad_id()}
        ids["unk"] = library.unk_id()
        return {f"{name}_token": token for name, token in ids.items() if token >= 0}

    def control(self, token: int) -> bool:
        return self._control[token]
