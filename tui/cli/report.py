"""The command report: a stored run as Markdown, HTML or JSON, alone or against another."""

from pathlib import Path
from typing import Annotated

import typer

from catalog.problem import Problem
from tui.cli.options import Json
from tui.cli.output import tell, words
from tui.cli.session import store_to_read
from tui.cli.terminal import put
from tui.report.against import against as compare
from tui.report.gather import gather
from tui.report.write import format_of, text_of, write
from tui.strings import LANGUAGES, default_language


def report(
    run: Annotated[
        int | None, typer.Argument(help="A number of `basefit runs` (default: the latest).")
    ] = None,
    form: Annotated[str | None, typer.Option("--format", help="md (default), html or json.")] = None,
    against: Annotated[int | None, typer.Option(help="An earlier run: also what changed since.")] = None,
    out: Annotated[Path | None, typer.Option(help="Write to a file; its ending names the format.")] = None,
    language: Annotated[
        str | None, typer.Option(help="en or zh (default: yours); HTML holds both.")
    ] = None,
    as_json: Json = False,
) -> None:
    """A run as a document: verdict, evidence, pictures, and the command behind every number."""
    if language is not None and language not in LANGUAGES:
        raise Problem("report-language-unknown", given=language, known=", ".join(LANGUAGES))
    wanted = format_of("json" if as_json and out is None else form, out)
    if as_json and out is None and form not in (None, "json"):
        raise Problem("report-json-alone", given=form)
    store = store_to_read()
    try:
        found = gather(store, run)
        found_other = gather(store, against) if against is not None else None
    finally:
        store.close()
    changed = compare(found, found_other) if found_other is not None else None
    spoken = language or default_language()
    if out is not None:
        tell(words("cli.written", path=write(text_of(found, wanted, spoken, changed), out)))
        if not as_json:
            return
        wanted = "json"
    put(text_of(found, wanted, spoken, changed))
