"""What the C library's allocator keeps of freed memory, handed back to the system."""

import ctypes
from collections.abc import Callable
from functools import cache


def give_back() -> None:
    """Hand back the pages that no block uses any more; nothing where the C library cannot (not glibc).

    Temporaries of ever other sizes (int8's outlier columns) leave holes that the next ones do not fit:
    a third of a pass's peak was such holes. Tens of milliseconds for a gigabyte.
    """
    trim = _trim()
    if trim is not None:
        trim(0)


@cache
def _trim() -> Callable[[int], int] | None:
    try:
        found: Callable[[int], int] = ctypes.CDLL(None).malloc_trim
    except (AttributeError, OSError, TypeError):  # musl and macOS have none, Windows no such handle
        return None
    return found
