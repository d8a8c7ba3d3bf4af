"""ChatGLM-6B's `ice_text.model`: a SentencePiece Unigram whose white space is written as pieces.

A line feed is put in as `<n>`, a tab as `<|tab|>`, and k spaces, 2 to 80, as `<|blank_k|>`. The file
comes full (130,344 pieces) or slim (130,000: the loader of the time appended the rest); a slim one is
completed here, which gives the pieces and the ids of the full one.
"""

import re
from collections.abc import Sequence
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from probes.tokenization.model_proto import (
    Piece,
    PieceType,
    append_pieces,
    read_header,
    with_byte_fallback,
)
from probes.tokenization.offsets import Offsets
from probes.tokenization.sentencepiece_file import SentencePieceTokenizer

CONTROLS = ("[MASK]", "[gMASK]", "[sMASK]", "<unused_0>", "<sop>", "<eop>", "<ENC>", "<dBLOCK>")
LONGEST_BLANK = 80
_SPACING = re.compile(rf"\n|\t| {{2,{LONGEST_BLANK}}}")
_WRITTEN = re.compile(r"<n>|<\|tab\|>|<\|blank_(\d+)\|>")


def complete(model: bytes) -> bytes:
    """A slim model with the pieces its loader appended; a full one as it is."""
    if CONTROLS[1].encode() in model:
        return model
    spaces = ["<|tab|>", *(f"<|blank_{n}|>" for n in range(2, LONGEST_BLANK + 1))]
    pieces = [
        *(Piece(text, 0.0, PieceType.CONTROL) for text in CONTROLS),
        *(Piece(text, 0.0, PieceType.USER_DEFINED) for text in spaces),
        *(Piece(f"<0x{value:02X}>", 0.0, PieceType.BYTE) for value in range(256)),
    ]
    model = append_pieces(model, pieces)
    return model if read_header(model).byte_fallback else with_byte_fallback(model)


class IceTextTokenizer(SentencePieceTokenizer):
    """Plain text as ChatGLM-6B's tokenizer cuts it, without its special tokens."""

    format = "ice_text"
    prefix_always = True

    def __init__(self, name: str, model: bytes) -> None:
        super().__init__(name, complete(model), ())
        self.prefix_ids = (self._library.piece_to_id("[gMASK]"), self._library.piece_to_id("<sop>"))

    @cached_property
    def text_pieces(self) -> dict[int, str]:
        # most pieces are no spacing: a glance at the first character is cheaper than a search
        return {
            token: _WRITTEN.sub(_read_spacing, text) if text.startswith("<") else text
            for token, text in super().text_pieces.items()
        }

    def encode(self, text: str) -> list[int]:
        return super().encode(write_spacing(text))

    def encode_batch(self, texts: Sequence[str]) -> list[list[int]]:
        return super().encode_batch([write_spacing(text) for text in texts])

    def encode_arrays(self, texts: Sequence[str]) -> list[NDArray[np.integer[Any]]]:
        return super().encode_arrays([write_spacing(text) for text in texts])

    def encode_with_offsets(self, text: str) -> tuple[list[int], Offsets]:
        ids, spans = super().encode_with_offsets(write_spacing(text))
        at = _original_positions(text)
        return ids, [(at[start], at[end - 1] + 1 if end > start else at[start]) for start, end in spans]

    def decode(self, ids: Sequence[int]) -> str:
        return _WRITTEN.sub(_read_spacing, super().decode(ids))

    def piece(self, token: int) -> bytes:
        return _WRITTEN.sub(_read_spacing, super().piece(token).decode("utf-8", "surrogateescape")).encode(
            "utf-8", "surrogateescape"
        )


def write_spacing(text: str) -> str:
    """White space as the pieces that stand for it."""
    return _SPACING.sub(_written, text)


def _written(match: re.Match[str]) -> str:
    found = match.group()
    return "<n>" if found == "\n" else "<|tab|>" if found == "\t" else f"<|blank_{len(found)}|>"


def _read_spacing(match: re.Match[str]) -> str:
    if match.group() == "<n>":
        return "\n"
    return "\t" if match.group() == "<|tab|>" else " " * int(match.group(1))


def _original_positions(text: str) -> list[int]:
    """For each character of `write_spacing(text)`, and for its end, the character of `text` it is from.

    The last character of a written run is from the run's last, so that a span covers the whole run.
    """
    positions: list[int] = []
    at = 0
    for match in _SPACING.finditer(text):
        positions.extend(range(at, match.start()))
        written = _written(match)
        positions.extend([match.start()] * (len(written) - 1) + [match.end() - 1])
        at = match.end()
    positions.extend(range(at, len(text) + 1))
    return positions
