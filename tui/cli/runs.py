"""`basefit runs`: what was run before."""

from dataclasses import asdict
from typing import Annotated

import typer

from tui.cli.options import Json
from tui.cli.output import print_json, print_line, print_table, words
from tui.cli.session import store_to_read


def runs(
    limit: Annotated[int, typer.Option(min=1, help="How many, newest first.")] = 20, as_json: Json = False
) -> None:
    """What was run before, and how it ended."""
    store = store_to_read()
    rows = store.runs(limit)
    if as_json:
        print_json("runs", {"runs": [asdict(row) for row in rows]})
        return
    if not rows:
        print_line(words("cli.no-runs"))
        return
    columns = ("run", "started", "status", "command")
    print_table(
        [words(f"cli.column.{name}") for name in columns],
        [(str(row.id), row.started, words(f"cli.status.{row.status}"), row.command) for row in rows],
        left=4,
    )
