"""SentencePiece model files: what is in one, and how to add pieces to it.

A serialized message with more fields appended is the merged message, so nothing is rewritten:
pieces are added by appending them, a setting is changed by appending it.
"""

import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import IntEnum

from probes.tokenization.wire import bytes_field, fields, float_field, varint_field

ALGORITHMS = {1: "unigram", 2: "bpe", 3: "word", 4: "char"}


class PieceType(IntEnum):
    """ModelProto.SentencePiece.Type."""

    NORMAL = 1
    UNKNOWN = 2
    CONTROL = 3
    USER_DEFINED = 4
    UNUSED = 5
    BYTE = 6


@dataclass(frozen=True)
class Piece:
    """One entry of a vocabulary."""

    text: str
    score: float
    type: PieceType


@dataclass(frozen=True)
class ModelHeader:
    """The settings of a model that decide how it cuts."""

    algorithm: str
    byte_fallback: bool
    add_dummy_prefix: bool
    remove_extra_whitespaces: bool
    normalization: str
    """`identity`, `nmt_nfkc`, ...; a charsmap may be there whatever the name."""


def read_pieces(model: bytes) -> Iterator[Piece]:
    """The pieces in order of id. ValueError where the file is no model."""
    for number, value in fields(model):
        if number == 1 and isinstance(value, bytes):
            yield _piece(value)


def is_model(data: bytes) -> bool:
    """Whether the file begins like a model: with a piece that has text."""
    try:
        return bool(next(read_pieces(data)).text)
    except (ValueError, StopIteration):
        return False


def read_header(model: bytes) -> ModelHeader:
    """The settings, with the defaults of sentencepiece_model.proto. ValueError where it is no model."""
    trainer: dict[int, int | bytes] = {}
    normalizer: dict[int, int | bytes] = {}
    for number, value in fields(model):
        if isinstance(value, bytes) and number in (2, 3):
            (trainer if number == 2 else normalizer).update(fields(value))
    kind, name = trainer.get(3, 1), normalizer.get(1, b"")
    return ModelHeader(
        algorithm=ALGORITHMS.get(kind if isinstance(kind, int) else 0, "unknown"),
        byte_fallback=bool(trainer.get(35, 0)),
        add_dummy_prefix=bool(normalizer.get(3, 1)),
        remove_extra_whitespaces=bool(normalizer.get(4, 1)),
        normalization=name.decode("utf-8", "replace") if isinstance(name, bytes) else "",
    )


def read_charsmap(model: bytes) -> bytes:
    """The compiled normalisation table; empty where text is taken as it is."""
    for number, value in fields(model):
        if number == 3 and isinstance(value, bytes):
            for inner, table in fields(value):
                if inner == 2 and isinstance(table, bytes):
                    return table
    return b""


def append_pieces(model: bytes, pieces: Iterable[Piece]) -> bytes:
    """The model with `pieces` after its own: they get the next ids."""
    added = (
        bytes_field(1, piece.text.encode("utf-8"))
        + float_field(2, struct.pack("<f", piece.score))
        + varint_field(3, int(piece.type))
        for piece in pieces
    )
    return model + b"".join(bytes_field(1, message) for message in added)


def with_byte_fallback(model: bytes) -> bytes:
    """The model with TrainerSpec.byte_fallback on; it must hold the 256 byte pieces."""
    return model + bytes_field(2, varint_field(35, 1))


def _piece(message: bytes) -> Piece:
    text, score, kind = "", 0.0, PieceType.NORMAL
    for number, value in fields(message):
        if number == 1 and isinstance(value, bytes):
            text = value.decode("utf-8", "replace")
        elif number == 2 and isinstance(value, bytes):
            (score,) = struct.unpack("<f", value)
        elif number == 3 and isinstance(value, int):
            kind = PieceType(value)
    return Piece(text, score, kind)
