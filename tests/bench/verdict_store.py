"""How long a verdict takes with a large store: `python -m tests.bench.verdict_store [ROWS]`.

Scores of three models at four levels among those of models that nobody asks about.
"""

import sys
import tempfile
import time
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from random import Random
from statistics import median

from catalog.evidence.records import Evidence
from catalog.evidence.store import Store
from catalog.verdict.recommend import recommend
from tests.catalog.verdict.random_requests import CANDIDATES, USUAL_LEVELS, random_request

TIMES = 9


def score(number: int, revision: str, level: str) -> Evidence:
    """As the probe writes it, with sixteen windows."""
    rng = Random(number)
    values = {
        "bits_per_byte": rng.uniform(0.6, 1.2),
        "se": 0.01,
        "verdict": "indistinguishable",
        "kl_nats": 0.001,
        "kl_se": 0.0001,
        "windows": [{"bytes": 1024, "nll": rng.uniform(400, 800), "tokens": 280} for _ in range(16)],
    }
    key = {"text_sha256": "T", "frame": "probe", "windows": 16, "device": "cpu", "reference": "bf16"}
    return Evidence("perplexity", revision, revision, level, key | {"number": number}, values)


def main() -> None:
    """Print the time to open, to read what the verdict needs, and to judge."""
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 20_000
    asked = tuple(replace(one, revision=one.name) for one in CANDIDATES[:3])
    request = replace(random_request(Random(8)), candidates=asked, levels=USUAL_LEVELS, data="")
    names = [one.name for one in asked]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "evidence.sqlite")
        with closing(Store(path)) as store:
            for number in range(rows):
                own = number < len(names) * len(USUAL_LEVELS)
                revision = names[number % len(names)] if own else f"other-{number % 997}"
                store.append(score(number, revision, USUAL_LEVELS[number // len(names) % 4]))
        opened, read, judged = [], [], []
        for _ in range(TIMES):
            began = time.perf_counter()
            store = Store(path)
            open_ = time.perf_counter()
            known = store.find(revision=request.revisions)
            found = time.perf_counter()
            recommend(request, known)
            ended = time.perf_counter()
            opened.append(open_ - began)
            read.append(found - open_)
            judged.append(ended - found)
            store.close()
    print(f"{rows} rows, {len(known)} on what is asked; median of {TIMES}, in milliseconds")
    for name, seconds in (("open", opened), ("read", read), ("judge", judged)):
        print(f"{name}: {median(seconds) * 1e3:.1f}")


if __name__ == "__main__":
    main()
