r"""Text from strangers, as words that do nothing: what a terminal or a page would obey becomes an escape.

Names, paths, rows, templates and messages may hold control characters (an escape sequence moves the cursor,
sets a title, hides what follows), direction marks that show a name backwards, and halves of a surrogate
pair that no stream can write. They are shown as they are written in Python: `\x1b`, `\u202e`, `\ud800`.
"""

import re

_UNFIT = re.compile(
    "[\x00-\x09\x0b-\x1f\x7f-\x9f"  # C0 but the line feed, DEL, C1
    "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"  # what turns the direction of text
    "\u2028\u2029\ud800-\udfff]"  # line ends of another kind, surrogates
)
_NAMED = {"\n": r"\n", "\r": r"\r", "\t": r"\t"}


def clean(text: str) -> str:
    """Text of any number of lines, harmless."""
    return _UNFIT.sub(lambda found: _escape(found[0]), text)


def clean_line(text: str) -> str:
    r"""The same where one line has room: a line feed becomes `\n` too."""
    return clean(text).replace("\n", r"\n")


def fitted(text: str, cells: int) -> str:
    """Such a line in so many cells of a terminal at most; where it is cut stands an ellipsis."""
    from rich.cells import cell_len, set_cell_size  # not for those who only clean

    line, room = clean_line(text), max(0, cells)
    return line if cell_len(line) <= room else set_cell_size(line, max(0, room - 1)) + "…"[:room]


def clean_json(text: str) -> str:
    r"""A JSON document with the same meaning: such characters as JSON's own `\u…`."""
    return _UNFIT.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def _escape(char: str) -> str:
    return _NAMED.get(char) or (f"\\x{ord(char):02x}" if ord(char) < 256 else f"\\u{ord(char):04x}")
