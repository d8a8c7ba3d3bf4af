"""Fit the speed of decoding to published rows and write what the catalog reads:

    python -m tests.bench.speed_fit            # fits, checks, prints the figures, writes runners.toml
    python -m tests.bench.speed_fit --check    # the same without writing

Figures are of rows that the fit has not seen: one row, one model or one card left out at a time, the width
of the range too taken from the others. To add a row: a line in decode_speeds.csv here; then this command
again. Columns: engine (with "+" and a library where the catalog would not call it: AutoAWQ, which is
evaluated and not written), model and level as in the catalog, gpu, tokens a second of one sequence,
`context` (tokens in the cache, the mean while it grows), `prompt` (0; else the prompt's tokens where the
source divides prompt and 2,048 new tokens by the whole time), `instead` (whose loop over the same kernels
was timed where it was not the engine's: such a row helps the fit and does not count), source.
"""

import csv
import math
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from statistics import mean, median

from catalog.hardware.gpu import Gpu, find_gpu
from catalog.hardware.runners import ENOUGH, Runner, name_of
from catalog.hardware.speed import cached_bytes, prefill, weights_per_token
from catalog.models.registry import find_model
from catalog.models.spec import ModelSpec
from catalog.quantization.level import QuantLevel
from catalog.quantization.levels import find_level
from tests.bench.qwen3_memory import NEW_TOKENS, level_of

ROWS = Path(__file__).parent / "decode_speeds.csv"
UNUSED = ("transformers+autoawq",)
OUT = Path(__file__).parents[2] / "catalog/hardware/runners.toml"
WIDEST = 2.9
"""The high end of a range over its low end at most."""
NARROWEST = 1.3
"""The factor on one side at least: a host or a driver of another year makes that much."""
MARGIN = 1.25
"""A range is so much wider (in its logarithm) than what held the rows that it was taken from."""
UNCALIBRATED = 2.5
"""The factor on both sides where fewer than ENOUGH rows stand behind it."""
KNEE = 0.1
"""Residuals (of a logarithm) above which the loss grows in a line: a row that is wrong must not rule."""


@dataclass(frozen=True)
class Row:
    """A published speed with what it reads: bytes, seconds for a token, the prompt's share of them."""

    runner: str
    model: str
    spec: ModelSpec
    level: QuantLevel
    gpu: Gpu
    source: str
    counts: bool
    weights: float
    cached: float
    seconds: float
    prompt_seconds: float

    @property
    def engine(self) -> str:
        return self.runner.partition("+")[0]

    def predicted(self, runner: Runner) -> float:
        """Seconds for a token."""
        bandwidth = self.gpu.bandwidth_bytes_per_s
        return runner.seconds(self.spec, self.weights, self.cached, bandwidth) + self.prompt_seconds


@cache
def rows() -> tuple[Row, ...]:
    """All of decode_speeds.csv."""
    with ROWS.open(encoding="utf-8", newline="") as file:
        return tuple(_row(line) for line in csv.DictReader(file))


def _row(line: dict[str, str]) -> Row:
    spec, gpu = find_model(line["model"]).spec, find_gpu(line["gpu"])
    fp8 = line["level"] == "fp8-block"
    level = level_of("FP8") if fp8 else find_level(line["level"])
    prompt, context = int(line["prompt"]), int(line["context"])
    each = 1 + prompt / NEW_TOKENS if prompt else 1.0
    return Row(
        runner=line["engine"] if "+" in line["engine"] else name_of(spec, level, line["engine"]),
        model=line["model"],
        spec=spec,
        level=level,
        gpu=gpu,
        source=line["source"],
        counts=not line["instead"],
        weights=weights_per_token(spec, level),
        cached=cached_bytes(spec, context),
        seconds=each / float(line["tokens_per_second"]),
        prompt_seconds=prompt / prefill(spec, gpu).expected / NEW_TOKENS,
    )


STARTS = {
    "transformers": Runner("", 0.7, 8e-4, 1.0, 8e-12, 2e-12, True, 1.0, 1.0, 0),
    "vllm": Runner("", 0.8, 1.2e-4, 1.5, 1e-15, 1e-15, False, 1.0, 1.0, 0),
    "llama.cpp": Runner("", 0.8, 8e-5, 1.5, 1e-15, 1e-15, False, 1.0, 1.0, 0),
    "exllama": Runner("", 0.8, 3e-5, 1.5, 1e-15, 1e-15, False, 1.0, 1.0, 0),
}
"""Where the search begins; `overlaps` is what each engine does: transformers' interpreter queues kernels
ahead of the card, the others replay recorded graphs or run without an interpreter."""
UNPACKING = "transformers+gptqmodel"
"""Whose share a runner of the same engine has that has too few rows for one of its own."""
SHARED = {"transformers": ("kv_s", "kv_repeat_s"), "vllm": ("kv_share",), "llama.cpp": ("kv_share",)}
"""What every runner of an engine has in common: its attention. exllama's rows are all short."""


def fit(found: Sequence[Row]) -> dict[str, Runner]:
    """The runners of one engine's rows."""
    engine = found[0].engine
    start, names = STARTS[engine], sorted({row.runner for row in found})
    counts = {name: sum(row.counts for row in found if row.runner == name) for name in names}
    knobs = [("", field) for field in SHARED.get(engine, ())]
    for name in names:
        knobs += [(name, "floor_s")] + ([(name, "share")] if counts[name] >= ENOUGH else [])
    values = {knob: getattr(start, knob[1]) for knob in knobs}

    def runner(name: str, values: dict[tuple[str, str], float]) -> Runner:
        own = {field: value for (of, field), value in values.items() if of in ("", name)}
        if (UNPACKING, "share") in values:
            own = {"share": values[UNPACKING, "share"]} | own
        return replace(start, name=name, rows=counts[name], **own)

    def loss(values: dict[tuple[str, str], float]) -> float:
        made = {name: runner(name, values) for name in names}
        return mean(_huber(residual(row, made[row.runner])) for row in found)

    values = _search(values, loss, {"share": 1.0})
    return {name: _with_range(runner(name, values), found) for name in names}


def residual(row: Row, runner: Runner) -> float:
    """The logarithm of predicted over measured seconds."""
    return math.log(row.predicted(runner) / row.seconds)


def _huber(error: float) -> float:
    size = abs(error)
    return size * size / 2 if size < KNEE else KNEE * (size - KNEE / 2)


def _search(
    values: dict[tuple[str, str], float],
    loss: Callable[[dict[tuple[str, str], float]], float],
    most: dict[str, float],
) -> dict[tuple[str, str], float]:
    """Each value times or by a factor while that helps, the factor ever smaller."""
    best, step = loss(values), 1.6
    while step > 1.01:
        moved = False
        for knob in values:
            for factor in (step, 1 / step):
                tried = values | {knob: min(values[knob] * factor, most.get(knob[1], math.inf))}
                now = loss(tried)
                if now < best * (1 - 1e-6):
                    values, best, moved = tried, now, True
        step = step if moved else math.sqrt(step)
    return values


def _with_range(runner: Runner, found: Sequence[Row]) -> Runner:
    """The range that its rows ask for; hosts differ, so it need not be as wide on both sides."""
    if not runner.calibrated:
        return replace(runner, slower=UNCALIBRATED, faster=UNCALIBRATED)
    errors = sorted(residual(row, runner) for row in found if row.runner == runner.name)
    last = len(errors) - 1
    slow, fast = -errors[math.floor(0.025 * last)], errors[math.ceil(0.975 * last)]
    logs = [max(math.log(NARROWEST), MARGIN * end) for end in (slow, fast)]
    most = min(1.0, math.log(WIDEST) / sum(logs))
    return replace(runner, slower=math.exp(most * logs[0]), faster=math.exp(most * logs[1]))


@dataclass(frozen=True)
class Unseen:
    """A row beside what was foretold of it without it."""

    row: Row
    runner: Runner

    @property
    def ratio(self) -> float:
        """Predicted over measured speed."""
        return math.exp(-residual(self.row, self.runner))

    @property
    def inside(self) -> bool:
        return 1 / self.runner.faster <= self.ratio <= self.runner.slower


def left_out(found: Sequence[Row], group: Callable[[Row], object]) -> list[Unseen]:
    """Every row foretold from the rows outside its group; those whose runner is then unknown are not."""
    unseen = []
    for one in dict.fromkeys(group(row) for row in found):
        rest = [row for row in found if group(row) != one]
        made = fit(rest) if rest else {}
        unseen += [
            Unseen(row, made[row.runner]) for row in found if group(row) == one and row.runner in made
        ]
    return unseen


def by_engine() -> dict[str, list[Row]]:
    """The rows of each engine."""
    return {engine: [row for row in rows() if row.engine == engine] for engine in STARTS}


GROUPS: dict[str, Callable[[Row], object]] = {
    "row": id,
    "model": lambda row: row.model,
    "card": lambda row: row.gpu.name,
}


def report(title: str, unseen: Sequence[Unseen]) -> str:
    """One line of the figures."""
    ratios = [one.ratio for one in unseen]
    inside = sum(one.inside for one in unseen)
    middle = math.exp(mean(math.log(ratio) for ratio in ratios))
    wide = max(one.runner.slower * one.runner.faster for one in unseen)
    return (
        f"{title:34}{len(unseen):4} rows, {inside / len(unseen):4.0%} inside, {wide:.2f} x wide at most, "
        f"geometric mean ratio {middle:.2f}, median {median(abs(r - 1) for r in ratios):.0%} off"
    )


def _written(runners: dict[str, Runner]) -> str:
    sources = sorted({row.source.split(" (")[0].split(",")[0] for row in rows()})
    lines = [
        "# Written by `python -m tests.bench.speed_fit` from tests/bench/decode_speeds.csv; the fields are",
        "# described in runners.py. Sources of the rows:",
        *(f"#   {source}" for source in sources),
    ]
    for name, runner in runners.items():
        if name in UNUSED:
            continue
        lines += ["", f'[runner."{name}"]']
        for field in ("share", "floor_s", "kv_share", "kv_s", "kv_repeat_s", "slower", "faster"):
            lines.append(f"{field} = {getattr(runner, field):.4g}")
        lines += [f"overlaps = {str(runner.overlaps).lower()}", f"rows = {runner.rows}"]
    return "\n".join(lines) + "\n"


def experts(looped: Runner, plain: Runner) -> Runner:
    """transformers 4.51, whose rows these are, called the 128 experts of a layer one after another; since
    5.0 they are one parameter and one call, of which no row is published: half-way, as far as either.
    """
    middle = math.sqrt(looped.floor_s * plain.floor_s)
    apart = looped.floor_s / middle * NARROWEST
    return replace(looped, floor_s=middle, slower=apart, faster=apart)


def main() -> None:
    """Fit, check, print the figures, write."""
    runners: dict[str, Runner] = {}
    for found in by_engine().values():
        runners |= fit(found)
        for name, group in GROUPS.items():
            unseen = left_out(found, group)
            for runner in dict.fromkeys(row.runner for row in found):
                own = [one for one in unseen if one.row.runner == runner]
                if own:
                    note = "" if runners[runner].calibrated else " (not calibrated)"
                    print(report(f"{runner}, each {name} left out{note}", own), flush=True)
    runners["transformers+experts"] = experts(runners["transformers+experts"], runners["transformers"])
    if "--check" not in sys.argv[1:]:
        OUT.write_text(_written(runners), "utf-8")


if __name__ == "__main__":
    main()
