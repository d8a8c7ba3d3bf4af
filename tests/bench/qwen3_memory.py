"""Plans without a prompt's activations against the memory that Qwen3's documentation reports.

    python -m tests.bench.qwen3_memory FILE

FILE has model, input, quantization and memory_mb (MiB) in its columns; 2,048 tokens follow each input.
The reported figures grow by the cache alone, so they are held against one token at a time, without the
driver's context, as torch reports them.
"""

import csv
import sys
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from catalog.memory.estimate import inference
from catalog.memory.footprint import Size
from catalog.models.registry import find_model
from catalog.models.stored_settings import BLOCK, StoredAs
from catalog.quantization.level import QuantLevel
from catalog.quantization.levels import find_level
from catalog.quantization.stored_level import stored_level

NEW_TOKENS = 2048
MIB = 2**20


@dataclass(frozen=True)
class Point:
    """One reported figure beside what is planned, in bytes."""

    name: str
    reported: int
    planned: Size

    @property
    def error(self) -> float:
        return self.planned.expected / self.reported - 1

    @property
    def in_range(self) -> bool:
        return self.planned.low <= self.reported <= self.planned.high


def level_of(word: str) -> QuantLevel:
    """The level of a word of that table."""
    if word == "FP8":
        level = stored_level(StoredAs("fp8-block", "scaled", 8, block=BLOCK))
        assert level is not None
        return level
    return find_level({"BF16": "bf16", "GPTQ-Int8": "gptq-8-g128", "AWQ-INT4": "awq-4-g128"}[word])


def point(model: str, level: str, tokens: int, mib: float) -> Point:
    """One row of it."""
    needed = inference(find_model(model).spec, level_of(level), context=tokens + NEW_TOKENS, prefill=1)
    held = needed.without("context").total
    return Point(f"{model} {level} {tokens:,}", round(mib * MIB), held)


def points(file: Path) -> list[Point]:
    """All of them."""
    with file.open(encoding="utf-8", newline="") as rows:
        return [
            point(row["model"].lower(), row["quantization"], int(row["input"]), float(row["memory_mb"]))
            for row in csv.DictReader(rows)
        ]


def main() -> None:
    """Print the table, the median error and the share inside its range."""
    found = points(Path(sys.argv[1]))
    for one in found:
        shown = "yes" if one.in_range else "no"
        sizes = "".join(f"{size / MIB:10,.0f}" for size in (one.reported, *one.planned))
        print(f"{one.name:32}{sizes}{one.error:+8.2%}  {shown}")
    inside = sum(one.in_range for one in found)
    print(f"{len(found)} points, median {median(abs(one.error) for one in found):.2%}, {inside} in range")


if __name__ == "__main__":
    main()
