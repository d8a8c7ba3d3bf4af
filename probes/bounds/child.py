"""The other end of `probes.bounds.worker`: `python -P -m probes.bounds.child MODULE:FACTORY BYTES SECONDS`.

Each line of stdin is a JSON list: first the factory's arguments, then again and again those of the function
that it gave. Each line of stdout is what came of one: `answer`; `error` and `detail`; or `bound`.
"""

import importlib
import json
import os
import signal
import sys
from collections.abc import Callable
from typing import Any

from probes.bounds.limits import limit_this_process

MEMORY = "memory"
_DETAIL_CHARS = 400


def main(factory: str, memory_bytes: str, seconds: str) -> None:
    """Answer until stdin ends."""
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints is no answer
    module, _, name = factory.partition(":")
    make = getattr(importlib.import_module(module), name)
    run = make(*json.loads(sys.stdin.buffer.readline()))
    limit_this_process(int(memory_bytes))
    answers.write(b'{"answer": null}\n')
    answers.flush()
    for line in sys.stdin.buffer:
        _alarm(int(float(seconds)) + 2)
        answers.write(_answer(run, json.loads(line)) + b"\n")
        answers.flush()
        _alarm(0)


def _alarm(seconds: int) -> None:
    """End this process then, whatever it is in the middle of: its parent may have ended before it."""
    if hasattr(signal, "alarm"):
        signal.alarm(seconds)


def _answer(run: Callable[..., Any], arguments: list[Any]) -> bytes:
    try:
        return json.dumps({"answer": run(*arguments)}).encode()
    except MemoryError:
        return json.dumps({"bound": MEMORY}).encode()
    except Exception as error:
        told = {"error": type(error).__name__, "detail": str(error)[:_DETAIL_CHARS]}
        return json.dumps(told).encode()


if __name__ == "__main__":
    main(*sys.argv[1:])
