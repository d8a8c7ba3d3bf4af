"""A race whose trials answer at once and by a formula: the same curves on every machine."""

import asyncio
import json
import math
from collections.abc import AsyncGenerator, Iterator
from pathlib import Path
from typing import Any

from textual.pilot import Pilot

from probes.jobs.events import Event, Failed, FailureKind, Finished, Metric, Progress, Started, encode
from probes.jobs.runner import Exit, Job
from probes.trial.job import evidence_key, parse
from tests.tui.app import app_fakes as fakes
from tests.tui.app.driving import dialog, focused, until, words
from tui.screens.trial.vote import VoteDialog
from tui.widgets.table import Table

ROWS = 300
FLOOR = {("small-model", "nf4"): 1.42, ("small-model", "bf16"): 1.40}
FLOOR |= {("large-model", "nf4"): 1.05, ("large-model", "bf16"): 1.02}
SPANS = 24
BEGUN = {200: 50, 800: 200}
"""Examples of a rung -> where it goes on from."""
TRAIN = 260


def data(folder: Path) -> Path:
    """Rows of two languages, some of them twice, one without an answer."""
    path = folder / "rows.jsonl"
    rows = [row(number) for number in range(ROWS)]
    rows += [rows[0], rows[1], {"instruction": "Who?", "output": ""}]
    path.write_text("".join(json.dumps(found, ensure_ascii=False) + "\n" for found in rows), "utf-8")
    return path


def row(number: int) -> dict[str, str]:
    """One row; every third is Chinese."""
    if number % 3 == 0:
        return {"instruction": f"[第 {number} 题] 写出城市。", "output": f"城市 {number}：杭州。"}
    return {"instruction": f"Question [{number}]: name the city.", "output": f"City {number}: Lyon."}


def bits(name: str, level: str, examples: float) -> float:
    """Held-out bits per byte after so many examples."""
    return FLOOR[name, level] + 1.3 / math.sqrt(1 + examples / 12)


def sizes(examples: int) -> list[int]:
    """Where a run of so many examples is evaluated."""
    found = [0]
    step = 12
    while step < examples:
        found.append(step)
        step *= 2
    return [*found, examples]


class RaceExecutor:
    """Runs trials; `stuck` holds (name, level, examples) in the middle of training, `dead` fails a name."""

    def __init__(self, stuck: tuple[str, str, int] | None = None, dead: str = "") -> None:
        self.stuck, self.dead = stuck, dead
        self.ran: list[Job] = []

    async def lines(self, job: Job) -> AsyncGenerator[str | Exit, None]:
        self.ran.append(job)
        about = job.arguments
        if job.probe == "preview":
            pieces = [{"text": "<|user|>", "trained": False}, {"text": "[Lyon]<|end|>", "trained": True}]
            yield encode(Finished({"layout": "chat", "rows": [pieces] * 3}))
            yield Exit(0, "")
            return
        held = self.stuck == (about["name"], about["level"], about["examples"])
        yield encode(Started("trial", 1))
        for event in training(about, about["examples"] // 2 if held else about["examples"]):
            yield encode(event)
        if held:
            await asyncio.Event().wait()
        if self.dead == about["name"]:
            yield encode(Failed(FailureKind.OOM, "out-of-memory", {"detail": "[/x] no room"}))
            yield Exit(3, "")
            return
        for told in ending(about):
            yield encode(told)
        yield Exit(0, "")


def training(about: Any, until: int) -> Iterator[Event]:
    """The loss at every eighth of the run, evaluations in between: no progress supersedes another."""
    name, level, total = about["name"], about["level"], about["examples"]
    begun = BEGUN.get(total, 0)
    for seen in range(begun + 8, until + 1, max(8, (total - begun) // 8)):
        scored = max(size for size in sizes(total) if size <= seen)
        held = bits(name, level, scored)
        values = {
            "examples": seen,
            "loss": 0.9 * bits(name, level, seen) + 0.08 * math.sin(seen),
            "tokens_per_second": 410.0 if name == "large-model" else 980.0,
            "memory_bytes": (96 if name == "large-model" else 31) * 2**20,
            "held_out": held,
            "held_out_se": 0.02,
            "held_out_examples": scored,
        }
        yield Progress("train", seen, total, "examples", seen / 10, values=values)
        yield Progress("score", 1, 1, "examples", 0.1)
    if until < total:
        yield Progress("train", until, total, "examples", until / 10)


def ending(about: Any) -> list[Event]:
    """The metric with everything that the screen shows of it, and the answer."""
    name, level, total = about["name"], about["level"], about["examples"]
    job = parse(about)
    key = evidence_key(job, fakes.digest(about["data"]), "holdout", 1e-3, "alpaca")
    after = bits(name, level, total)
    spans = [
        {"nats": after * 50 * math.log(2) * (0.98 + 0.04 * (i % 2)), "bytes": 50} for i in range(SPANS)
    ]
    values = {
        "bits_per_byte": after,
        "bits_per_byte_se": 0.02,
        "before": bits(name, level, 0),
        "spans": spans,
        "points": [
            {"examples": size, "bits_per_byte": bits(name, level, size), "se": 0.02}
            for size in sizes(total)
        ],
        "tokens_per_second": 410.0 if name == "large-model" else 980.0,
        "peak_memory_bytes": (96 if name == "large-model" else 31) * 2**20,
        "prediction": {"tokens_per_epoch": 24 * TRAIN, "unique": TRAIN},
        "data": {"examples": TRAIN, "longest_tokens": 40},
        "samples": [sample(number) for number in range(about.get("samples") or 0)],
        "answers": {"samples": about.get("samples") or 0},
    }
    metric = Metric("trial", name, about["revision"], level, key, values)
    return [metric, Finished({"trials": [{"reason": None}]})]


def sample(number: int) -> dict[str, str]:
    """A held-out row with answers that tell their side apart."""
    found = row(number)
    before = f"The answer to [{number}] may be a city, a river, or a country. " * 3
    return {
        "prompt": found["instruction"],
        "target": found["output"],
        "before": before.strip(),
        "after": found["output"] if number % 4 else "City [b]: Paris.",
    }


async def to_row(pilot: Pilot[int], table: str, row: int) -> None:
    """The cursor of a table on one of its rows."""
    found = pilot.app.screen.query_one(f"#{table}", Table)
    await focused(pilot, table)
    await until(pilot, lambda: found.row_count > row)
    await pilot.press("home")
    await until(pilot, lambda: found.cursor_row == 0)
    await pilot.press(*["down"] * row)
    await until(pilot, lambda: found.cursor_row == row)


async def answers(pilot: Pilot[int]) -> None:
    """Of a race that is over: what the best says before and after."""
    await pilot.press("a")
    await focused(pilot, "answers")
    await until(pilot, lambda: "10" in words(pilot.app, "answers-title"))


async def vote(pilot: Pilot[int]) -> None:
    """Of a race that is over: the first question of the blind vote."""
    await answers(pilot)
    await pilot.press("v")
    await dialog(pilot, VoteDialog)
    await until(pilot, lambda: words(pilot.app, "vote-second"))


async def forecast(pilot: Pilot[int]) -> None:
    """Of a race that is over: the full run of the third racer."""
    await pilot.press("f")
    await to_row(pilot, "forecasts", 2)
    await until(pilot, lambda: "large-model nf4" in words(pilot.app, "forecast-words"))
