"""Han characters: what counts as one, and the 8,105 of the standard table."""

import re
from functools import lru_cache
from pathlib import Path

RANGES = (
    (0x3007, 0x3007),  # the zero
    (0x3400, 0x4DBF),
    (0x4E00, 0x9FFF),
    (0xF900, 0xFAFF),
    (0x20000, 0x323AF),
)
"""Code points, first and last: the unified ideographs, their extensions, the compatibility blocks."""
_HAN = re.compile("[" + "".join(f"{chr(low)}-{chr(high)}" for low, high in RANGES) + "]")
_TABLE = Path(__file__).parent / "published" / "standard_han.txt"


def is_han(char: str) -> bool:
    """Whether one character is a Han ideograph; Chinese punctuation is not."""
    return _HAN.fullmatch(char) is not None


def count_han(text: str) -> int:
    """How many characters of `text` are Han."""
    return len(_HAN.findall(text))


@lru_cache(maxsize=1)
def standard_characters() -> tuple[str, ...]:
    """The 8,105 characters of the Table of General Standard Chinese Characters (2013), in its order.

    Source: property kTGH of the Unicode Han database, version 15.0.
    """
    return tuple(_TABLE.read_text(encoding="utf-8").replace("\n", ""))
