"""What a trial answers, for people: the data, the racers, forecasts and samples."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from probes.race.halving import Place
from tui.cli.output import print_line, print_table, words
from tui.wording import number, plus_minus, size_words, time_words

SAMPLE_CHARS = 140


def print_trials(data: Path, answer: Mapping[str, Any], places: Sequence[Place]) -> None:
    """The answer for people: the data, a line for each racer, details and samples of the last rung."""
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
