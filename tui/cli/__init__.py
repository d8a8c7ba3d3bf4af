"""The command line: `basefit` opens the app, `basefit COMMAND` does one thing and ends.

Exit status: 0 done; 1 done, and the answer is no; 2 bad input or usage; 3 a probe failed; 130 cancelled.
Each command's own imports happen when it runs, so that a quick one stays quick.
"""

import errno
import sqlite3
import sys
import traceback
from collections.abc import Callable

from catalog.problem import Problem
from tui.cli.output import print_json, tell
from tui.strings import default_language, say

EXIT_OK, EXIT_NO, EXIT_BAD_INPUT, EXIT_FAILED, EXIT_CANCELLED = 0, 1, 2, 3, 130


def main() -> None:
    """Entry point of the console script."""
    sys.exit(run(sys.argv[1:]))


def run(arguments: list[str]) -> int:
    """Run one command line and give its exit status; the sentence for what went wrong is on stderr."""
    if not arguments:
        return _without_command()
    from typer import Abort, TyperException

    from probes.home import home
    from probes.runner import JobError
    from tui.cli.commands import app
    from tui.wording import problem_words

    as_json = "--json" in arguments
    try:
        status = app(args=arguments, prog_name="basefit", standalone_mode=False)
        return status if isinstance(status, int) else EXIT_OK
    except Problem as problem:
        return _fail(as_json, EXIT_BAD_INPUT, "bad-input", problem.code, problem_words(problem))
    except TyperException as error:
        message = say("cli.usage", default_language(), message=_usage(error))
        return _fail(as_json, EXIT_BAD_INPUT, "usage", "usage", message)
    except JobError as error:
        failed = error.failed
        status = EXIT_BAD_INPUT if failed.kind in ("bad-input", "unsupported") else EXIT_FAILED
        return _fail(as_json, status, failed.kind.value, failed.code, problem_words(failed))
    except (KeyboardInterrupt, Abort):
        return _fail(
            as_json, EXIT_CANCELLED, "cancelled", "cancelled", say("cli.cancelled", default_language())
        )
    except BrokenPipeError:
        sys.stderr.close()
        return EXIT_OK
    except Exception as error:
        if _disk_is_full(error):
            where = getattr(error, "filename", None) or home()
            message = say("problem.disk-full", default_language(), path=where)
            return _fail(as_json, EXIT_BAD_INPUT, "bad-input", "disk-full", message)
        log = home() / "crash.log"
        log.write_text(traceback.format_exc(), encoding="utf-8")
        message = say("cli.crash", default_language(), what=repr(error)[:200], path=log)
        return _fail(as_json, EXIT_FAILED, "crash", "crash", message)


def _usage(error: Exception) -> str:
    """What typer says of a command line, the option's name with it."""
    said = getattr(error, "format_message", None)
    return (said() if said else str(error)) or type(error).__name__


def _disk_is_full(error: Exception) -> bool:
    if isinstance(error, sqlite3.OperationalError):
        return "is full" in str(error)
    return isinstance(error, OSError) and error.errno == errno.ENOSPC


def _fail(as_json: bool, status: int, kind: str, code: str, message: str) -> int:
    if as_json:
        print_json("error", {"error": {"kind": kind, "code": code, "message": message}})
    tell(f"basefit: {message}")
    return status


def _without_command() -> int:
    if not sys.stdout.isatty() or not sys.stdin.isatty():
        return run(["demo"])
    from tui.app import run_app

    opened: Callable[[], int | None] = run_app
    return opened() or EXIT_OK
