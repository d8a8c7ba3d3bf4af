"""The forecast's band: calibrated on the recorded curves, judged on tasks that were left out.

    python -m tests.bench.trial_forecast

Prints the line for probes.trial.pace.CALIBRATED and, for each task, how often its curves came out within
the band that the other tasks give. No training: reads catalog/demo/trials/TASK.json, which
tests.bench.trial_full writes.
"""

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import accumulate
from statistics import median

from catalog.evidence.statistics import t_quantile
from probes.trial.pace import CALIBRATED, RECORDED, Calibration, Pace
from tests.places import DEMO

TRIALS = DEMO / "trials"
ENOUGH_TASKS = 4
Curve = Sequence[tuple[int, float]]


@dataclass(frozen=True)
class Case:
    """A curve up to some size, and what the same run had reached, at best, at a longer one."""

    pace: Pace
    examples: int
    reached: float

    @property
    def times(self) -> float:
        """How many times as long the longer one is."""
        return self.examples / self.pace.seen


@cache
def curves() -> Mapping[str, tuple[Curve, ...]]:
    """The recorded full runs of each task, as (examples, bits per byte) from the first size on."""
    found = {}
    for path in sorted(TRIALS.glob("*.json")):
        told = json.loads(path.read_text("utf-8"))
        if "full_examples" in told:
            runs = [[(p["examples"], p["bits_per_byte"]) for p in run["points"]] for run in told["runs"]]
            found[told["task"]] = tuple(tuple(point for point in run if point[0]) for run in runs)
    return found


def cases(curve: Curve) -> Iterator[Case]:
    """From every size with two before it, to every later one up to RECORDED times."""
    best = list(accumulate((value for _, value in curve), min))
    for now in range(2, len(curve)):
        pace = Pace.of(curve[: now + 1])
        for later in range(now + 1, len(curve)):
            if curve[later][0] <= RECORDED * curve[now][0]:
                yield Case(pace, curve[later][0], best[later])


def calibrate(tasks: Mapping[str, Sequence[Curve]]) -> Calibration:
    """The quantiles of all misses, each task of the same weight, widened while there are few tasks."""
    misses = []
    for found in tasks.values():
        task = [case.pace.miss(case.examples, case.reached) for curve in found for case in cases(curve)]
        misses += [(miss, 1 / len(task)) for miss in task]
    misses.sort()
    low, middle, high = (_quantile(misses, share) for share in (0.05, 0.5, 0.95))
    wider = widening(len(tasks))
    ends = middle - wider * (middle - low), middle + wider * (high - middle)
    count = sum(len(found) for found in tasks.values())
    return Calibration(round(ends[0], 3), round(middle, 3), round(ends[1], 3), len(tasks), count)


def widening(tasks: int) -> float:
    """How much wider than its quantiles a band is that so few tasks stand behind; 1 from ENOUGH_TASKS on.

    A new task's place among a few is Student's t times sqrt(1 + 1 / tasks), over the normal's 1.645.
    """
    if tasks >= ENOUGH_TASKS:
        return 1.0
    return t_quantile(0.95, max(1, tasks - 1)) * math.sqrt(1 + 1 / tasks) / 1.645


def _quantile(weighted: Sequence[tuple[float, float]], share: float) -> float:
    total = sum(weight for _, weight in weighted)
    reached = accumulate(weight for _, weight in weighted)
    return next(
        value
        for (value, _), sum_so_far in zip(weighted, reached, strict=True)
        if sum_so_far >= share * total - 1e-9
    )


@cache
def without(task: str) -> Calibration:
    """By all recorded tasks but this one."""
    return calibrate({name: found for name, found in curves().items() if name != task})


@dataclass(frozen=True)
class Kept:
    """Shares of cases at or under the band's high end, at or over its low end, and within both.

    `over` is the median of the high end over what was reached, less one; `off` that of the middle's error.
    """

    count: int
    under: float
    above: float
    inside: float
    over: float
    off: float


def kept_by(found: Sequence[Case], band: Calibration) -> Kept:
    """How a band did on these cases."""
    ends = [
        [case.pace.after(case.examples, q) for q in (band.low, band.middle, band.high)] for case in found
    ]
    pairs = [(end, case.reached) for end, case in zip(ends, found, strict=True)]
    under = [reached <= high * (1 + 1e-9) for (_, _, high), reached in pairs]
    above = [reached >= low * (1 - 1e-9) for (low, _, _), reached in pairs]
    return Kept(
        len(found),
        sum(under) / len(found),
        sum(above) / len(found),
        sum(a and b for a, b in zip(under, above, strict=True)) / len(found),
        median(high / reached - 1 for (_, _, high), reached in pairs),
        median(abs(middle / reached - 1) for (_, middle, _), reached in pairs),
    )


def left_out() -> dict[str, Kept]:
    """Each task by the band of the others."""
    return {
        task: kept_by([case for curve in found for case in cases(curve)], without(task))
        for task, found in curves().items()
    }


def figures(name: str, found: Kept) -> str:
    """The figures of one group of cases."""
    return (
        f"{name:14} {found.count:4} cases: under the high end {found.under:6.1%}, over the low end"
        f" {found.above:6.1%}, within {found.inside:6.1%}; high end over what was reached"
        f" {found.over:+6.1%}, middle off by {found.off:5.1%}"
    )


def main() -> None:
    found = calibrate(curves())
    print(
        f"CALIBRATED = {found}" + ("" if found == CALIBRATED else f"  (in probes.trial.pace: {CALIBRATED})")
    )
    for task, one in left_out().items():
        print(figures(task, one))
    for times in (2, 4, 8):
        group = {
            task: [case for curve in found for case in cases(curve) if abs(case.times / times - 1) < 0.1]
            for task, found in curves().items()
        }
        for task, some in group.items():
            if some:
                print(figures(f"{task} {times}x", kept_by(some, without(task))))


if __name__ == "__main__":
    main()
