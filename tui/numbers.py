"""Numbers as people write them."""

from catalog.problem import Problem

_UNITS = {"k": 1e3, "m": 1e6, "b": 1e9, "t": 1e12}


def parse_count(text: str) -> float:
    """A number of tokens such as 2B, 500M or 120000000; Problem count-unreadable."""
    cleaned = text.strip().lower().replace(",", "").replace("_", "")
    scale = _UNITS.get(cleaned[-1:], 1.0)
    try:
        return float(cleaned.rstrip("kmbt")) * scale
    except ValueError:
        raise Problem("count-unreadable", text=text) from None
