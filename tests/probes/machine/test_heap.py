"""Memory handed back to the system."""

import subprocess
import sys

import pytest

from probes.machine import heap

PROGRAM = """
import psutil
from probes.machine.heap import give_back
size = lambda: psutil.Process().memory_info().rss
blocks = [bytearray(60_000) for _ in range(2_000)]  # below the size that free() itself hands back
del blocks[1::2]
last = blocks[-1]  # holds the heap's top
del blocks
before = size()
give_back()
print(before - size())
"""


@pytest.mark.skipif(heap._trim() is None, reason="the C library has no malloc_trim")
def test_holes_are_handed_back() -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True)
    assert int(done.stdout) > 30e6


def test_a_c_library_without_it_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(heap, "_trim", lambda: None)
    heap.give_back()
