"""A terminal that may be closed while the app runs: what is written to it then goes nowhere."""

from contextlib import suppress
from typing import Any, TextIO

from textual.driver import Driver
from textual.drivers.headless_driver import HeadlessDriver


class Lasting:
    """A stream that can be written to for good, whatever becomes of its other end."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        with suppress(OSError):
            self._stream.write(text)
        return len(text)

    def flush(self) -> None:
        with suppress(OSError):
            self._stream.flush()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


def lasting(driver: type[Driver]) -> type[Driver]:
    """A driver of Textual's that outlives its terminal.

    Its thread ends at the first error of a write (8.2), and whoever writes next then waits for ever: also
    for the signal that says that the terminal is gone.
    """
    if issubclass(driver, HeadlessDriver):
        return driver

    class LastingDriver(driver):  # type: ignore[misc, valid-type]
        def __init__(self, *given: Any, **named: Any) -> None:
            super().__init__(*given, **named)
            if file := getattr(self, "_file", None):
                self._file = Lasting(file)

    return LastingDriver
