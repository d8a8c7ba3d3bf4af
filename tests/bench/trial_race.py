"""The race itself, seed after seed, on `viggo`: whom it picks, what it forecasts, what it costs.

    python -m tests.bench.trial_race [--first 1] [--seeds 20] [--examples 1600] [--holdout 40] [--out FILE]

`race.halving.race` with an executor that runs each rung in this process, on one core. A seed draws the
order of the training rows, the rows held out of valid, and the adapters. Writes
catalog/demo/trials/viggo-races.json after each race, goes on from what is there, and prints the figures.
About four minutes a race of eight. Needs the shared data (`../shared/data`).
"""

import argparse
import asyncio
import io
import json
import random
import tempfile
import time
from collections.abc import AsyncGenerator, Sequence
from pathlib import Path
from typing import Any

from catalog.evidence.kinds import write as stored
from probes.checkpoint.target import resolve
from probes.jobs.events import Emit, Finished, Metric, encode
from probes.jobs.runner import Exit, Job, Runner
from probes.race.entrants import racers_of
from probes.race.halving import Course, Racer, RungDone, Standing, race
from probes.training.adapter import detach
from probes.training.attempt import train_with_retry
from probes.training.state import state_path
from tests.bench.trial_forecast import TRIALS
from tests.bench.trial_judge import judge, told
from tests.bench.trial_runs import MODELS, Stable, write
from tests.bench.trial_tasks import task

TASK = "viggo"
LEVELS = ("bf16", "nf4")


class InProcess:
    """Runs a rung here and tells of it as the trial's own process would."""

    def __init__(self, stable: Stable, held: Sequence[int]) -> None:
        self.stable, self.held = stable, held
        self.seconds: dict[tuple[str, str], float] = {}
        self.scored: dict[tuple[str, str], dict[int, list[float]]] = {}

    async def lines(self, job: Job) -> AsyncGenerator[str | Exit, None]:
        """See probes.jobs.runner.Executor."""
        asked = job.arguments
        model, level, seed = str(asked["name"]), str(asked["level"]), int(asked["seed"])
        whole = task(TASK)
        held = [whole.held[index] for index in self.held]
        reading = self.stable.reading(model, level, TASK, whole.ordered(seed), held)
        loaded = self.stable.loaded(model, level)
        settings = self.stable.settings(model, level, int(asked["examples"]), seed)
        began = time.process_time()
        keep = ({"seed": seed}, state_path(Path(str(asked["out"]))))
        attempt = train_with_retry(loaded, settings, reading, Emit(io.StringIO()), keep)
        trainer = attempt.trainer
        detach(trainer.model, trainer.settings)
        spent = time.process_time() - began
        self.seconds[model, level] = self.seconds.get((model, level), 0.0) + spent
        if attempt.failure is None:
            last = trainer.points[-1].held
            scored = self.scored.setdefault((model, level), {})
            scored[int(asked["examples"])] = [round(nats, 2) for nats in last.nats]
            values = {
                "bits_per_byte": last.bits_per_byte,
                "bits_per_byte_se": last.se,
                "spans": [stored(span) for span in last.spans],
                "points": [stored(point.row()) for point in trainer.points],
            }
            yield encode(Metric("trial", model, str(asked["revision"]), level, {}, values))
        yield encode(Finished({"trials": [{"reason": attempt.failure}]}))
        yield Exit(0, "")


def one_race(stable: Stable, seed: int, examples: int, holdout: int) -> dict[str, Any]:
    """One race of all models at LEVELS: who was first, and each racer's curve as far as it came."""
    whole = task(TASK)
    held = sorted(random.Random(f"held:{seed}").sample(range(len(whole.held)), holdout))
    executor = InProcess(stable, held)
    racers = racers_of([resolve(model) for model in MODELS], LEVELS)
    with tempfile.TemporaryDirectory(prefix="basefit-race-") as folder:
        course = Course(Path(TASK), "", Path(folder), examples, settings={"seed": seed})
        done = asyncio.run(_run(racers, course, Runner(None, executor=executor)))
    return {
        "seed": seed,
        "examples": examples,
        "held": held,
        "rungs": [rung.examples for rung in done],
        "order": [_line(standing, executor) for standing in done[-1].order],
        "seconds": round(sum(executor.seconds.values()), 1),
    }


async def _run(racers: Sequence[Racer], course: Course, runner: Runner) -> list[RungDone]:
    return [step async for step in race(racers, course, runner) if isinstance(step, RungDone)]


def _line(standing: Standing, executor: InProcess) -> dict[str, Any]:
    racer, values = standing.racer, standing.evidence.values if standing.evidence else {}
    return {
        "model": racer.name,
        "level": racer.level,
        "examples": standing.examples,
        "reason": standing.reason,
        "points": [
            [point["examples"], round(point["bits_per_byte"], 5)] for point in values.get("points", [])
        ],
        "scored": executor.scored.get((racer.name, racer.level), {}),
        "seconds": round(executor.seconds[racer.name, racer.level], 1),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--first", type=int, default=1)
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--examples", type=int, default=1600)
    parser.add_argument("--holdout", type=int, default=40)
    parser.add_argument("--out", type=Path, default=TRIALS / f"{TASK}-races.json")
    arguments = parser.parse_args()
    found: dict[str, Any] = {"task": TASK, "runs": []}
    if arguments.out.is_file():
        found = json.loads(arguments.out.read_text("utf-8"))
    stable = Stable()
    for seed in range(arguments.first, arguments.first + arguments.seeds):
        if any(run["seed"] == seed for run in found["runs"]):
            continue
        began = time.monotonic()
        run = one_race(stable, seed, arguments.examples, arguments.holdout)
        found["runs"].append(run)
        write(arguments.out, found)
        first = run["order"][0]
        print(
            f"seed {seed}: {first['model']} {first['level']}, {run['seconds']:.0f} s of a core,"
            f" {time.monotonic() - began:.0f} s",
            flush=True,
        )
    full = json.loads((TRIALS / f"{TASK}.json").read_text("utf-8"))
    print("\n".join(told(judge(full, found["runs"]), TASK)))


if __name__ == "__main__":
    main()
