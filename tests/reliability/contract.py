"""What holds of every command, whatever is done to it: the checks of all cases."""

import json
import re
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

from tests.reliability.programs import MOST_BYTES, MOST_SECONDS, Ended

STATUSES = (0, 1, 2, 3, 130)
ESCAPES = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
"""What a terminal obeys, beside line feed and tabulator; a byte that is no UTF-8 reads as a surrogate."""
_TIMES = re.compile("second|per_s|memory|peak|bytes_read|adapter|hours|created|path|folder")
"""Fields that differ from run to run, of themselves or of a field above them."""


def faults(ended: Ended, statuses: tuple[int, ...] = STATUSES, *, asks_json: bool = False) -> list[str]:
    """What of the contract an ended command broke, in words; [] where nothing."""
    found = []
    if ended.status not in statuses:
        found.append(f"exit {ended.status}: {ended.err.strip()[-300:]}")
    if "Traceback (most recent call last)" in ended.err + ended.out:
        found.append(f"traceback: {ended.err.strip()[-400:]}")
    if escape := ESCAPES.search(ended.err + ended.out):
        found.append(f"escape {escape[0]!r}")
    if ended.status in (2, 3, 130):
        last = (ended.err.strip().splitlines() or [""])[-1]
        if not last.startswith(("basefit: ", "Line ")) or last[-1] not in ".)。）":
            found.append(f"no sentence: {last[-300:]!r}")
    if asks_json and ended.status in STATUSES:
        try:
            json.loads(ended.out)
        except ValueError as error:
            found.append(f"no JSON document: {error}; {ended.out[:100]!r}")
    if ended.orphans:
        found.append(f"orphans: {', '.join(ended.orphans)}")
    return found


def beyond(ended: Ended, seconds: float = MOST_SECONDS, most_bytes: int = MOST_BYTES) -> list[str]:
    """Where it took more of the machine than an input may."""
    found = []
    if ended.cpu > seconds:
        found.append(f"{ended.cpu:.0f} s of a processor")
    if ended.peak_bytes > most_bytes:
        found.append(f"{ended.peak_bytes / 2**20:.0f} MiB")
    return found


def stored(home: Path) -> dict[str, dict[str, Any]]:
    """Evidence id -> what was measured, of a store that nobody has open; {} where there is none."""
    place = home / "evidence.sqlite"
    if not place.is_file():
        return {}
    with closing(sqlite3.connect(place)) as db:
        (whole,) = db.execute("PRAGMA quick_check").fetchone()
        if whole != "ok":
            raise AssertionError(f"the store is damaged: {whole}")
        try:
            rows = db.execute('SELECT id, kind, model, level, key, "values" FROM evidence').fetchall()
        except sqlite3.OperationalError:  # killed before its tables were made
            return {}
    return {
        one: {"of": (kind, model, level, key), "values": json.loads(values)}
        for one, kind, model, level, key, values in rows
    }


def numbers(home: Path, keyed: bool = False) -> dict[str, str]:
    """Kind, model and level of each result, or these and its key -> all that was measured but times and
    memory, as JSON.
    """
    return {
        " ".join(one["of"][: 4 if keyed else 3]): json.dumps(lasting(one["values"]), sort_keys=True)
        for one in stored(home).values()
    }


def lasting(value: Any) -> Any:
    """A document without what differs from run to run."""
    if isinstance(value, Mapping):
        return {name: lasting(inner) for name, inner in value.items() if not _TIMES.search(name)}
    if isinstance(value, list):
        return [lasting(inner) for inner in value]
    return value


def differences(one: Any, other: Any, at: str = "") -> Iterator[str]:
    """Where two documents differ, in words."""
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        for name in sorted({*one, *other}):
            yield from differences(one.get(name), other.get(name), f"{at}.{name}")
    elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        for place, (left, right) in enumerate(zip(one, other, strict=True)):
            yield from differences(left, right, f"{at}[{place}]")
    elif one != other:
        yield f"{at}: {str(one)[:80]} became {str(other)[:80]}"


def left_over(place: Path) -> list[str]:
    """Files that only a writer in the middle of it has, once nobody writes any more."""
    return [
        f"left: {file.relative_to(place)}"
        for file in place.rglob("*")
        if file.name.endswith((".new", ".old")) and file.name.startswith(".")
    ]
