"""The plan's verdict against that of measuring everything, on the bundled family and random requests.

    python -m tests.bench.verdict_equal [REQUESTS] [SEED]

Simulated cards of random size between the smallest and the largest footprint, random use, context and
data. Jobs are answered from recordings of real runs (tests/fixtures/verdict) at what they cost.
"""

import asyncio
import sys
import tempfile
from pathlib import Path
from random import Random
from statistics import median

from catalog.evidence.store import Store
from tests.probes.measurement.verdict_replay import Outcome, random_request, replay


def outcomes(requests: int, seed: int) -> list[Outcome]:
    """One outcome per random request, each on a store of its own."""
    rng, found = Random(seed), []
    for _ in range(requests):
        with tempfile.TemporaryDirectory() as folder:
            store = Store(Path(folder, "evidence.sqlite"))
            found.append(asyncio.run(replay(random_request(rng), store)))
            store.close()
    return found


def main() -> None:
    """Print how often the verdicts are equal, and at what share of the cost."""
    requests = int(sys.argv[1]) if len(sys.argv) > 1 else 100
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else 8
    found = outcomes(requests, seed)
    equal = sum(one.chosen == one.right for one in found)
    share = sum(one.spent for one in found) / sum(one.exhaustive for one in found)
    shares = sorted(one.spent / one.exhaustive for one in found)
    print(f"{requests} random requests, seed {seed}: the same verdict in {equal} ({equal / requests:.0%})")
    print(f"cost: {share:.0%} of measuring everything (median request {median(shares):.0%})")
    for one in found:
        if one.chosen != one.right:
            asked = f"{one.request.budget.bytes} bytes, {one.request.use}, {one.request.context}"
            print(f"  differs: {asked}, data {bool(one.request.data)}: {one.chosen}, not {one.right}")


if __name__ == "__main__":
    main()
