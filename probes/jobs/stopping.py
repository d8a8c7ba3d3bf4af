"""Being told to stop (SIGTERM) in the middle of a run that can be taken up again: its state comes first."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


class Stopped(BaseException):
    """Asked to stop. No Exception: nothing on the way may take it for a failure of its own."""


class Stop:
    """Raises Stopped the moment one is asked to stop, once; inside `held` only at its end."""

    def __init__(self) -> None:
        self._asked = self._held = False

    def ask(self, _signal: int = 0, _frame: FrameType | None = None) -> None:
        """The signal's handler. Asked twice is asked once: the state may be just being written."""
        again, self._asked = self._asked, True
        if not again and not self._held:
            raise Stopped

    @contextmanager
    def held(self) -> Iterator[None]:
        """While something is half done: an optimizer's step."""
        self._held = True
        try:
            yield
        finally:
            self._held = False
        if self._asked:
            raise Stopped


@contextmanager
def stoppable() -> Iterator[Stop]:
    """SIGTERM asks the Stop, in a main thread; elsewhere nobody can."""
    stop = Stop()
    if threading.current_thread() is not threading.main_thread():
        yield stop
        return
    before = signal.signal(signal.SIGTERM, stop.ask)
    try:
        yield stop
    finally:
        signal.signal(signal.SIGTERM, before)
