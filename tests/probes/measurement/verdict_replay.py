"""The bundled family measured once and for all, so that a plan of measurement can be replayed in no time.

`tests/bench/verdict_record.py` wrote the recordings: every result, and what each job cost.
"""

import json
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

from catalog.evidence.records import Evidence
from catalog.evidence.store import Store
from catalog.hardware.gpu import Budget
from catalog.memory.estimate import footprint
from catalog.quantization.levels import find_level
from catalog.verdict.option import serves
from catalog.verdict.recommend import recommend
from catalog.verdict.request import Candidate, Request
from probes.checkpoint.target import DEMO, DEMO_FAMILY, resolve
from probes.jobs.events import Finished, Metric, encode
from probes.jobs.runner import Exit, Job, Runner
from probes.measurement.plan import measure_within
from probes.measurement.question import Inputs
from tests.places import FIXTURES

FOLDER = FIXTURES / "verdict"
LEVELS = ("bf16", "int8", "nf4", "nf4-dq", "fp4")
USES = ("infer", "qlora", "lora", "both")
CONTEXTS = (64, 128, 256, 512)
WINDOWS = 32


@dataclass(frozen=True)
class Recording:
    """One model's results and costs in processor seconds."""

    candidate: Candidate
    costs: dict[str, float]
    evidence: tuple[Evidence, ...]

    def seconds(self, job: Job) -> float:
        """What a job costs: the reference alone, more for the first level beside it, and for each."""
        if job.probe != "perplexity":
            return self.costs[job.probe]
        return self.probe_seconds(job.arguments["levels"])

    def probe_seconds(self, levels: list[str]) -> float:
        """A pass for these levels; the reference is always in it."""
        beside = len([level for level in levels if level != "bf16"])
        each = (self.costs["all"] - self.costs["nf4"]) / (len(LEVELS) - 2)
        first = self.costs["nf4"] - self.costs["bf16"] - each
        return self.costs["bf16"] + (first + each * beside if beside else 0.0)


@cache
def recordings() -> dict[str, Recording]:
    """The whole family by name."""
    found = {}
    for name in DEMO_FAMILY:
        table = json.loads((FOLDER / f"{name}.json").read_text("utf-8"))
        evidence = tuple(Evidence(**row) for row in table["evidence"])
        target = resolve(name)
        candidate = Candidate(name, target.spec, evidence[0].revision, str(target.directory))
        found[name] = Recording(candidate, table["costs"], evidence)
    return found


def random_request(rng: Random) -> Request:
    """A card of random size between the smallest and the largest footprint, and a random question."""
    table = json.loads((FOLDER / f"{DEMO_FAMILY[0]}.json").read_text("utf-8"))
    use, context = rng.choice(USES), rng.choice(CONTEXTS)
    candidates = tuple(one.candidate for one in recordings().values())
    sizes = [
        max(
            footprint(one.spec, find_level(level), use=part, context=context, device="simulated").high
            for part in (("infer", "qlora") if use == "both" else (use,))
        )
        for one in candidates
        for level in LEVELS
        if serves(find_level(level), use)
    ]
    return Request(
        Budget("simulated card", rng.randint(min(sizes), max(sizes)), simulated=True),
        candidates,
        LEVELS,
        use=use,
        context=context,
        device="simulated",
        text=table["text"],
        data=table["data"] if rng.random() < 0.5 else "",
        data_rows=408,
    )


@dataclass
class Replay:
    """An executor that answers from the recordings; `spent` seconds is also its clock."""

    spent: float = 0.0
    jobs: list[Job] = field(default_factory=list)

    def clock(self) -> float:
        return self.spent

    async def lines(self, job: Job) -> AsyncGenerator[str | Exit, None]:
        """The metrics of a job as they were, and its end."""
        self.jobs.append(job)
        for metric in self._metrics(job):
            yield encode(metric)
        yield encode(Finished({}))
        yield Exit(0, "")

    def _metrics(self, job: Job) -> list[Metric]:
        if job.probe == "tokenizers":
            asked = [recordings()[target["name"]] for target in job.arguments["targets"]]
            self.spent += sum(one.costs["tokenizers"] for one in asked)
            return [_metric(e) for one in asked for e in one.evidence if e.kind == "tokenizer"]
        one = recordings()[job.subject]
        self.spent += one.seconds(job)
        levels = job.arguments.get("levels", [])
        return [
            _metric(e)
            for e in one.evidence
            if e.kind == job.probe and (e.kind == "trial" or e.level in levels)
        ]


@dataclass(frozen=True)
class Outcome:
    """What a plan chose and spent, beside what measuring everything would choose and spend."""

    request: Request
    chosen: tuple[str, str] | None
    right: tuple[str, str] | None
    spent: float
    exhaustive: float


async def replay(request: Request, store: Store) -> Outcome:
    """Follow the plan to its end on an empty store."""
    executor = Replay()
    inputs = Inputs(
        text=DEMO / "held-out.txt",
        data=DEMO / "instructions.jsonl" if request.data else None,
        windows=WINDOWS,
    )
    runner = Runner(store, None, executor)
    async for _ in measure_within(request, inputs, runner, Path("adapters"), clock=executor.clock):
        pass
    everything = [e for one in recordings().values() for e in one.evidence]
    return Outcome(
        request,
        _winner(request, store.find()),
        _winner(request, everything),
        executor.spent,
        exhaustive_seconds(request),
    )


def exhaustive_seconds(request: Request) -> float:
    """Every model: all levels that serve the use in one pass, its trial, its tokenizer."""
    levels = [level for level in LEVELS if serves(find_level(level), request.use)]
    total = 0.0
    for one in recordings().values():
        total += one.costs["tokenizers"] + one.probe_seconds(levels)
        total += one.costs["trial"] if request.data else 0.0
    return total


def _winner(request: Request, evidence: list[Evidence]) -> tuple[str, str] | None:
    winner = recommend(request, evidence).winner
    return (winner.model, winner.level) if winner else None


def _metric(evidence: Evidence) -> Metric:
    fields: dict[str, Any] = {
        name: getattr(evidence, name) for name in ("kind", "model", "revision", "level", "key", "values")
    }
    return Metric(**fields)
