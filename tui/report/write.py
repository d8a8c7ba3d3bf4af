"""A report in its formats, as text or in a file."""

import json
from pathlib import Path

from catalog.files import write_text
from catalog.problem import Problem
from tui.foreign import clean_json
from tui.report.against import Against
from tui.report.compose import compose
from tui.report.gather import Report
from tui.report.html import to_html
from tui.report.markdown import to_markdown
from tui.report.record import to_record
from tui.strings import LANGUAGES

FORMATS = ("md", "html", "json")
SUFFIXES = {".md": "md", ".markdown": "md", ".html": "html", ".htm": "html", ".json": "json"}
SCHEMA = 1


def format_of(given: str | None, out: Path | None) -> str:
    """The format asked for, else what the file's ending says, else Markdown.

    Problems: report-format-unknown; report-ending-unknown, for a file that says nothing.
    """
    if given is not None:
        if given not in FORMATS:
            raise Problem("report-format-unknown", given=given, known=", ".join(FORMATS))
        return given
    if out is None:
        return "md"
    found = SUFFIXES.get(out.suffix.lower())
    if found is None:
        raise Problem("report-ending-unknown", path=str(out), known=", ".join(FORMATS))
    return found


def text_of(report: Report, form: str, language: str, against: Against | None = None) -> str:
    """The report as text. HTML holds both languages, `language` shown first."""
    if form == "json":
        document = {"schema": SCHEMA, "kind": "report"} | to_record(report, against)
        return clean_json(json.dumps(document, ensure_ascii=False, indent=2, allow_nan=False)) + "\n"
    if form == "html":
        order = sorted(LANGUAGES, key=lambda each: each != language)
        return to_html([compose(report, each, against) for each in order])
    return to_markdown(compose(report, language, against))


def write(text: str, out: Path) -> Path:
    """The text in a file, its folder made if need be; Problem report-unwritable."""
    try:
        write_text(out, text, errors="replace")
    except OSError as error:
        raise Problem("report-unwritable", path=str(out), detail=error.strerror or str(error)) from None
    return out
