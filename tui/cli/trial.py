"""The command trial: a short fine-tune of a model on the person's data, or a race of several."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from catalog.evidence.kinds import Skipped, TrialData, write
from catalog.evidence.store import RunState
from catalog.problem import Problem
from catalog.quantization.levels import find_level, trained_levels
from catalog.quantization.precision import levels_for
from probes.jobs.events import FailureKind
from probes.jobs.queue import JobState
from probes.jobs.runner import JobError
from probes.machine.device import id_of
from probes.measurement.question import data_hash
from probes.race.entrants import levels_of
from probes.race.entry import Entry, prepare
from probes.race.halving import Place, Standing
from probes.race.keeping import ranked
from probes.race.running import Race
from probes.trial.job import TrialJob
from tui.cli.exit_status import STATUS
from tui.cli.fetching import fetch_data, fetched, is_named
from tui.cli.measuring import devices_here
from tui.cli.options import Device, Json, Targets, Yes, from_hub, options_of
from tui.cli.output import print_json
from tui.cli.race_lines import RaceLines, Rows
from tui.cli.session import command_line, told_store, watch
from tui.cli.trial_lines import print_trials
from tui.cli.trial_preview import first_rows, tell_rows

_LEFT_OUT = ("spans", "before_spans", "holdout_ids", "data", "samples", "target", "data_path", "answers")
"""Parts of the evidence that would drown the rest of the answer, or stand elsewhere in it."""


@from_hub
@options_of(TrialJob)
def trial(
    targets: Targets,
    data: Annotated[Path, typer.Option(help="Rows: JSONL, JSON, CSV, ..., or a dataset's Hub id.")],
    data_config: Annotated[str | None, typer.Option(help="A named dataset's configuration.")] = None,
    data_split: Annotated[str, typer.Option(help="A named dataset's split.")] = "train",
    levels: Annotated[
        str | None,
        typer.Option(
            "--levels",
            "--level",
            help=f"{TrialJob.level} by default, of {', '.join(trained_levels())}; several race.",
        ),
    ] = None,
    prompt_column: Annotated[str | None, typer.Option(help="Column that asks.")] = None,
    target_column: Annotated[str | None, typer.Option(help="Column that answers.")] = None,
    out: Annotated[Path | None, typer.Option(help="Folder for the adapters.")] = None,
    device: Device = None,
    yes: Yes = False,
    as_json: Json = False,
    **given: Any,
) -> int:
    """Short QLoRA runs on your data: bits per byte of the answers, before and after.

    Several models or levels race: all on a sixteenth of the examples, the better half on a quarter, two to
    the end. Stop it when you like: the same command goes on from there.
    """
    settings = given | {"columns": _pair(prompt_column, target_column)}
    asked = [level.strip() for level in (levels or "").split(",") if level.strip()]
    for level in asked:
        find_level(level)
    if data.is_dir():
        raise Problem("data-directory", path=str(data))
    if not is_named(data):
        data_hash(data)
    fetched(targets, yes)
    data = fetch_data(data, data_config, data_split, yes)
    said = {name: value for name, value in settings.items() if value is not None}
    where = devices_here(device)
    at = levels_for(levels_of(said, asked), where[0].capability)
    entry = Entry(data, tuple(targets), at, said, id_of(where))
    prepared = prepare(entry, out)
    seen = first_rows(prepared.racers[0], prepared.course.data, said)
    if seen is not None:
        tell_rows(seen)
    race = Race(entry, prepared, told_store, command=command_line())
    lines = RaceLines(race.journal)
    state = watch(race.run(), lines)
    if state is RunState.FAILED and race.failed and not lines.rows:
        raise JobError(*race.failed[0])
    places = race.track.places
    answer = _answer(places, lines.rows) | {"preview": seen}
    if as_json:
        found = state is RunState.DONE
        reason = {} if found else {"error": {"kind": "failed-run", "code": answer["trials"][0]["reason"]}}
        print_json("trial", answer | reason)
    else:
        print_trials(data, answer, places)
    return STATUS[state]


def _pair(prompt: str | None, target: str | None) -> list[str] | None:
    """Both named columns, or neither; Problem columns-one."""
    if (prompt is None) != (target is None):
        raise Problem("columns-one")
    return [prompt, target] if prompt is not None and target is not None else None


def _answer(places: Sequence[Place], rows: Rows) -> dict[str, Any]:
    """What the contract names: `data`, `prediction` and `samples` are the winner's."""
    measured = [place for place in places if place.standing.evidence]
    best = measured[0].standing.trial if measured else None
    return {
        "data": write(best.data) if best and best.data else None,
        "trials": [_row(place.standing, rows) for place in places],
        "ranking": [ranked(place) for place in measured],
        "prediction": write(best.prediction) if best and best.prediction else None,
        "samples": [write(sample) for sample in best.samples] if best else [],
    }


def _row(standing: Standing, rows: Rows) -> dict[str, Any]:
    """One racer's line, as far as it came; one that failed keeps what its last run told."""
    racer = standing.racer
    about = {"model": racer.name, "level": racer.level, "rung_examples": standing.examples}
    if standing.evidence is not None and standing.trial is not None:
        kept = {name: value for name, value in standing.evidence.values.items() if name not in _LEFT_OUT}
        facts = _of_this_model(standing.trial.data or TrialData())
        return kept | about | {"data": facts, "evidence": standing.evidence.id}
    blank: dict[str, Any] = {
        "points": [],
        "tokens_per_second": None,
        "peak_memory_bytes": None,
        "adapter": None,
    }
    cancelled = standing.reason == FailureKind.CANCELLED
    status = JobState.CANCELLED if cancelled else JobState.FAILED
    return blank | rows.get(racer, {}) | about | {"status": status, "reason": standing.reason}


def _of_this_model(facts: TrialData) -> dict[str, Any]:
    return {
        "layout": facts.layout,
        "too_long": facts.too_long,
        "refused": write(facts.refused or Skipped()),
        "unthought": facts.unthought or 0,
        "longest_tokens": facts.longest_tokens,
    }
