"""The command export: the rows and files that start a trial's full run in another tool."""

import asyncio
import filecmp
import shutil
import tempfile
from collections.abc import Mapping
from contextlib import closing, suppress
from dataclasses import asdict, replace
from pathlib import Path
from typing import Annotated, Any

import typer

from catalog.evidence.kinds import Trial, TrialData, TrialKey
from catalog.evidence.records import Evidence
from catalog.export import EXPORTS, SERVERS, FullRun, serving_lines
from catalog.export import export as exported
from catalog.export.full_run import run_of
from catalog.export.rows import Written
from catalog.export.templates import name_for
from catalog.files import write_text, written
from catalog.models.registry import find_model
from catalog.problem import Problem
from probes.checkpoint.target import DEMO_FAMILY, spoken
from probes.jobs.runner import Runner
from probes.measurement.question import data_hash
from probes.race.shown import Shown, Wanted, rows_job, shown
from tui.cli.options import Json
from tui.cli.output import print_json, print_line, words
from tui.cli.session import store_to_read


def export(
    model: Annotated[str | None, typer.Argument(help="Of whose trial (default: of any).")] = None,
    to: Annotated[str, typer.Option(help=f"{', '.join(EXPORTS)}.")] = "trl",
    level: Annotated[str | None, typer.Option(help="The trial's quantization level.")] = None,
    trial: Annotated[
        str | None, typer.Option(help="A trial's evidence id (default: the one shown last).")
    ] = None,
    run: Annotated[
        int | None, typer.Option(min=1, help="The run that showed it, as basefit runs lists.")
    ] = None,
    data: Annotated[
        Path | None, typer.Option(help="The trial on this data; its settings for other data.")
    ] = None,
    epochs: Annotated[float | None, typer.Option(help="Of the full run (default 3).")] = None,
    out: Annotated[Path | None, typer.Option(help="Folder for the files.")] = None,
    as_json: Json = False,
) -> None:
    """The rows of a trial as they were trained, and files that start the full run in another tool."""
    if to not in EXPORTS:
        raise Problem("export-unknown", name=to, known=", ".join(EXPORTS))
    if epochs is not None and not epochs > 0:
        raise Problem("trial-not-positive", setting="epochs", value=epochs)
    sha256 = data_hash(data) if data is not None else None
    with closing(store_to_read()) as store:
        found = shown(store, Wanted(model, level, trial, run, sha256))
    full = full_run(found.trial)
    if data is not None:
        full = replace(full, data=str(data.absolute()))
    if epochs is not None:
        full = replace(full, epochs=epochs)
    exported(to, full)  # what the tool cannot train is told before anything is read
    folder = (out or Path(f"{full.output}-{to}")).absolute()
    with tempfile.TemporaryDirectory(prefix="basefit-rows-") as place:
        rows = {} if to in SERVERS else _rows(found, full.data, to, Path(place))
        if rows:
            full = _with_rows(full, rows)
        there: dict[str, str | Path] = {name: Path(place, name) for name in rows.get("files", ())}
        files = write(there | exported(to, full), folder)
    answer = _answer(found, full, to, rows, sha256) | {"files": [str(path) for path in files]}
    if as_json:
        print_json("export", answer)
        return
    _tell(found, answer)
    for path in files:
        print_line(words("cli.written", path=path))
    for tool, command in serving_lines(full).items():
        print_line(words("cli.export-serve", tool=tool, line=command))


def _rows(found: Shown, data: str, tool: str, place: Path) -> Mapping[str, Any]:
    """What the probe `rows` wrote into `place` and says of it."""
    target = Trial.of(found.trial).target
    if not Path(target).is_dir():
        raise Problem("target-missing", path=target)
    return asyncio.run(Runner(None).result(rows_job(found, data, tool, place)))


def _with_rows(run: FullRun, rows: Mapping[str, Any]) -> FullRun:
    """The run on the rows that were written; what they were read as holds for other data too."""
    written = Written(**rows["written"])
    columns = tuple(rows["columns"] or ())
    pair = (columns[0], columns[1]) if len(columns) > 1 else None
    schema = columns[2] if len(columns) > 2 else None
    return replace(
        run, rows=written, length=written.longest, format=rows["format"], columns=pair, schema=schema
    )


def _answer(
    found: Shown, run: FullRun, tool: str, rows: Mapping[str, Any], sha256: str | None
) -> dict[str, Any]:
    of_trial = TrialKey.of(found.trial).data_sha256
    read = rows.get("data_sha256", sha256 or of_trial)
    return {
        "to": tool,
        "trial": found.trial.id,
        "shown_by": found.run,
        "data": {"path": run.data, "sha256": read, "of_trial": read == of_trial},
        "rows": rows.get("rows"),
        "template": name_for(tool, run.rows.template),
        "run": asdict(run),
        "serving": serving_lines(run),
    }


def _tell(found: Shown, answer: Mapping[str, Any]) -> None:
    """Which trial and data were taken, and where every row went."""
    trial = found.trial
    about = {"model": trial.model, "level": trial.level, "created": trial.created[:16].replace("T", " ")}
    print_line(words("cli.export-of", **about, id=trial.id, data=Trial.of(trial).data_path))
    data, rows = answer["data"], answer["rows"]
    if not data["of_trial"]:
        key = "cli.export-data-changed" if found.of_data else "cli.export-other-data"
        print_line(words(key, path=data["path"]))
    if not rows:
        return
    counts = {"path": data["path"], "rows": rows["in"], "out": rows["out"], "held": rows["held_out"]}
    print_line(words("cli.export-rows", **counts, left=sum(rows["left_out"].values())))
    if rows["left_out"]:
        reasons = ", ".join(f"{reason} {count}" for reason, count in rows["left_out"].items())
        print_line(words("cli.export-left-out", reasons=reasons))
    if rows["cut_otherwise"]:
        key = "cli.export-cut-otherwise" if answer["to"] == "ms-swift" else "cli.export-with-ids"
        print_line(words(key, count=rows["cut_otherwise"], tool=answer["to"]))


def full_run(trial: Evidence) -> FullRun:
    """The run that a stored trial stands for, its model by Hub id where it came from there."""
    found = Trial.of(trial)
    return run_of(
        _anywhere(trial.model, found.target),
        found.data_path,
        found.data or TrialData(),
        TrialKey.of(trial),
        found,
    )


def _anywhere(name: str, place: str) -> str:
    known = spoken(name, place)
    if known != name or name in DEMO_FAMILY:
        return place
    with suppress(Problem):
        return find_model(name).hub_id or place
    return name


def write(files: Mapping[str, str | Path], folder: Path) -> list[Path]:
    """Texts, and files by where they lie, put into the folder. Problems: export-exists (nothing is
    overwritten with other content), export-unwritable.
    """
    paths = [folder / name for name in files]
    for path, content in zip(paths, files.values(), strict=True):
        if path.exists() and not _is_same(path, content):
            raise Problem("export-exists", path=str(path))
    try:
        for path, content in zip(paths, files.values(), strict=True):
            if isinstance(content, Path):
                with written(path) as fresh:
                    shutil.copyfile(content, fresh)
            else:
                write_text(path, content)
    except (FileExistsError, NotADirectoryError, PermissionError) as error:
        detail = error.strerror or str(error)
        raise Problem("export-unwritable", path=str(folder), detail=detail) from error
    return paths


def _is_same(path: Path, content: str | Path) -> bool:
    if isinstance(content, Path):
        return filecmp.cmp(path, content, shallow=False)
    return path.read_text(encoding="utf-8") == content
