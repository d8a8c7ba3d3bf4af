"""What a trial answers, for people: the data, the racers, forecasts and samples."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from catalog.evidence.kinds import Sample, Skipped, TrialData, TrialRow, read
from probes.jobs.events import FailureKind
from probes.jobs.queue import JobState
from probes.race.halving import Place
from tui.cli.output import print_line, print_table, words
from tui.wording import number, plus_minus, size_words, skip_words, time_words

SAMPLE_CHARS = 140


def print_trials(data: Path, answer: Mapping[str, Any], places: Sequence[Place]) -> None:
    """The answer for people: the data, a line for each racer, details and samples of the last rung."""
    rows = [read(TrialRow, row) for row in answer["trials"]]
    if answer["data"]:
        print_data(data, read(TrialData, answer["data"]))
    columns = ("model", "level", "before", "after", "examples", "tokens-per-s", "peak", "status")
    lines = zip(rows, places, strict=True)
    race = len(places) > 1
    print_table(
        [words(f"cli.column.{column}") for column in columns],
        [_cells(row, _status(row, place, place is places[0], race, places)) for row, place in lines],
        left=2,
    )
    for row in rows:
        if row.reason and row.reason != FailureKind.CANCELLED and row.points:
            print_line(f"{row.model} {row.level}: " + words(f"trial.failed.{row.reason}"))
    tied = [f"{place.standing.racer.name} {place.standing.racer.level}" for place in places if place.tied]
    if tied:
        print_line(words("cli.tie", names=", ".join(tied)))
    last = max((place.standing.examples for place in places), default=0)
    for row, place in zip(rows, places, strict=True):
        if place.standing.evidence and place.standing.examples == last:
            print_details(row, f"{row.model} {row.level}" if race else row.model)
    for sample in answer["samples"]:
        print_sample(read(Sample, sample))
    if answer["ranking"] and rows[0].method in ("lora", "qlora"):  # the rest no tool takes
        print_line(words("cli.next-export", model=answer["ranking"][0]["model"]))


def _status(row: TrialRow, place: Place, first: bool, race: bool, places: Sequence[Place]) -> str:
    if row.status != JobState.DONE or not race:
        return words(f"cli.status.{row.status}")
    if first:
        return words("cli.status.won")
    if place.tied:
        return words("cli.status.tied")
    left = place.standing.examples < places[0].standing.examples
    return words("cli.status.left" if left else "cli.status.done")


def _cells(row: TrialRow, status: str) -> tuple[str, ...]:
    first, last = (row.points[0], row.points[-1]) if row.points else (None, None)
    return (
        row.model,
        row.level,
        plus_minus(first.bits_per_byte, first.margin, 3) if first else "-",
        plus_minus(last.bits_per_byte, last.margin, 3) if last else "-",
        f"{last.examples:,}" if last else "-",
        number(row.tokens_per_second, 0),
        size_words(row.peak_memory_bytes) if row.peak_memory_bytes else "-",
        status,
    )


def print_data(data: Path, facts: TrialData) -> None:
    """What the data was read as, what of it was not used, and what so much is good for."""
    about = {"format": facts.format, "examples": facts.examples, "holdout": facts.holdout}
    print_line(words("cli.data", path=data, **about))
    if facts.skipped.count:
        print_line(words("data.skipped", count=facts.skipped.count, first=_first(facts.skipped)))
    if facts.unused:
        print_line(words("data.unused", columns=", ".join(facts.unused)))
    if facts.rejected:
        print_line(words("data.rejected", count=facts.rejected))
    if facts.groups:
        print_line(
            words(
                "data.groups",
                groups=facts.groups,
                duplicates=facts.duplicates,
                near=facts.summary.near_repeats or 0,
                near_held=facts.near_held or 0,
            )
        )
    if facts.cut:
        print_line(words("data.cut", **vars(facts.cut)))
    if facts.refused:
        print_line(words("cli.refused", count=facts.refused.count, first=_first(facts.refused)))
    for count, key in (
        (facts.leaked, "cli.leaked"),
        (facts.too_long, "cli.too-long"),
        (facts.unthought, "cli.unthought"),
        (facts.unscored, "data.unscored"),
    ):
        if count:
            print_line(words(key, count=count))
    print_line(words(f"data.advice.{facts.summary.advice}"))


def _first(rows: Skipped) -> str:
    named = (words("data.row", row=row["row"], reason=skip_words(row["reason"])) for row in rows.first)
    return ", ".join(named)


def print_details(row: TrialRow, name: str) -> None:
    """The metric, the forecast and the adapter of one model's trial."""
    if row.metric:
        shown = {
            name: f"{score.mean:.2f} ({score.low:.2f}-{score.high:.2f})"
            for name, score in (("before", row.metric.before), ("after", row.metric.after))
        }
        count = row.metric.after.count
        print_line(words("cli.metric", model=name, metric=row.metric_name, count=count, **shown))
    forecast = row.prediction
    if forecast:
        band = {part: number(getattr(forecast, part), 3) for part in ("middle", "low", "high")}
        if forecast.middle is not None:
            print_line(words("cli.forecast", model=name, examples=forecast.examples, **band))
        bound = {part: number(getattr(forecast, part), 3) for part in ("at_most", "optimistic")}
        print_line(words("cli.forecast-bound", model=name, **bound))
        if forecast.hours is not None and forecast.tokens_per_epoch is not None:
            tokens, time = f"{forecast.tokens_per_epoch:,}", time_words(forecast.hours * 3600)
            print_line(words("cli.full-run", model=name, time=time, tokens=tokens))
        if "repeats-data" in forecast.caveats:
            print_line(words("cli.repeats-data"))
        for code in ("beyond-recorded", "far"):
            if code in forecast.caveats:
                print_line(words(f"app.trial.caveat-{code}"))
    if row.adapter:
        print_line(words("cli.adapter", model=name, path=row.adapter))


def print_sample(sample: Sample) -> None:
    """One question, its answer, and what the model said before and after."""
    print_line()
    for part, text in vars(sample).items():
        print_line(words(f"cli.sample-{part}", text=clipped(text)))


def clipped(text: str) -> str:
    """On one line, and no longer than two lines of a terminal: an untuned model may never stop."""
    line = " ".join(text.split())
    return line if len(line) <= SAMPLE_CHARS else line[:SAMPLE_CHARS] + " [...]"
