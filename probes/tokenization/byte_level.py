"""GPT-2's writing of bytes as printable characters, used by every byte-level vocabulary file."""

from functools import cache


@cache
def byte_of_char() -> dict[str, int]:
    """The 256 characters and their bytes, as `bytes_to_unicode` of OpenAI's GPT-2 defines them."""
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = [value for value in range(256) if value not in printable]
    chars = {chr(value): value for value in printable}
    return chars | {chr(256 + index): value for index, value in enumerate(others)}


@cache
def char_of_byte() -> dict[int, str]:
    """The inverse of `byte_of_char`."""
    return {value: char for char, value in byte_of_char().items()}


@cache
def _as_latin() -> dict[int, str]:
    """For `str.translate`: each printable character to the one of its byte, others out of Latin-1."""
    outside = {value: "\uffff" for value in range(256)}
    return outside | {ord(char): chr(value) for char, value in byte_of_char().items()}


def to_bytes(piece: str) -> bytes:
    """The bytes a vocabulary entry stands for; an entry that is not written so stands for its own text."""
    try:
        return piece.translate(_as_latin()).encode("latin-1")
    except UnicodeEncodeError:
        return piece.encode("utf-8")


def is_whole(data: bytes) -> bool:
    """Whether bytes are whole characters."""
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True
