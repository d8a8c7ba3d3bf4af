"""The end of something long: a bell, and a notification where there is a desktop."""

import html
import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress

from tui.foreign import clean_line

VARIABLE = "BASEFIT_NOTIFY"
"""`off` for neither, `bell` or `desktop` for one of the two; anything else for both."""
TITLE = "basefit"
_PATIENCE_S = 5.0
_DESKTOPS = ("DISPLAY", "WAYLAND_DISPLAY", "DBUS_SESSION_BUS_ADDRESS")
_SCRIPT = ("on run argv", "display notification (item 2 of argv) with title (item 1 of argv)", "end run")


def wants(what: str, environment: Mapping[str, str] = os.environ) -> bool:
    """Whether the person wants `bell` or `desktop`."""
    said = environment.get(VARIABLE, "").strip().lower()
    return said == what or said not in ("off", "0", "no", "bell", "desktop")


def command(words: str, environment: Mapping[str, str] = os.environ) -> list[str] | None:
    """What shows a notification here, word by word; None where nothing does."""
    line = clean_line(words)
    if platform.system() == "Darwin" and (tool := shutil.which("osascript")):
        script = [word for line_ in _SCRIPT for word in ("-e", line_)]
        return [tool, *script, TITLE, line]
    desktop = any(environment.get(name) for name in _DESKTOPS)
    if platform.system() == "Linux" and desktop and (tool := shutil.which("notify-send")):
        return [tool, f"--app-name={TITLE}", "--", TITLE, html.escape(line, quote=False)]
    return None


def notify(words: str) -> None:
    """Show it on the desktop, where there is one and the person wants it; waits for that a little."""
    told = command(words) if wants("desktop") else None
    if told is not None:
        quiet = subprocess.DEVNULL
        with suppress(
            OSError, subprocess.TimeoutExpired
        ):  # a desktop that does not answer: nothing is lost
            subprocess.run(told, stdin=quiet, stdout=quiet, stderr=quiet, timeout=_PATIENCE_S, check=False)


def ring(words: str) -> None:
    """At the end of a command: both of them, where its words go to a terminal."""
    if sys.stderr.isatty():
        if wants("bell"):
            sys.stderr.write("\a")
            sys.stderr.flush()
        notify(words)
