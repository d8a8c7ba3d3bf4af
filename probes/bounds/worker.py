"""A process that runs one function for many calls, each with bounds on time, memory and answer.

It starts at the first call, and anew after a call that went beyond a bound and was ended.
"""

import json
import subprocess
import sys
import threading
import time
import weakref
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import psutil

from catalog.bounded_json import SMALL_BYTES, parse_json
from probes.bounds.child import MEMORY

TIME, OUTPUT, ENDED = "time", "output", "ended"
_START_S = 120.0
"""For its imports, on a machine that has other things to do."""
_LOOK_S = 0.05


class BeyondBounds(Exception):
    """A call that was ended. `bound`: TIME, MEMORY, OUTPUT, or ENDED where its process died of itself."""

    def __init__(self, bound: str) -> None:
        super().__init__(bound)
        self.bound = bound


class Raised(Exception):
    """The function raised: `kind` is the exception's name, the message what it said, cut."""

    def __init__(self, kind: str, detail: str) -> None:
        super().__init__(detail)
        self.kind = kind


@dataclass(frozen=True)
class Bounds:
    """What one call may take: `memory_bytes` beyond the libraries, `answer_bytes` as JSON."""

    seconds: float
    memory_bytes: int
    answer_bytes: int = SMALL_BYTES


class Worker:
    """`factory` is "module:name"; called with `settings` in the child, it gives the function to run there.

    All that goes to and fro is JSON. The child ends with the Worker, or with this process. For one thread.
    """

    def __init__(self, factory: str, bounds: Bounds, *settings: Any) -> None:
        self._factory, self._bounds, self._settings = factory, bounds, settings
        self._child: _Child | None = None
        self._end: weakref.finalize[..., Worker] | None = None

    def __call__(self, *arguments: Any) -> Any:
        """The function's answer. Raises BeyondBounds, or Raised where the function raises."""
        if self._child is None:
            self._child = _Child(self._factory, self._bounds)
            self._end = weakref.finalize(self, self._child.end)
            started = self._child.ask(self._settings, _START_S)
            if "answer" not in started:
                raise RuntimeError(f"{self._factory} did not start: {started}")
            self._child.limit()
        child = self._child
        try:
            said = child.ask(arguments, self._bounds.seconds)
        except BaseException:  # stopped in the middle: what the child says next is no answer
            child.end()
            raise
        finally:
            if child.ended and self._end is not None:
                self._end.detach()
                self._child = self._end = None
        if "bound" in said:
            raise BeyondBounds(said["bound"])
        if "error" in said:
            raise Raised(said["error"], said["detail"])
        return said["answer"]

    @property
    def pid(self) -> int | None:
        """The child's, None while there is none."""
        return None if self._child is None else self._child.process.pid


class _Child:
    """One process, and the thread that ends it when a call takes too much."""

    def __init__(self, factory: str, bounds: Bounds) -> None:
        limits = (str(bounds.memory_bytes), str(bounds.seconds))
        command = (sys.executable, "-P", "-m", "probes.bounds.child", factory, *limits)
        pipe = subprocess.PIPE
        self.process = subprocess.Popen(command, stdin=pipe, stdout=pipe)
        self.ended = False
        self._bounds = bounds
        self._most_bytes: float = float("inf")
        self._until = 0.0
        self._beyond: str | None = None
        self._lock = threading.Lock()
        self._asked = threading.Event()
        threading.Thread(target=self._watch, daemon=True).start()

    def limit(self) -> None:
        """From here on memory counts: the libraries are loaded."""
        self._most_bytes = self._memory() + self._bounds.memory_bytes

    def ask(self, arguments: tuple[Any, ...], seconds: float) -> dict[str, Any]:
        """`answer`, or `error` and `detail`, or `bound`; `ended` is set where the child is gone."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        with self._lock:
            self._until = time.monotonic() + seconds
            self._asked.set()
        line, most = b"", self._bounds.answer_bytes
        with suppress(BrokenPipeError):
            self.process.stdin.write(json.dumps(arguments).encode() + b"\n")
            self.process.stdin.flush()
            line = self.process.stdout.readline(most + 1)
        with self._lock:
            self._asked.clear()
        if self._beyond is None and line.endswith(b"\n"):
            with suppress(ValueError):
                said = parse_json(line, most + 1)
                if isinstance(said, dict):
                    return said
        self.end()
        return {"bound": self._beyond or (OUTPUT if line else ENDED)}

    def end(self) -> None:
        """Now, whatever it does."""
        self.ended = True
        self._asked.set()
        self.process.kill()
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                with suppress(OSError):
                    pipe.close()

    def _watch(self) -> None:
        """While a call lasts: its time everywhere, and its memory where the system keeps no limit."""
        while not self.ended:
            self._asked.wait()
            time.sleep(_LOOK_S)
            with self._lock:
                if not self._asked.is_set() or self.ended:
                    continue
                late = time.monotonic() > self._until
                if late or self._memory() > self._most_bytes:
                    self._beyond = TIME if late else MEMORY
                    self.process.kill()
                    return

    def _memory(self) -> int:
        try:
            return int(psutil.Process(self.process.pid).memory_info().rss)
        except psutil.NoSuchProcess:
            return 0
