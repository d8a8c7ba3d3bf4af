"""Flat YAML, written by hand: strings are quoted as JSON, which YAML reads alike."""

import json
from collections.abc import Mapping
from typing import Any


def dump(values: Mapping[str, Any], comment: str = "") -> str:
    """One key a line, lists and mappings indented below; None is left out."""
    head = "".join(f"# {line}\n" for line in comment.splitlines())
    return head + "".join(_lines(values, 0))


def _lines(values: Mapping[str, Any], depth: int) -> list[str]:
    pad = "  " * depth
    lines: list[str] = []
    for key, value in values.items():
        if value is None:
            continue
        if isinstance(value, Mapping):
            lines += [f"{pad}{key}:\n", *_lines(value, depth + 1)]
        elif isinstance(value, (list, tuple)):
            lines.append(f"{pad}{key}:\n")
            for item in value:
                if isinstance(item, Mapping):
                    first, *rest = _lines(item, depth + 2)
                    lines += [f"{pad}  - {first.lstrip()}", *rest]
                else:
                    lines.append(f"{pad}  - {_scalar(item)}\n")
        else:
            lines.append(f"{pad}{key}: {_scalar(value)}\n")
    return lines


def _scalar(value: Any) -> str:
    if isinstance(value, float):
        # YAML 1.1 takes 1e-04 for a string: a point makes it a number.
        text = repr(value)
        return text if "." in text or "e" not in text else text.replace("e", ".0e")
    return json.dumps(value, ensure_ascii=False)
