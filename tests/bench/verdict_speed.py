"""How long a verdict over the whole catalog takes: `python -m tests.bench.verdict_speed [COUNT] [SEED]`."""

import sys
import time
from random import Random
from statistics import median

from catalog.verdict.recommend import recommend
from tests.catalog.verdict.grounds import assert_grounded
from tests.catalog.verdict.random_requests import CANDIDATES, random_request


def main() -> None:
    """Print the median and the longest of wall and processor time, and how many got a winner."""
    requests = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    rng = Random(int(sys.argv[2]) if len(sys.argv) > 2 else 8)
    recommend(random_request(Random(0)), [])  # tables are read once
    wall, processor, winners = [], [], 0
    for _ in range(requests):
        request = random_request(rng)
        began, began_cpu = time.perf_counter(), time.process_time()
        verdict = recommend(request, [])
        wall.append(time.perf_counter() - began)
        processor.append(time.process_time() - began_cpu)
        assert_grounded(verdict, [])
        winners += verdict.winner is not None
    print(
        f"{requests} random requests over {len(CANDIDATES)} models: {winners} with a winner, no exception"
    )
    for name, seconds in (("wall", wall), ("processor", processor)):
        over = sum(one > 0.05 for one in seconds)
        print(
            f"{name}: median {median(seconds) * 1e3:.1f} ms, longest {max(seconds) * 1e3:.1f} ms, "
            f"{over} above 50 ms"
        )


if __name__ == "__main__":
    main()
