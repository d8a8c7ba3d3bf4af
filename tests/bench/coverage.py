"""How often ± holds what it is for, at few windows: `python -m tests.bench.coverage`.

Windows are drawn again and again, by window, from populations whose figure is known: `recorded`, the 68
windows of the bundled held-out text as demo-llama-m scored them (`windows.json`: bytes, tokens, nats at
bf16, nats and KL at nf4), and `normal` and `skewed`, made up with windows of 700 to 1,300 bytes and a rate
that varies by a fifth, the skewed ones log-normal. Shown is the share of draws in which value ± margin
holds the figure of the whole population, next to that of two standard errors.
"""

import json
import math
import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from catalog.evidence.statistics import clustered_ratio

WINDOWS = (4, 8, 16)
DRAWS = 20_000
MADE_UP = 4000
SPREAD = 0.2
LEAST, MOST = 0.93, 0.97


@dataclass(frozen=True)
class Population:
    """Windows with the ratio of sums that is asked for."""

    name: str
    above: tuple[float, ...]
    below: tuple[float, ...]


def populations() -> Iterator[Population]:
    """What a ± stands behind: bits per byte, a paired difference, a KL; and made-up windows."""
    rows = json.loads((Path(__file__).parent / "windows.json").read_text("utf-8"))
    size, tokens, nats, other, kl = (tuple(column) for column in zip(*rows, strict=True))
    yield Population("recorded: bits per byte", nats, size)
    gaps = tuple(b - a for a, b in zip(nats, other, strict=True))
    yield Population("recorded: nf4 less bf16, paired", gaps, size)
    yield Population("recorded: KL of nf4", kl, tokens)
    rng = random.Random(5)
    sizes = tuple(rng.uniform(700, 1300) for _ in range(MADE_UP))
    normal = tuple(one * rng.gauss(1, SPREAD) for one in sizes)
    skewed = tuple(one * math.exp(rng.gauss(0, SPREAD)) for one in sizes)
    yield Population("normal windows", normal, sizes)
    yield Population("skewed windows", skewed, sizes)


def coverage(population: Population, windows: int, draws: int = DRAWS) -> tuple[float, float]:
    """The share of draws whose ± holds the figure, and of those whose two standard errors do."""
    rng = random.Random(windows)
    above, below = population.above, population.below
    figure = sum(above) / sum(below)
    held = twice = 0
    for _ in range(draws):
        drawn = rng.choices(range(len(above)), k=windows)
        found = clustered_ratio([above[i] for i in drawn], [below[i] for i in drawn])
        off = abs(found.value - figure)
        held += off <= found.margin
        twice += off <= 2 * found.se
    return held / draws, twice / draws


def main() -> None:
    """A line a population."""
    print("share of draws that ± holds (two standard errors), by windows")
    print(f"{'':34}" + "".join(f"{windows:>18}" for windows in WINDOWS))
    for one in populations():
        shares = [coverage(one, windows) for windows in WINDOWS]
        print(f"{one.name:34}" + "".join(f"{held:10.1%} ({twice:.1%})" for held, twice in shares))


if __name__ == "__main__":
    main()
