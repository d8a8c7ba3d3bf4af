"""Read by every Python whose PYTHONPATH leads here: hides what Linux alone has, as macOS and Windows would.

asyncio, multiprocessing, psutil and Textual's driver are Linux's own builds here: they come first, and
keep what they need (os.statvfs, termios).
"""

import asyncio  # noqa: F401
import multiprocessing.util  # noqa: F401
import os
import signal
import subprocess  # noqa: F401
import sys

import psutil  # noqa: F401

for name in ("resource", "fcntl", "pynvml", "gptqmodel", "optimum"):
    sys.modules[name] = None  # type: ignore[assignment]
for name in ("killpg", "sched_getaffinity", "posix_fadvise", "readv", "O_DIRECT"):
    delattr(os, name)
del signal.SIGHUP
