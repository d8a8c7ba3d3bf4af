"""JSON that a stranger wrote, and TOML: bytes, depth and the number of values are bounded.

Whatever goes beyond is a ValueError, as what is malformed is: who reads a file has one sentence for both.
"""

import json
import sys
import tomllib
from pathlib import Path
from typing import Any

SMALL_BYTES = 64 * 2**20
"""Of what is no weight file: a configuration, an index, a tokenizer, a listing. The largest tokenizers
have half of it."""
TOML_BYTES = 2**22
"""Of a table that a person keeps: models, prices, a request."""
MOST_VALUES = 2**22
"""Lists, objects and what stands in them: each takes some hundred bytes once it is read."""
MOST_DEPTH = 100
"""Lists and objects within each other; a tokenizer's pipeline has about ten."""


def read_json(path: Path, most_bytes: int = SMALL_BYTES) -> Any:
    """The value in a file. OSError where it cannot be read; ValueError where it is none, or beyond."""
    with path.open("rb") as file:
        data = file.read(most_bytes + 1)
    return parse_json(data, most_bytes)


def parse_json(data: bytes, most_bytes: int = SMALL_BYTES) -> Any:
    """The value in UTF-8 text. ValueError where it is none or beyond a bound."""
    if len(data) > most_bytes:
        raise ValueError(f"larger than {most_bytes / 2**20:.0f} MiB")
    if sum(map(data.count, (b",", b"[", b"{"))) > MOST_VALUES:
        raise ValueError(f"more than {MOST_VALUES:,} values")
    return shallow(data.decode("utf-8"))


def read_toml(path: Path, most_bytes: int = TOML_BYTES) -> dict[str, Any]:
    """The table in a file. OSError where it cannot be read; ValueError where it is none, or beyond."""
    with path.open("rb") as file:
        data = file.read(most_bytes + 1)
    if len(data) > most_bytes:
        raise ValueError(f"larger than {most_bytes / 2**20:.0f} MiB")
    try:
        return tomllib.loads(data.decode("utf-8"))
    except RecursionError:
        raise _too_deep() from None


def shallow(text: str) -> Any:
    """The value in text of any length, ValueError where it is none or deeper than MOST_DEPTH."""
    try:
        value = json.loads(text)
    except RecursionError:
        raise _too_deep() from None
    except ValueError as error:
        if "integer string conversion" in str(error):
            raise ValueError(f"a number of more than {sys.get_int_max_str_digits()} digits") from None
        raise
    inside = [value]
    for _ in range(MOST_DEPTH):
        inside = [
            inner
            for outer in inside
            if isinstance(outer, dict | list)
            for inner in (outer.values() if isinstance(outer, dict) else outer)
            if isinstance(inner, dict | list)
        ]
        if not inside:
            return value
    raise _too_deep()


def _too_deep() -> ValueError:
    return ValueError(f"nested deeper than {MOST_DEPTH} levels")
