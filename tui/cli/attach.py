"""`basefit attach`: follow a run that goes on in another process, or end it."""

import time
from contextlib import closing
from typing import Annotated

import typer

from catalog.evidence.store import RunState, Store
from catalog.problem import Problem
from probes.home import home_shown
from probes.jobs.journal import Ended
from probes.jobs.published import RUNNING, Published, living
from probes.measurement.board import KINDS, Board
from tui.cli.exit_status import EXIT_CANCELLED, EXIT_OK, STATUS
from tui.cli.options import Json
from tui.cli.output import print_json, print_line, tell, words
from tui.cli.session import POLL_S, Lines, store_to_read
from tui.cli.terminal import opens_the_app
from tui.notice import ring
from tui.wording import problem_words, standing_words


def attach(
    run: Annotated[int | None, typer.Argument(help="Which, by its number (default: the latest).")] = None,
    stop: Annotated[bool, typer.Option("--stop", help="End it; what is measured is kept.")] = False,
    lines: Annotated[bool, typer.Option("--lines", help="As lines, also in a terminal.")] = False,
    as_json: Json = False,
) -> int:
    """Follow a run that goes on by itself; Ctrl-C detaches."""
    found = next((one for one in living(home_shown() / RUNNING, KINDS) if _is(one, run)), None)
    if found is None:
        return _nothing(run, as_json)
    if stop:
        found.stop()
    elif opens_the_app() and not (lines or as_json) and _in_the_app(found):
        from tui.app import run_app

        return run_app(lambda problem: tell(f"basefit: {problem_words(problem)}"), screen="run")
    return _follow(found, as_json, stop)


def _is(one: Published, run: int | None) -> bool:
    return one.about is not None and run in (None, one.about.run)


def _in_the_app(found: Published) -> bool:
    """Whether it is a measurement, which the app can show."""
    return found.about is not None and "question" in found.about.asked


def _nothing(run: int | None, as_json: bool) -> int:
    """No such run goes on: how it ended, or that there is none. Problem run-unknown."""
    ended = None
    if run is not None:
        with closing(store_to_read()) as store:
            ended = store.find_run(run)
            if ended is None:
                latest = next((row.id for row in store.runs(1)), 0)
                raise Problem("run-unknown", run=run, latest=latest)
    if as_json:
        print_json("attach", {"run": run, "status": ended.status if ended else None, "result": None})
    elif ended is None:
        print_line(words("cli.attach-none"))
    else:
        print_line(words("cli.attach-over", run=run, status=words(f"cli.status.{ended.status}")))
    return STATUS[RunState.NO]


def _follow(found: Published, as_json: bool, stopped: bool) -> int:
    """To its end, in lines; its exit status, or 0 where the person detaches before, or has `stopped` it."""
    board, shown = Board(found.journal), Lines(found.journal)
    found.read()
    about = found.about
    assert about is not None
    if not stopped:
        tell(words("cli.attached", command=about.command, standing=standing_words(board.read())))
    try:
        while not found.over:
            time.sleep(POLL_S)
            found.read()
            shown.read()
            if not found.lives:
                found.lost()
    except KeyboardInterrupt:
        shown.clear()
        tell(words("cli.detached"))
        return EXIT_OK
    shown.read()
    ended = found.journal.entries[-1].event
    state = ended.state if isinstance(ended, Ended) else RunState.FAILED
    status = words(f"cli.status.{state}")
    ring(words("cli.attach-ended", status=status))
    if isinstance(ended, Ended) and ended.failed is not None:
        tell(problem_words(ended.failed))
    if state is RunState.CANCELLED and not stopped:
        return EXIT_CANCELLED  # and whoever runs commands says so
    number = found.about.run if found.about else None
    if as_json:
        print_json("attach", {"run": number, "status": state, "result": _result(number)})
    else:
        print_line(words("cli.attach-ended", status=status))
    return EXIT_OK if stopped and state is RunState.CANCELLED else STATUS[state]


def _result(run: int | None) -> object:
    """What it came to, as `basefit runs` has it."""
    store: Store
    with closing(store_to_read()) as store:
        found = store.find_run(run) if run is not None else None
        return found.result if found else None
