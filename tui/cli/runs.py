"""`basefit runs`: what was run before, and how far what runs now has come."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Annotated, Any

import typer

from catalog.evidence.store import Run, RunState
from probes.home import home_shown
from probes.jobs.published import RUNNING, living
from probes.measurement.board import KINDS, Board
from tui.cli.options import Json
from tui.cli.output import print_json, print_line, print_table, words
from tui.cli.session import store_to_read
from tui.wording import standing_words


def runs(
    limit: Annotated[int, typer.Option(min=1, help="How many, newest first.")] = 20, as_json: Json = False
) -> None:
    """What was run before, and how it ended."""
    store = store_to_read()
    rows = store.runs(limit)
    now = boards()
    if as_json:
        print_json("runs", {"runs": [asdict(row) | {"live": live(now.get(row.id))} for row in rows]})
        return
    if not rows:
        print_line(words("cli.no-runs"))
        return
    columns = ("run", "started", "status", "command")
    print_table(
        [words(f"cli.column.{name}") for name in columns],
        [(str(row.id), row.started, _status(row, now.get(row.id)), row.command) for row in rows],
        left=4,
    )


def boards() -> Mapping[int, Board]:
    """Of the runs that go on now, by their numbers in the store."""
    found = {}
    for published in living(home_shown() / RUNNING, KINDS):
        board = Board(published.read()).read()
        published.close()
        if board.running and published.about is not None and published.about.run is not None:
            found[published.about.run] = board
    return found


def live(board: Board | None) -> dict[str, Any] | None:
    """How far a run is, as JSON; None for one that is over."""
    if board is None:
        return None
    reckoned = board.reckoned()
    return {
        "jobs": len(board.jobs),
        "ended": board.over,
        "seconds": board.seconds,
        "seconds_left": reckoned.left if reckoned else None,
        "seconds_left_low": reckoned.low if reckoned else None,
        "seconds_left_high": reckoned.high if reckoned else None,
    }


def _status(row: Run, board: Board | None) -> str:
    if row.status is not RunState.RUNNING or board is None:
        return words(f"cli.status.{row.status}")
    return words("cli.status.goes-on", standing=standing_words(board))
