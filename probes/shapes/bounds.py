"""A configuration is a stranger's: what it may ask for, and what its counting may cost."""

import math
import re
from collections.abc import Iterator, Mapping

from catalog.problem import Problem

MOST = (
    (re.compile(r"layers|depth|blocks|num_hidden_groups"), 2**10),
    (re.compile(r"experts"), 2**14),
    (re.compile(r"vocab"), 2**26),
    (re.compile(r"size|dim|width|hidden|heads|rank|channels|kernel"), 2**24),
    (re.compile(r""), 2**40),
)
"""Part of a field's name -> the largest whole number there; the first that is found counts."""
LONGEST = 2**16
"""Entries of a list and letters of a word."""
MOST_DIGITS = 24
"""Of a number that a sentence repeats."""
CPU_SECONDS = 60
ADDRESS_BYTES = 8 * 2**30
"""What counting may take beyond the libraries themselves."""
UNREAD = frozenset(
    {
        "auto_map",
        "quantization_config",
        "compression_config",
        "torch_dtype",
        "dtype",
        "transformers_version",
    }
)
"""Fields that change no shape: code of the checkpoint, how its weights are stored, who wrote it."""
_HOW_IT_RUNS = re.compile(r"_?(attn|experts)_implementation(_internal|_autoset)?|use_kernels|kernel_config")
"""Those that name the code it runs with: transformers fetches kernels that are named so."""


def bounded(config: Mapping[str, object]) -> dict[str, object]:
    """The configuration without what changes no shape.

    Problem("config-too-large", field=, value=, most=) for numbers that no model has.
    """
    for field, value in _numbers("", config):
        name = field.rsplit(".", 1)[-1]
        most = next(most for part, most in MOST if part.search(name))
        if abs(value) > most:
            raise Problem("config-too-large", field=field, value=_told(value), most=most)
    return _read(config)


def _told(value: int) -> int | str:
    """A number as it is told: one of hundreds of digits by how many it has."""
    power = int(math.log10(abs(value)))
    return value if power < MOST_DIGITS else f"{'-' if value < 0 else ''}10^{power}"


def _read(config: Mapping[str, object]) -> dict[str, object]:
    return {
        name: _read(value) if isinstance(value, dict) else value
        for name, value in config.items()
        if name not in UNREAD and not _HOW_IT_RUNS.fullmatch(name)
    }


def _numbers(field: str, value: object) -> Iterator[tuple[str, int]]:
    """Every whole number below `field`, by the path to it; lists and words count by their length."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _numbers(f"{field}.{name}".removeprefix("."), inner)
    elif isinstance(value, list | str):
        if len(value) > LONGEST:
            raise Problem("config-too-large", field=field, value=len(value), most=LONGEST)
        for inner in value if isinstance(value, list) else ():
            yield from _numbers(field, inner)
    elif isinstance(value, int) and not isinstance(value, bool):
        yield field, value
