"""The command trial: a short fine-tune of a model on the person's data, or a race of several."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from catalog.evidence.store import RunState
from catalog.problem import Problem
from catalog.quantization.levels import find_level
from probes.home import home
from probes.jobs.runner import JobError
from probes.measurement.question import data_hash
from probes.race.entrants import course_of, levels_of, racers_of
from probes.race.halving import Place, Standing
from tui.cli.fetching import fetch, fetch_data, is_named
from tui.cli.measuring import device_here
from tui.cli.output import print_json, print_line, print_table, words
from tui.cli.race_lines import Rows, run_race
from tui.cli.session import Session
from tui.cli.trial_preview import first_rows, tell_rows
from tui.wording import number, plus_minus, size_words, time_words

SAMPLE_CHARS = 140
_LEFT_OUT = ("spans", "before_spans", "holdout_ids", "data", "samples", "target", "data_path", "answers")
"""Parts of the evidence that would drown the rest of the answer, or stand elsewhere in it."""
EXIT_FAILED = 3


def trial(
    targets: Sequence[str],
    levels: Sequence[str],
    data: Path,
    part: tuple[str | None, str],
    settings: Mapping[str, object],
    out: Path | None,
    device: str | None,
    agreed: bool,
    as_json: bool,
) -> int:
    """See commands.trial; `part` is a named dataset's (configuration, split).

    `settings` as in `probes.trial.job.TrialJob`, None for its own choice.
    """
    for level in levels:
        find_level(level)
    if data.is_dir():
        raise Problem("data-directory", path=str(data))
    if not is_named(data):
        data_hash(data)
    where = device_here(device)
    folder = out if out is not None else home() / "adapters"
    request = {
        "targets": list(targets),
        "levels": list(levels),
        "data": str(data),
        "settings": dict(settings),
    }
    with Session(request) as session:
        found = [fetch(session, target, agreed) for target in targets]
        racers = racers_of(found, levels_of(settings, levels))
        data = fetch_data(session, data, *part, agreed)
        course = course_of(data, folder, where, settings, len(racers))
        seen = first_rows(session, racers[0], course.data, settings)
        if seen is not None:
            tell_rows(seen)
        track, rows = run_race(session, racers, course)
        if session.failed and not any(place.standing.evidence or rows for place in track.places):
            raise JobError(*session.failed[0])
        answer = _answer(track.places, rows) | {"preview": seen}
        first = answer["ranking"][:1]
        session.done({"winner": first[0] if first else None}, RunState.DONE if first else RunState.FAILED)
    if as_json:
        reason = {} if first else {"error": {"kind": "failed-run", "code": answer["trials"][0]["reason"]}}
        print_json("trial", answer | reason)
    else:
        _print(data, answer, track.places)
    return 0 if first else EXIT_FAILED


def pair(prompt: str | None, target: str | None) -> list[str] | None:
    """Both named columns, or neither; Problem columns-one."""
    if (prompt is None) != (target is None):
        raise Problem("columns-one")
    return [prompt, target] if prompt is not None and target is not None else None


def _answer(places: Sequence[Place], rows: Rows) -> dict[str, Any]:
    """What the contract names: `data`, `prediction` and `samples` are the winner's."""
    measured = [place for place in places if place.standing.evidence]
    best: Mapping[str, Any] = measured[0].standing.evidence.values if measured else {}  # type: ignore[union-attr]
    return {
        "data": best.get("data"),
        "trials": [_row(place.standing, rows) for place in places],
        "ranking": [
            {
                "model": place.standing.racer.name,
                "level": place.standing.racer.level,
                "examples": place.standing.examples,
                "bits_per_byte": place.standing.bits_per_byte,
                "tied": place.tied,
            }
            for place in measured
        ],
        "prediction": best.get("prediction"),
        "samples": best.get("samples", []),
    }


def _row(standing: Standing, rows: Rows) -> dict[str, Any]:
    """One racer's line, as far as it came; one that failed keeps what its last run told."""
    racer = standing.racer
    about = {"model": racer.name, "level": racer.level, "rung_examples": standing.examples}
    if standing.evidence is not None:
        values = standing.evidence.values
        kept = {name: value for name, value in values.items() if name not in _LEFT_OUT}
        return kept | about | {"data": _of_this_model(values["data"]), "evidence": standing.evidence.id}
    blank: dict[str, Any] = {
        "points": [],
        "tokens_per_second": None,
        "peak_memory_bytes": None,
        "adapter": None,
    }
    status = "cancelled" if standing.reason == "cancelled" else "failed"
    return blank | rows.get(racer, {}) | about | {"status": status, "reason": standing.reason}


def _of_this_model(facts: Mapping[str, Any]) -> dict[str, Any]:
    return {name: facts.get(name) for name in ("layout", "too_long", "longest_tokens")}


def _print(data: Path, answer: Mapping[str, Any], places: Sequence[Place]) -> None:
    facts = answer["data"]
    if facts:
        print_data(data, facts)
    columns = ("model", "level", "before", "after", "examples", "tokens-per-s", "peak", "status")
    lines = zip(answer["trials"], places, strict=True)
    race = len(places) > 1
    print_table(
        [words(f"cli.column.{column}") for column in columns],
        [_cells(row, _status(row, place, place is places[0], race, places)) for row, place in lines],
        left=2,
    )
    for row in answer["trials"]:
        if row.get("reason") and f"{row['reason']}" != "cancelled" and row["points"]:
            print_line(f"{row['model']} {row['level']}: " + words(f"trial.failed.{row['reason']}"))
    tied = [f"{place.standing.racer.name} {place.standing.racer.level}" for place in places if place.tied]
    if tied:
        print_line(words("cli.tie", names=", ".join(tied)))
    last = max((place.standing.examples for place in places), default=0)
    for row, place in zip(answer["trials"], places, strict=True):
        if place.standing.evidence and place.standing.examples == last:
            print_details(row, f"{row['model']} {row['level']}" if race else str(row["model"]))
    for sample in answer["samples"]:
        print_sample(sample)
    if answer["ranking"] and answer["trials"][0]["method"] in ("lora", "qlora"):  # the rest no tool takes
        print_line(words("cli.next-export", model=answer["ranking"][0]["model"]))


def _status(row: Mapping[str, Any], place: Place, first: bool, race: bool, places: Sequence[Place]) -> str:
    if row["status"] != "done" or not race:
        return words(f"cli.status.{row['status']}")
    if first:
        return words("cli.status.won")
    if place.tied:
        return words("cli.status.tied")
    left = place.standing.examples < places[0].standing.examples
    return words("cli.status.left" if left else "cli.status.done")


def _cells(row: Mapping[str, Any], status: str) -> tuple[str, ...]:
    first, last = (row["points"][0], row["points"][-1]) if row["points"] else ({}, {})
    peak = row["peak_memory_bytes"]
    return (
        str(row["model"]),
        str(row["level"]),
        plus_minus(first.get("bits_per_byte"), first.get("se"), 3),
        plus_minus(last.get("bits_per_byte"), last.get("se"), 3),
        f"{last['examples']:,}" if last else "-",
        number(row["tokens_per_second"], 0),
        size_words(peak) if peak else "-",
        status,
    )


def print_data(data: Path, facts: Mapping[str, Any]) -> None:
    """What the data was read as, what of it was not used, and what so much is good for."""
    print_line(words("cli.data", path=data, **{k: facts[k] for k in ("format", "examples", "holdout")}))
    skipped = facts["skipped"]
    if skipped["count"]:
        first = ", ".join(words("data.row", **row) for row in skipped["first"])
        print_line(words("data.skipped", count=skipped["count"], first=first))
    for name, key in (("leaked", "cli.leaked"), ("too_long", "cli.too-long")):
        if facts.get(name):
            print_line(words(key, count=facts[name]))
    print_line(words(f"data.advice.{facts['summary']['advice']}"))


def print_details(row: Mapping[str, Any], name: str) -> None:
    """The metric, the forecast and the adapter of one model's trial."""
    if row.get("metric"):
        before, after = row["metric"]["before"], row["metric"]["after"]
        shown = {
            name: f"{score['mean']:.2f} ({score['low']:.2f}-{score['high']:.2f})"
            for name, score in (("before", before), ("after", after))
        }
        print_line(
            words("cli.metric", model=name, metric=row["metric_name"], count=after["count"], **shown)
        )
    forecast = row.get("prediction")
    if forecast:
        bits = {name: number(forecast[name], 3) for name in ("at_most", "optimistic")}
        print_line(words("cli.forecast", model=name, examples=forecast["examples"], **bits))
        tokens = f"{forecast['tokens_per_epoch']:,}"
        time = time_words(forecast["hours"] * 3600)
        print_line(words("cli.full-run", model=name, time=time, tokens=tokens))
        if "repeats-data" in forecast["caveats"]:
            print_line(words("cli.repeats-data"))
    if row.get("adapter"):
        print_line(words("cli.adapter", model=name, path=row["adapter"]))


def print_sample(sample: Mapping[str, Any]) -> None:
    """One question, its answer, and what the model said before and after."""
    print_line()
    for part in ("prompt", "target", "before", "after"):
        if sample.get(part) is not None:
            print_line(words(f"cli.sample-{part}", text=clipped(str(sample[part]))))


def clipped(text: str) -> str:
    """On one line, and no longer than two lines of a terminal: an untuned model may never stop."""
    line = " ".join(text.split())
    return line if len(line) <= SAMPLE_CHARS else line[:SAMPLE_CHARS] + " [...]"
