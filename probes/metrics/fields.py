"""JSON compared by its keys and values, wherever in the answer it stands."""

import json
import math
import re
from collections.abc import Mapping, Sequence
from typing import Any

from catalog.bounded_json import shallow
from probes.metrics.text import exact_match, fenced, spoken

RELATIVE = 1e-9
_MOST_PAIRS = 10_000
"""Lists whose lengths multiply to more are compared item by item, in order."""
_MOST_TRIED = 64
_OPENS = re.compile(r"[{\[]")


def fields_f1(answer: str, target: str) -> float:
    """F1 over leaves: a value at its path of keys counts where both have it; 0 for an answer without JSON.

    Objects may have their keys in any order, lists their items: each item is paired with the one it shares
    most with. Numbers are compared by value, texts as `exact_match` does, and a number is no text. An empty
    object or list is a leaf. ValueError where the target is no object or list.
    """
    wanted = parsed(target)
    found = _found(answer, type(wanted))
    if found is None:
        return 0.0
    return 2 * _common(found, wanted) / (_leaves(found) + _leaves(wanted))


def parsed(target: str) -> Any:
    """The object or list that a target is. ValueError where it is none."""
    wanted = shallow(target)
    if not isinstance(wanted, dict | list):
        raise ValueError("no object and no list")
    return wanted


def _found(answer: str, kind: type) -> Any:
    """The first value of this kind in the answer, fences first."""
    text = spoken(answer)
    for part in (*fenced(text), text):
        for match in list(_OPENS.finditer(part))[:_MOST_TRIED]:
            try:
                end = json.JSONDecoder().raw_decode(part, match.start())[1]
                value = shallow(part[match.start() : end])
            except (ValueError, RecursionError):
                continue
            if isinstance(value, kind):
                return value
    return None


def _leaves(value: Any) -> int:
    inside = value.values() if isinstance(value, Mapping) else value if isinstance(value, list) else ()
    return sum(map(_leaves, inside)) or 1


def _common(a: Any, b: Any) -> int:
    if isinstance(a, dict) and isinstance(b, dict):
        return sum(_common(a[key], b[key]) for key in a.keys() & b.keys()) if a or b else 1
    if isinstance(a, list) and isinstance(b, list):
        return _paired(a, b) if a or b else 1
    if isinstance(a, str) and isinstance(b, str):
        return int(exact_match(a, b))
    numbers = all(isinstance(value, int | float) and not isinstance(value, bool) for value in (a, b))
    if numbers:
        return int(a == b or math.isclose(a, b, rel_tol=RELATIVE))
    return int(type(a) is type(b) and a == b)


def _paired(a: Sequence[Any], b: Sequence[Any]) -> int:
    if len(a) * len(b) > _MOST_PAIRS:
        return sum(_common(*pair) for pair in zip(a, b, strict=False))
    shared = ((_common(x, y), i, j) for i, x in enumerate(a) for j, y in enumerate(b))
    total, left, right = 0, set(range(len(a))), set(range(len(b)))
    for count, i, j in sorted(shared, key=lambda found: (-found[0], found[1:])):
        if i in left and j in right:
            total, left, right = total + count, left - {i}, right - {j}
    return total
