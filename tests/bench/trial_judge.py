"""Recorded races and forecasts against recorded full runs. No torch: tests read the same files.

Formats: tests.bench.trial_full and tests.bench.trial_race.
"""

import math
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from catalog.evidence.paired import paired_difference
from catalog.evidence.records import Evidence
from probes.checkpoint.target import resolve
from probes.race.entrants import racers_of
from probes.race.halving import Racer, Standing, kept_after, ranking, rungs, survivors
from probes.trial.extrapolate import power_fit, predict
from probes.trial.pace import Pace
from tests.bench.trial_forecast import Case, figures, kept_by, without

Run = Mapping[str, Any]


@dataclass(frozen=True)
class Forecast:
    """One racer's for a run of `examples`, from its race up to `seen` of them; all in bits per byte.

    `reached` is what its full run measured there on the race's own holdout, `reached_whole` on all of it.
    `case` is the same for the band, which the task itself had no part in calibrating.
    """

    seed: int
    model: str
    level: str
    seen: int
    examples: int
    at_most: float
    optimistic: float
    line: float
    reached: float
    reached_whole: float
    case: Case


@dataclass(frozen=True)
class Verdict:
    """`picked[i]` is race i's winner, `right[i]` whether the full runs call it the best or a tie of it.

    `shares[i]` is the race's cost over that of all its racers' full runs, evaluations included in both.
    """

    best: tuple[str, str]
    picked: tuple[tuple[str, str], ...]
    right: tuple[bool, ...]
    behind: tuple[float, ...]
    shares: tuple[float, ...]
    forecasts: tuple[Forecast, ...]

    def finalists(self, examples: int) -> list[Forecast]:
        """Forecasts for `examples` of the racers that came to the last rung."""
        last = max(forecast.seen for forecast in self.forecasts)
        return [f for f in self.forecasts if f.seen == last and f.examples == examples]


def judge(full: Run, races: Sequence[Run]) -> Verdict:
    """All races against the full runs of the same task."""
    runs = {(run["model"], run["level"]): run for run in full["runs"]}
    sizes = full["holdout_bytes"]
    entered = {(line["model"], line["level"]) for race in races for line in race["order"]}
    best = min(entered, key=lambda name: runs[name]["points"][-1]["bits_per_byte"])
    picked, right, behind, shares, forecasts = [], [], [], [], []
    for race in races:
        winner = (race["order"][0]["model"], race["order"][0]["level"])
        gap = paired_difference(_final(runs[winner]), _final(runs[best]), sizes)
        picked.append(winner)
        right.append(winner == best or not gap.significant)
        behind.append(gap.value)
        cost = sum(runs[line["model"], line["level"]]["seconds"] for line in race["order"])
        shares.append(race["seconds"] / cost)
        for line in race["order"]:
            forecasts += _forecasts(race, line, runs[line["model"], line["level"]], full)
    return Verdict(best, tuple(picked), tuple(right), tuple(behind), tuple(shares), tuple(forecasts))


def _forecasts(race: Run, line: Run, run: Run, full: Run) -> list[Forecast]:
    """What a racer's curve promised for each size its full run was scored at, and what that reached."""
    points = [(count, value) for count, value in line["points"] if count]
    rows, sizes = race["held"], full["holdout_bytes"]
    size = sum(sizes[index] for index in rows) * math.log(2)
    forecasts = []
    for point in run["points"]:
        count = point["examples"]
        if not points or count <= points[-1][0]:
            continue
        unique = min(full["train"], count)
        found = predict(points, unique, count / unique)
        if found is not None:
            forecasts.append(
                Forecast(
                    race["seed"],
                    line["model"],
                    line["level"],
                    points[-1][0],
                    count,
                    found.at_most,
                    found.optimistic,
                    power_fit(points).at(count),
                    reached := sum(point["nats"][index] for index in rows) / size,
                    point["bits_per_byte"],
                    Case(Pace.of(points), count, reached),
                )
            )
    return forecasts


def replay(full: Run, seed: int, examples: int = 1600, holdout: int = 40) -> tuple[str, str]:
    """Whom a race would have picked that trained as the full runs did, on a holdout drawn by `seed`."""
    runs = {(run["model"], run["level"]): run for run in full["runs"]}
    held = sorted(random.Random(f"held:{seed}").sample(range(len(full["holdout_bytes"])), holdout))
    running = _racers(tuple(runs))
    for number, rung in enumerate(steps := rungs(examples)):
        standings = [_replayed(racer, rung, runs, held, full["holdout_bytes"]) for racer in running]
        if number < len(steps) - 1:
            running = [s.racer for s in survivors(standings, kept_after(number, len(running)))]
    first = ranking(standings)[0].standing.racer
    return first.name, first.level


@cache
def _racers(names: Sequence[tuple[str, str]]) -> Sequence[Racer]:
    return [racer for model, level in names for racer in racers_of([resolve(model)], [level])]


def _replayed(
    racer: Racer,
    rung: int,
    runs: Mapping[tuple[str, str], Run],
    held: Sequence[int],
    sizes: Sequence[int],
) -> Standing:
    point = next(p for p in runs[racer.name, racer.level]["points"] if p["examples"] >= rung)
    spans = [{"nats": point["nats"][index], "bytes": sizes[index]} for index in held]
    bits = sum(s["nats"] for s in spans) / sum(s["bytes"] for s in spans) / math.log(2)
    values = {"bits_per_byte": bits, "bits_per_byte_se": 0.0, "spans": spans}
    return Standing(racer, rung, Evidence("trial", racer.name, racer.revision, racer.level, {}, values))


def _final(run: Run) -> Sequence[float]:
    nats: Sequence[float] = run["points"][-1]["nats"]
    return nats


def told(verdict: Verdict, task: str) -> list[str]:
    """The figures in lines; the band is by all recorded tasks but this one."""
    count = len(verdict.right)
    names = [" ".join(name) for name in verdict.picked]
    lines = [
        f"best of the full runs: {' '.join(verdict.best)}",
        f"the race picks the best or a tie of it: {sum(verdict.right)} of {count}"
        f" ({', '.join(f'{name} {names.count(name)}' for name in sorted(set(names)))})",
        f"winner behind the best, bits per byte: mean {sum(verdict.behind) / count:.4f},"
        f" most {max(verdict.behind):.4f}",
        f"cost: {sum(verdict.shares) / count:.1%} of the full runs, at most {max(verdict.shares):.1%}",
    ]
    last = max(forecast.seen for forecast in verdict.forecasts)
    band = without(task)
    for examples in sorted({f.examples for f in verdict.forecasts if f.examples > last}):
        found = verdict.finalists(examples)
        lines += _foretold(f"finalists at {last}, for {examples}", found)
        lines.append(figures("  band", kept_by([forecast.case for forecast in found], band)))
    full = [f for f in verdict.forecasts if f.examples == examples]
    return lines + _foretold(f"all racers where they left, for {examples}", full)


def _foretold(name: str, group: Sequence[Forecast]) -> list[str]:
    count = len(group)

    def median(values: Sequence[float]) -> float:
        return sorted(values)[len(values) // 2]

    def over(promised: str) -> float:
        """The median of what was promised over what was reached, less one."""
        return median([getattr(f, promised) / f.reached - 1 for f in group])

    held = sum(f.reached <= f.at_most for f in group) / count
    whole = sum(f.reached_whole <= f.at_most for f in group) / count
    inside = sum(f.optimistic <= f.reached <= f.at_most for f in group) / count
    off = median([abs(f.line / f.reached - 1) for f in group])
    return [
        f"forecasts of {name} examples: {count}",
        f"  'at most' holds on the race's holdout: {held:.1%}, on the whole holdout: {whole:.1%}",
        f"  reached between 'optimistic' and 'at most': {inside:.1%}",
        f"  error of the line alone: median {off:.1%}, signed {over('line'):+.1%}",
        f"  over what was reached: 'at most' {over('at_most'):+.1%}, optimistic {over('optimistic'):+.1%}",
    ]
