"""The memory estimate beside published measurements: `python -m tests.bench.published_memory`.

Points in order: the LLaMA rows of perplexity.csv that state a memory, then those of memory.toml. Every
second one (2nd, 4th, ...) is held out: it was not looked at while the formulas were written.
"""

import tomllib
from dataclasses import dataclass
from statistics import median

from catalog.evidence.published import FOLDER, load_perplexity
from catalog.memory.estimate import finetune, inference
from catalog.memory.footprint import Footprint
from catalog.models.registry import find_model
from catalog.quantization.levels import find_level


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


def main() -> None:
    """Print the table as Markdown, and the two halves' medians."""
    print("| point | half | measured MiB | low | expected | high | error | in range |")
    print("|---|---|---|---|---|---|---|---|")
    mib = 2**20
    for point in comparisons():
        half = "held out" if point.held_out else "seen"
        sizes = " | ".join(
            f"{size / mib:,.0f}"
            for size in (point.measured, point.estimate.low, point.estimate.expected, point.estimate.high)
        )
        inside = "yes" if point.in_range else "no"
        print(f"| {point.name} | {half} | {sizes} | {point.error:+.1%} | {inside} |")
    for held_out, label in ((False, "seen"), (True, "held out")):
        errors = [abs(point.error) for point in comparisons() if point.held_out == held_out]
        print(f"\n{label}: {len(errors)} points, median {median(errors):.2%}, worst {max(errors):.2%}")


if __name__ == "__main__":
    main()
