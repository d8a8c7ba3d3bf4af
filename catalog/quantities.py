"""How long something may take, as a person writes it: "30", "30 min", "1.5 h", "30 分钟"."""

import re

from catalog.problem import Problem

MOST_ASKED = 2**31
"""No context, batch, number of examples or minutes that is asked for is larger."""
MINUTES = r"(\d+(?:\.\d+)?)\s*(?:minutes|minute|mins|min|m|分钟|分)"
_WHOLE = re.compile(r"(\d+(?:\.\d+)?)\s*(minutes|minute|mins|min|m|分钟|分|hours|hour|h|小时)?")
_HOURS = ("hours", "hour", "h", "小时")


def minutes_of(words: str) -> float | None:
    """Minutes, more than none; None for "". Problem minutes-unreadable."""
    plain = words.strip().lower()
    if not plain:
        return None
    found = _WHOLE.fullmatch(plain)
    minutes = float(found[1]) * (60 if found[2] in _HOURS else 1) if found else 0.0
    if not 0 < minutes <= MOST_ASKED:
        raise Problem("minutes-unreadable", value=words.strip())
    return minutes


_UNITS = {"k": 1e3, "m": 1e6, "b": 1e9, "t": 1e12}


def parse_count(text: str) -> float:
    """A number of tokens such as 2B, 500M or 120000000; Problem count-unreadable."""
    cleaned = text.strip().lower().replace(",", "").replace("_", "")
    scale = _UNITS.get(cleaned[-1:], 1.0)
    try:
        return float(cleaned.rstrip("kmbt")) * scale
    except ValueError:
        raise Problem("count-unreadable", text=text) from None
