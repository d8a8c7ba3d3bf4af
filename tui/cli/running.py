"""One command line, run to its exit status and its one sentence.

Each command's file is imported when it is named, so that a quick one stays quick.
"""

import sqlite3
import tempfile
import traceback
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from importlib import import_module
from pathlib import Path

from catalog.files import FULL, write_text
from catalog.problem import Problem
from probes.home import FORBIDDEN, home, home_shown, store_problem
from tui.cli.exit_status import EXIT_BAD_INPUT, EXIT_CANCELLED, EXIT_FAILED, EXIT_OK
from tui.cli.output import print_json, tell
from tui.cli.terminal import at_home, flush, leave_stdout, opens_the_app
from tui.signals import LeftRunning, Signals
from tui.strings import default_language, say

NOBODYS = Signals()


def run(arguments: list[str], signals: Signals = NOBODYS) -> int:
    """Run one command line and give its exit status; the sentence for what went wrong is on stderr.

    `signals` are held back until everything is imported, and again once the last word begins.
    """
    fail = partial(_fail, signals, "--json" in arguments)
    try:
        return _run(arguments, signals, fail)
    except KeyboardInterrupt:  # while words were sought for what had gone wrong: nothing is said yet
        return fail(EXIT_CANCELLED, "cancelled", "cancelled", say("cli.cancelled", default_language()))


def _run(arguments: list[str], signals: Signals, fail: Callable[[int, str, str, str], int]) -> int:
    from typer import Abort, TyperException

    from probes.jobs.runner import JobError
    from tui.wording import problem_words

    try:
        words = [at_home(word) for word in arguments]
        status = _command(words, signals) if words else _without_command(signals)
        if status == EXIT_CANCELLED and (words or _opens_the_app(words)):
            raise KeyboardInterrupt  # typer turns it into a status, and so does the app
        flush()
        return status
    except Problem as problem:
        return fail(EXIT_BAD_INPUT, "bad-input", problem.code, problem_words(problem))
    except TyperException as error:
        message = say("cli.usage", default_language(), message=_usage(error))
        return fail(EXIT_BAD_INPUT, "usage", "usage", message)
    except JobError as error:
        failed = error.failed
        status = EXIT_BAD_INPUT if failed.kind in ("bad-input", "unsupported") else EXIT_FAILED
        return fail(status, failed.kind.value, failed.code, problem_words(failed))
    except LeftRunning:
        kept = problem_words(Problem("measurement-kept"))
        return fail(EXIT_CANCELLED, "cancelled", "measurement-kept", kept)
    except (KeyboardInterrupt, Abort):
        return fail(EXIT_CANCELLED, "cancelled", "cancelled", say("cli.cancelled", default_language()))
    except (BrokenPipeError, SystemExit):  # typer ends the program when its reader went away
        leave_stdout()
        return EXIT_OK
    except Exception as error:
        known = _of_the_system(error)
        if known is not None:
            return fail(EXIT_BAD_INPUT, "bad-input", known.code, problem_words(known))
        log = _crash_log()
        key = "cli.crash" if log else "cli.crash-unkept"
        message = say(key, default_language(), what=repr(error)[:200], path=log)
        return fail(EXIT_FAILED, "crash", "crash", message)


def _command(arguments: list[str], signals: Signals) -> int:
    from probes.checkpoint.hubs import chosen_host
    from probes.checkpoint.own_files import set_bad_aside
    from tui.cli.commands import NAMES, basefit
    from tui.wording import problem_words

    if arguments[0] in NAMES:
        import_module(f"tui.cli.{arguments[0]}")
    chosen_host()
    set_bad_aside(lambda problem: tell(problem_words(problem)))
    signals.release()
    status = basefit(args=arguments, prog_name="basefit", standalone_mode=False)
    return status if isinstance(status, int) else EXIT_OK


def _usage(error: Exception) -> str:
    """What typer says of a command line, the option's name with it."""
    said = getattr(error, "format_message", None)
    text = ((said() if said else str(error)) or type(error).__name__).strip()
    return text if text.endswith((".", ")")) else text + "."


def _of_the_system(error: Exception) -> Problem | None:
    """A full disk, or a place that is not the person's, wherever it showed."""
    where = getattr(error, "filename", None) or home_shown()
    if isinstance(error, sqlite3.OperationalError):
        return store_problem(error)
    if isinstance(error, OSError) and error.errno in FULL:
        return Problem("disk-full", path=str(where))
    if isinstance(error, OSError) and error.errno in FORBIDDEN:
        return Problem("not-permitted", path=str(where), detail=error.strerror)
    return None


def _crash_log() -> Path | None:
    """Where the traceback of what went wrong was written: at home, else among temporary files, if anywhere.

    A link that stands there is replaced and never followed; a temporary name is one that nobody can guess.
    """
    text = traceback.format_exc()
    with suppress(OSError, Problem):
        log = home() / "crash.log"
        write_text(log, text, "replace", follow=False)
        return log
    with suppress(OSError):
        descriptor, name = tempfile.mkstemp(prefix="basefit-crash-", suffix=".log")
        with open(descriptor, "w", encoding="utf-8", errors="replace") as stream:
            stream.write(text)
        return Path(name)
    return None


def _fail(signals: Signals, as_json: bool, status: int, kind: str, code: str, message: str) -> int:
    signals.hold()
    if as_json:
        try:
            print_json("error", {"error": {"kind": kind, "code": code, "message": message}})
            flush()
        except (OSError, Problem):  # stdout is what failed: the sentence is on stderr
            leave_stdout()
    tell(f"basefit: {message}")
    return status


def _opens_the_app(arguments: list[str]) -> bool:
    return not arguments and opens_the_app()


def _without_command(signals: Signals) -> int:
    if not _opens_the_app([]):
        return run(["demo"], signals)
    from probes.checkpoint.hubs import chosen_host
    from tui.app import run_app
    from tui.wording import problem_words

    chosen_host()
    signals.release()

    return run_app(lambda problem: tell(f"basefit: {problem_words(problem)}")) or EXIT_OK
