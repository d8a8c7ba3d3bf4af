"""The command evidence: what was measured here for others, and what others measured."""

import shlex
from pathlib import Path
from typing import Annotated

import typer

from catalog.evidence.exchange import line_of, rows_of, take
from catalog.files import write_text
from catalog.models.registry import load_models
from catalog.problem import Problem
from probes.checkpoint.target import DEMO_FAMILY
from tui.cli.exit_status import EXIT_BAD_INPUT, EXIT_NO, EXIT_OK
from tui.cli.options import Json, check_choice
from tui.cli.output import print_json, print_line, tell, words
from tui.cli.session import store_to_read, told_store
from tui.wording import problem_words

SHOWN = 20
"""Refused rows that are told one by one to a person."""


def evidence(
    action: Annotated[str, typer.Argument(help="export or import.")],
    file: Annotated[Path, typer.Argument(help="JSON Lines: see docs/evidence.md.")],
    as_json: Json = False,
) -> int:
    """What you measured as a file for others (no text, paths or names), or take in theirs."""
    check_choice("evidence-action", action, ("export", "import"))
    return _export(file, as_json) if action == "export" else _import(file, as_json)


def _export(file: Path, as_json: bool) -> int:
    store = store_to_read()
    try:
        rows, stays = rows_of(store.find(), _public())
    finally:
        store.close()
    if rows:
        _write("".join(map(line_of, rows)), file)
    if as_json:
        about = {"action": "export", "path": str(file) if rows else None}
        print_json("evidence", about | {"rows": len(rows), "left_out": stays})
    elif rows:
        print_line(words("cli.evidence-exported", count=len(rows), path=file, stays=stays))
    else:
        print_line(words("cli.evidence-none", stays=stays))
    return EXIT_OK if rows else EXIT_NO


def _public() -> set[str]:
    """Names that everybody knows: those of the bundled catalog, and their Hub ids."""
    listed = load_models()
    return {*DEMO_FAMILY, *listed, *(entry.hub_id for entry in listed.values() if entry.hub_id)}


def _write(text: str, file: Path) -> None:
    """Problems: evidence-exists for a file with other content, evidence-unwritable."""
    try:
        if file.exists() and file.read_bytes() != text.encode():
            raise Problem("evidence-exists", path=str(file))
        write_text(file, text)
    except OSError as error:
        raise Problem("evidence-unwritable", path=str(file), detail=error.strerror or str(error)) from error


def _import(file: Path, as_json: bool) -> int:
    store = told_store()
    try:
        source = shlex.join(["basefit", "evidence", "import", str(file)])
        try:
            found = take(file, store.find(imported=True), source)
        except OSError as error:
            detail = error.strerror or str(error)
            raise Problem("evidence-unreadable", path=str(file), detail=detail) from error
        for row in found.taken:
            store.append(row)
    finally:
        store.close()
    if not (found.taken or found.known or found.refused):
        raise Problem("evidence-empty", path=str(file))
    taken, refused = len(found.taken), len(found.refused)
    if as_json:
        why = [
            {"line": one.params["line"], "code": one.code, "message": problem_words(one)}
            for one in found.refused
        ]
        counts = {"taken": taken, "known": found.known, "refused": why}
        print_json("evidence", {"action": "import", "path": str(file), "provenance": "imported"} | counts)
    else:
        for one in found.refused[:SHOWN]:
            tell(problem_words(one))
        if refused > SHOWN:
            tell(words("cli.evidence-more", count=refused - SHOWN))
        print_line(words("cli.evidence-imported", taken=taken, known=found.known, refused=refused))
    return EXIT_OK if taken or found.known else EXIT_BAD_INPUT
