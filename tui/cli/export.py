"""The command export: the files that start a trial's full run in another tool."""

import math
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, replace
from pathlib import Path
from typing import Annotated

import typer

from catalog.evidence.kinds import Trial, TrialData, TrialKey
from catalog.evidence.records import Evidence
from catalog.export import EXPORTS, FullRun, serving_lines
from catalog.export import export as exported
from catalog.export.full_run import run_of
from catalog.files import write_text
from catalog.models.registry import find_model
from catalog.problem import Problem
from probes.checkpoint.target import DEMO_FAMILY, spoken
from tui.cli.options import Json
from tui.cli.output import print_json, print_line, words
from tui.cli.session import store_to_read


def export(
    model: Annotated[str | None, typer.Argument(help="Of whose trial (default: the latest).")] = None,
    to: Annotated[
        str, typer.Option(help="llama-factory, axolotl, unsloth, trl, ollama or serving.")
    ] = "trl",
    level: Annotated[str | None, typer.Option(help="The trial's quantization level.")] = None,
    trial: Annotated[str | None, typer.Option(help="A trial's evidence id (default: the latest).")] = None,
    data: Annotated[Path | None, typer.Option(help="Other data (default: the trial's).")] = None,
    epochs: Annotated[float | None, typer.Option(help="Of the full run (default 3).")] = None,
    out: Annotated[Path | None, typer.Option(help="Folder for the files.")] = None,
    as_json: Json = False,
) -> None:
    """Files that start the full run in another tool, with what a trial measured."""
    if to not in EXPORTS:
        raise Problem("export-unknown", name=to, known=", ".join(EXPORTS))
    store = store_to_read()
    try:
        found = store.find("trial", level=level)
    finally:
        store.close()
    chosen = choose(found, model, trial)
    run = full_run(chosen)
    if data is not None:
        if not data.is_file():
            raise Problem("data-missing", path=str(data))
        run = replace(run, data=str(data.absolute()))
    if epochs is not None:
        if not epochs > 0:
            raise Problem("trial-not-positive", setting="epochs", value=epochs)
        run = replace(run, epochs=epochs)
    folder = (out or Path(f"{run.output}-{to}")).absolute()
    files = write(exported(to, run), folder)
    if as_json:
        answer = {"to": to, "trial": chosen.id, "files": [str(path) for path in files]}
        print_json("export", answer | {"run": asdict(run), "serving": serving_lines(run)})
        return
    about = {"model": chosen.model, "level": chosen.level, "created": chosen.created[:16].replace("T", " ")}
    print_line(words("cli.export-of", **about, id=chosen.id))
    for path in files:
        print_line(words("cli.written", path=path))
    for tool, line in serving_lines(run).items():
        print_line(words("cli.export-serve", tool=tool, line=line))


def choose(found: list[Evidence], model: str | None, trial: str | None) -> Evidence:
    """The latest trial of the model (of any), or the one with that id.

    Problems: export-no-trial, export-nothing-tried, export-trial-unknown.

    A run that went on for longer counts before a shorter one of the same minute: rungs of one race.
    """
    wanted = Path(model).name.lower() if model else None
    fitting = [
        e
        for e in found
        if (wanted is None or e.model.lower() in (wanted, str(model).lower()))
        and (trial is None or e.id.startswith(trial))
    ]
    if not fitting:
        if trial:
            raise Problem("export-trial-unknown", trial=trial)
        if model:
            raise Problem("export-no-trial", model=model)
        raise Problem("export-nothing-tried")
    return max(fitting, key=_longest)


def _longest(trial: Evidence) -> tuple[str, int, float, str]:
    bits = Trial.of(trial).bits_per_byte
    return (
        trial.created[:16],
        TrialKey.of(trial).examples or 0,
        -math.inf if bits is None else -bits,
        trial.created,
    )


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


def write(files: Mapping[str, str], folder: Path) -> list[Path]:
    """The files in their folder; Problem export-exists rather than overwriting another text."""
    paths = [folder / name for name in files]
    for path, text in zip(paths, files.values(), strict=True):
        if path.exists() and path.read_text(encoding="utf-8") != text:
            raise Problem("export-exists", path=str(path))
    try:
        for path, text in zip(paths, files.values(), strict=True):
            write_text(path, text)
    except (FileExistsError, NotADirectoryError, PermissionError) as error:
        detail = error.strerror or str(error)
        raise Problem("export-unwritable", path=str(folder), detail=detail) from error
    return paths
