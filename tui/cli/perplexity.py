"""The command perplexity: every level of each model from one reading of its weights."""

import csv
from collections.abc import Mapping, Sequence
from dataclasses import replace
from io import StringIO
from typing import Annotated, Any

import typer

from catalog.evidence.kinds import Perplexity, read
from catalog.evidence.windows import dependence
from catalog.problem import Problem
from probes.checkpoint.stored import describe
from probes.checkpoint.target import spoken
from probes.jobs.record import job_of
from probes.machine.device import id_of
from probes.measurement.campaign import known_levels
from probes.perplexity.job import PerplexityJob, on_card, resumable
from probes.text import read_text
from tui.cli.fetching import fetch
from tui.cli.measuring import devices_here, identity, sample_text
from tui.cli.options import Device, Json, Targets, Yes, check_choice, from_hub, options_of
from tui.cli.output import print_json, print_table, tell, words
from tui.cli.session import Session
from tui.cli.terminal import put
from tui.wording import damage_word, plus_minus, size_words, stored_words

FRAMES = ("probe", "gptq", "llama.cpp")
SPENDS = ("all", "decide")
Row = dict[str, Any]


@from_hub
@options_of(PerplexityJob)
def perplexity(
    targets: Targets,
    device: Device = None,
    again: Annotated[bool, typer.Option(help="Measure again what is already known.")] = False,
    yes: Yes = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="The table as CSV.")] = False,
    as_json: Json = False,
    **given: Any,
) -> None:
    """Score every quantization level of a model from one reading of its weights."""
    texts = given.pop("text", None) or (str(sample_text(None)),)
    places = devices_here(device)
    asked = PerplexityJob("", "", texts, **given, device=id_of(places))
    check_choice("frame-unknown", asked.frame, FRAMES)
    check_choice("spend-unknown", asked.spend, SPENDS)
    asked = on_card(asked, places[0].capability)
    wanted = list(asked.levels)
    if not wanted:
        raise Problem("levels-none")
    digests = [read_text(path).sha256 for path in asked.text]
    if asked.calibration:
        read_text(asked.calibration)
    request = {"targets": targets, "levels": wanted, "texts": list(asked.text), "frame": asked.frame}
    with Session(request) as session:
        found = [fetch(session, target, yes) for target in targets]
        jobs, rows = [], []
        for target in found:
            name, path, content = identity(target)
            stored = [] if again else session.store.find("perplexity", revision=content)
            job = replace(asked, target=path, name=name, revision=content, levels=tuple(wanted))
            known = [known_levels(job, digest, stored) for digest in digests]
            missing = [level for level in wanted if not all(level in of_text for of_text in known)]
            reused = [e for of_text in known for e in of_text.values() if e.level not in missing]
            session.reuse(e for e in reused if e.level in wanted)
            rows += [dict(e.values) for e in reused]
            if missing:
                jobs.append(job_of(resumable(replace(job, levels=tuple(missing))), spoken(name, path)))
        results = session.results(jobs) if jobs else []
        session.done({})
    rows = [row for row in rows if row["level"] in wanted]
    rows += [row for result in results for row in result["levels"]]
    order = [target.name for target in found]
    rows.sort(key=lambda row: (order.index(row["model"]), row["text"], wanted.index(row["level"])))
    files = {target.name: describe(target.directory) for target in found if target.directory}
    if as_json:
        frame = {"name": asked.frame, "windows": asked.windows}
        kinds = {name: one.word for name, one in files.items()}
        print_json("perplexity", summary(results, rows, frame) | {"stored": kinds})
        return
    print_csv(rows) if as_csv else print_levels(rows)
    for name, one in files.items():
        if one.quantized:
            tell(stored_words(name, one))
    for note in dict.fromkeys(notes(results, rows)):
        tell(words(f"note.{note}"))


def notes(results: Sequence[Mapping[str, Any]], rows: Sequence[Row]) -> list[str]:
    """What is to be known of the numbers, in codes: the probe's own, and what the rows tell."""
    found = [note for result in results for note in result["notes"]]
    scores = [read(Perplexity, row) for row in rows]
    if any(score.beyond_context for score in scores):
        found.append("beyond-context")
    if any(dependence(score.windows) for score in scores):
        found.append("of-this-text")
    return found


def summary(results: Sequence[Mapping[str, Any]], rows: Sequence[Row], frame: Row) -> Row:
    """Several models' results as the one object of the contract; rows from the store count as known."""
    return {
        "frame": dict(results[0]["frame"]) if results else frame,
        "levels": [plain(row) for row in rows],
        "notes": notes(results, rows),
        "peak_memory_bytes": max((r["peak_memory_bytes"] for r in results), default=None),
        "bytes_read": sum(r["bytes_read"] for r in results),
        "seconds": sum(r["seconds"] for r in results),
    }


def plain(row: Row) -> Row:
    """A row without its windows, which only the pairing needs."""
    return {name: value for name, value in row.items() if name != "windows"}


def print_csv(rows: Sequence[Row]) -> None:
    """The rows as CSV with a header."""
    flat = [{k: v for k, v in plain(row).items() if not isinstance(v, dict | list)} for row in rows]
    table = StringIO()
    writer = csv.DictWriter(
        table, list(dict.fromkeys(name for row in flat for name in row)), lineterminator="\n"
    )
    writer.writeheader()
    writer.writerows(flat)
    put(table.getvalue())


def print_levels(stored: Sequence[Row]) -> None:
    """The table of levels: what each costs in memory and in quality."""
    rows = [read(Perplexity, row) for row in stored]
    several = len({row.text for row in rows}) > 1
    routed = any(row.same_experts is not None for row in rows)
    columns = ["model", "level", *(["text"] if several else []), "weights", "ppl", "bits-per-byte", "kl"]
    columns += ["same-top", *(["same-experts"] if routed else []), "word"]
    print_table(
        [words(f"cli.column.{name}") for name in columns],
        [
            (
                row.model,
                row.level,
                *([row.text] if several else []),
                size_words(row.weight_bytes or 0),
                plus_minus(row.ppl, row.ppl_margin, 2),
                plus_minus(row.bits_per_byte, row.margin, 3) + (" !" if row.beyond_context else ""),
                plus_minus(row.kl_nats, row.kl_margin, 4),
                f"{row.same_top:.1%}" if row.same_top is not None else "-",
                *([f"{row.same_experts:.1%}" if row.same_experts is not None else "-"] if routed else []),
                damage_word("reference" if row.kl_nats == 0 else row.verdict),
            )
            for row in rows
        ],
        left=3 if several else 2,
    )
