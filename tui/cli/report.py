"""The command report: a stored run as Markdown, HTML or JSON, alone or against another."""

from pathlib import Path

from catalog.problem import Problem
from tui.cli.output import tell, words
from tui.cli.session import told_store
from tui.cli.terminal import put
from tui.report.against import against as compare
from tui.report.gather import gather
from tui.report.write import format_of, text_of, write
from tui.strings import LANGUAGES, default_language


def report(
    run: int | None,
    form: str | None,
    other: int | None,
    out: Path | None,
    language: str | None,
    as_json: bool,
) -> None:
    """See commands.report."""
    if language is not None and language not in LANGUAGES:
        raise Problem("report-language-unknown", given=language, known=", ".join(LANGUAGES))
    wanted = format_of("json" if as_json and out is None else form, out)
    if as_json and out is None and form not in (None, "json"):
        raise Problem("report-json-alone", given=form)
    store = told_store()
    try:
        found = gather(store, run)
        found_other = gather(store, other) if other is not None else None
    finally:
        store.close()
    changed = compare(found, found_other) if found_other is not None else None
    spoken = language or default_language()
    if out is not None:
        tell(words("cli.written", path=write(text_of(found, wanted, spoken, changed), out)))
        if not as_json:
            return
        wanted = "json"
    put(text_of(found, wanted, spoken, changed).encode("utf-8", "replace").decode("utf-8"))
