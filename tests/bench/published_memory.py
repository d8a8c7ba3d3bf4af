"""The memory estimate beside published measurements: `python -m tests.bench.published_memory`.

Two tables. The second is of memory_reports.csv here, by the tool that was measured: a trainer of
catalog/memory/trainers.py, an engine, or none that is modelled. `was` are the ends of the range before any
trainer had terms of its own; a range may be twice as wide as that one at most. The first:
Points in order: the LLaMA rows of perplexity.csv that state a memory, then those of memory.toml. Every
second one (2nd, 4th, ...) is held out: it was not looked at while the formulas were written.
"""

import csv
import tomllib
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median

from catalog.evidence.published import FOLDER, load_perplexity
from catalog.memory.estimate import finetune, inference
from catalog.memory.footprint import Footprint
from catalog.memory.trainers import find_trainer
from catalog.models.registry import find_model
from catalog.models.spec import ModelSpec
from catalog.quantization.levels import find_level

MIB = 2**20
REPORTS = Path(__file__).parent / "memory_reports.csv"


@dataclass(frozen=True)
class Comparison:
    """A published measurement and the estimate for it, in bytes; `rounding` is half its last digit."""

    name: str
    measured: int
    estimate: Footprint
    held_out: bool
    rounding: int = 0

    @property
    def error(self) -> float:
        return self.estimate.expected / self.measured - 1

    @property
    def in_range(self) -> bool:
        low, high = self.measured - self.rounding, self.measured + self.rounding
        return self.estimate.low <= high and low <= self.estimate.high


def comparisons() -> list[Comparison]:
    """All points in the stated order."""
    points = [*_llama_rows(), *_other_points()]
    return [
        Comparison(name, measured, estimate, place % 2 == 1, rounding)
        for place, (name, measured, estimate, rounding) in enumerate(points)
    ]


def _llama_rows() -> list[tuple[str, int, Footprint, int]]:
    """GPTQ-for-LLaMa's own benchmark: one token at a time with a cache, torch.cuda.memory_allocated."""
    found = []
    for row in load_perplexity():
        if row.memory_bytes is None or row.level is None:
            continue
        level = find_level(row.level)
        estimate = inference(find_model(row.model).spec, level, context=row.context, prefill=1)
        name = f"{row.model} {row.level}, {row.context} tokens ({row.corpus})"
        found.append((name, row.memory_bytes, estimate.without("context"), 2**19))
    return found


def _other_points() -> list[tuple[str, int, Footprint, int]]:
    found = []
    for point in tomllib.loads((FOLDER / "memory.toml").read_text("utf-8"))["point"]:
        spec, level = find_model(point["model"]).spec, find_level(point["level"])
        options = dict(point.get("finetune", {}))
        if "targets" in options:
            options["targets"] = tuple(options["targets"])
        estimate = finetune(spec, level, **options) if options else inference(spec, level, context=2048)
        if point.get("frame") == "allocated":
            estimate = estimate.without("context")
        unit = point.get("unit", 10**9)
        rounding = round(point.get("rounding", 0.05) * unit)
        found.append((point["name"], round(point["measured"] * unit), estimate, rounding))
    return found


@dataclass(frozen=True)
class Report(Comparison):
    """A published measurement of a tool; `was` is how wide its range used to be, in bytes."""

    tool: str = ""
    was: int = 0

    @property
    def width(self) -> float:
        """Of the range, in those of the range before."""
        return (self.estimate.high - self.estimate.low) / self.was


def reports() -> list[Report]:
    """All of memory_reports.csv, in its order."""
    with REPORTS.open(encoding="utf-8", newline="") as rows:
        return [_report(row) for row in csv.DictReader(rows)]


def _shapes(name: str) -> ModelSpec:
    """Those of the catalog, and of GLM-4-32B-0414, which it does not list."""
    if name != "glm-4-32b-0414":
        return find_model(name).spec
    widths = {"layers": 61, "hidden": 6144, "intermediate": 23040, "heads": 48, "kv_heads": 2}
    return replace(find_model("glm-4-9b-0414").spec, name=name, **widths)


def _report(row: dict[str, str]) -> Report:
    spec, level, length = _shapes(row["model"]), find_level(row["level"]), int(row["length"])
    estimate = (
        inference(
            spec, level, context=length, batch=int(row["batch"]), prompt=int(row["prompt"] or 0) or None
        )
        if row["use"] == "infer"
        else finetune(
            spec,
            level,
            use=row["use"],
            by=find_trainer(row["tool"]),
            rank=int(row["rank"]),
            targets=tuple(row["targets"].split()),
            length=length,
            batch=int(row["batch"]),
        )
    )
    if row["frame"] == "allocated":
        estimate = estimate.without("context", "slack")
    sizes = {
        name: int(row[f"{name}_mib"]) * MIB for name in ("measured", "rounding", "was_low", "was_high")
    }
    return Report(
        row["name"],
        sizes["measured"],
        estimate,
        False,
        sizes["rounding"],
        row["tool"],
        sizes["was_high"] - sizes["was_low"],
    )


def print_reports() -> None:
    """The table by tool, and the figure over those that are modelled."""
    found = reports()
    for tool in sorted({one.tool for one in found}, key=lambda tool: (not tool, tool)):
        own = [one for one in found if one.tool == tool]
        inside = sum(one.in_range for one in own)
        middle = median(abs(one.error) for one in own)
        print(f"\n{tool or 'not modelled'}: {inside} of {len(own)} inside, median {middle:.1%}\n")
        print("| report | measured MiB | low | expected | high | error | in range | width |")
        print("|---|---|---|---|---|---|---|---|")
        for one in own:
            ends = (one.measured, one.estimate.low, one.estimate.expected, one.estimate.high)
            sizes = " | ".join(f"{size / MIB:,.0f}" for size in ends)
            inside_word = "yes" if one.in_range else "no"
            print(f"| {one.name} | {sizes} | {one.error:+.1%} | {inside_word} | {one.width:.2f} |")
    known = [one for one in found if one.tool]
    inside, widest = sum(one.in_range for one in known), max(one.width for one in known)
    print(
        f"\nmodelled: {inside} of {len(known)} inside ({inside / len(known):.1%}), median "
        f"{median(abs(one.error) for one in known):.2%}, ranges at most {widest:.2f} times the former"
    )


def main() -> None:
    """Print the tables as Markdown, and the two halves' medians."""
    print("| point | half | measured MiB | low | expected | high | error | in range |")
    print("|---|---|---|---|---|---|---|---|")
    for point in comparisons():
        half = "held out" if point.held_out else "seen"
        sizes = " | ".join(
            f"{size / MIB:,.0f}"
            for size in (point.measured, point.estimate.low, point.estimate.expected, point.estimate.high)
        )
        inside = "yes" if point.in_range else "no"
        print(f"| {point.name} | {half} | {sizes} | {point.error:+.1%} | {inside} |")
    for held_out, label in ((False, "seen"), (True, "held out")):
        errors = [abs(point.error) for point in comparisons() if point.held_out == held_out]
        print(f"\n{label}: {len(errors)} points, median {median(errors):.2%}, worst {max(errors):.2%}")
    print_reports()


if __name__ == "__main__":
    main()
