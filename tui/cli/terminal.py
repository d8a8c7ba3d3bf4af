"""What a shell may do to a command: narrow or closed streams, a reader that goes away."""

import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from catalog.problem import Problem
from tui.foreign import clean


def at_home(argument: str) -> str:
    """`~` where the shell left it alone: quoted, or behind an `=`."""
    option, sign, value = argument.partition("=") if argument.startswith("--") else ("", "", argument)
    return option + sign + os.path.expanduser(value)


def open_streams() -> None:
    """A stream that the shell closed leads nowhere; a character that the locale lacks becomes `?`."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115
        elif hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")


def put(text: str) -> None:
    """Harmless text for stdout. Problem output-unwritable; BrokenPipeError where its reader went away."""
    put_as_is(clean(text))


def put_as_is(text: str) -> None:
    """Text with colours of our own, whose foreign parts are harmless already. Raises as `put` does."""
    with _told():
        sys.stdout.write(text)


def columns_of_stdout() -> int | None:
    """How wide the terminal is that shows stdout; None where none does."""
    return shutil.get_terminal_size((110, 24)).columns if sys.stdout.isatty() else None


def opens_the_app() -> bool:
    """Whether a person sits at both ends of a terminal."""
    return sys.stdout.isatty() and sys.stdin is not None and sys.stdin.isatty()


def flush() -> None:
    """Everything on its way now. Raises as `put` does."""
    with _told():
        sys.stdout.flush()


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        leave_stdout()
        raise Problem("output-unwritable", detail=error.strerror or str(error)) from error


def leave_stdout() -> None:
    """Nobody reads any more: what is still held back goes nowhere, and not into an error at the end."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)
