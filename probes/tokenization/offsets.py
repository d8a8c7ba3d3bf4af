"""From bytes back to characters."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Offsets = list[tuple[int, int]]


def char_of_byte(text: str) -> NDArray[np.int64]:
    """For each UTF-8 byte of `text` the index of its character, and one entry more for the end."""
    data = np.frombuffer(text.encode("utf-8"), dtype=np.uint8)
    index = np.cumsum((data & 0xC0) != 0x80) - 1
    return np.append(index, len(text)).astype(np.int64)


def consecutive(text: str, lengths: Sequence[int]) -> Offsets:
    """Character spans of tokens that follow one another and are `lengths` bytes (at least 1) long.

    Each span takes in every character it has a byte of.
    """
    starts, ends = spans(text, np.asarray(lengths, dtype=np.int64))
    return list(zip(starts.tolist(), ends.tolist(), strict=True))


def spans(text: str, lengths: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """`consecutive` as two arrays, of starts and of ends."""
    index = char_of_byte(text)
    ends = np.cumsum(lengths)
    return index[ends - lengths], index[ends - 1] + 1
