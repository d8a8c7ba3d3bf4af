"""SIGINT, SIGTERM and SIGHUP, from the first import to the last line: each ends in one sentence and 130.

This file is imported before signals wait, so it imports as good as nothing.
"""

import signal

ENDING = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name))


class LeftRunning(KeyboardInterrupt):
    """The app was told to end, and what it measures goes on."""


class Signals:
    """The signals that end a command, by number; none where they are somebody else's to handle."""

    def __init__(self, numbers: tuple[int, ...] = ()) -> None:
        self.numbers = numbers

    def hold(self) -> None:
        """Let them wait: while libraries are imported, and while the last words are said."""
        if hasattr(signal, "pthread_sigmask"):
            signal.pthread_sigmask(signal.SIG_BLOCK, self.numbers)

    def release(self) -> None:
        """From now on they cancel as Ctrl-C does, one that waited at once: jobs end, and the run says so.

        Whoever started this process may have it ignore some (`nohup`, `&`): those stay ignored.
        """
        for number in self.numbers:
            if signal.getsignal(number) is signal.SIG_DFL:
                signal.signal(number, signal.default_int_handler if number == signal.SIGINT else _cancel)
        if hasattr(signal, "pthread_sigmask"):
            signal.pthread_sigmask(signal.SIG_UNBLOCK, self.numbers)


def _cancel(number: int, frame: object) -> None:
    if callable(signal.getsignal(signal.SIGINT)):
        signal.raise_signal(signal.SIGINT)  # asyncio listens to this one
    else:
        raise KeyboardInterrupt  # a job in the background: its shell has it ignore Ctrl-C
