"""The little of Protocol Buffers' wire format that SentencePiece files need.

The `protobuf` package is not required by sentencepiece at run time, so it may not be there. Fields:
sentencepiece_model.proto and sentencepiece.proto of the sentencepiece sources.
"""

from collections.abc import Iterator

_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5


def fields(message: bytes) -> Iterator[tuple[int, int | bytes]]:
    """Each field of a message as (number, value); ValueError where the bytes are no message."""
    at = 0
    while at < len(message):
        key, at = _read_varint(message, at)
        kind = key & 7
        if kind == _VARINT:
            number, at = _read_varint(message, at)
            yield key >> 3, number
            continue
        if kind == _BYTES:
            length, at = _read_varint(message, at)
        elif kind in (_FIXED32, _FIXED64):
            length = 4 if kind == _FIXED32 else 8
        else:
            raise ValueError(f"wire type {kind} at byte {at}")
        if at + length > len(message):
            raise ValueError(f"field runs past the end at byte {at}")
        yield key >> 3, message[at : at + length]
        at += length


def varint_field(number: int, value: int) -> bytes:
    """One integer, enum or bool field."""
    return _varint(number << 3 | _VARINT) + _varint(value)


def bytes_field(number: int, value: bytes) -> bytes:
    """One string, bytes or message field."""
    return _varint(number << 3 | _BYTES) + _varint(len(value)) + value


def float_field(number: int, packed: bytes) -> bytes:
    """One 32-bit field, its four bytes given."""
    return _varint(number << 3 | _FIXED32) + packed


def _read_varint(message: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        if at >= len(message) or shift > 63:
            raise ValueError(f"unfinished number at byte {at}")
        byte = message[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
        shift += 7


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)
