"""Full runs of the bundled family at every level, once: what the race and the forecast are judged by.

    python -m tests.bench.trial_full [TASK] [--levels bf16,nf4] [--models demo-llama-s] [--out FILE]

One process and one core; writes catalog/demo/trials/TASK.json after each run and goes on from what is
there. Half an hour to an hour for `viggo`. Needs the shared data (`../shared/data`).
"""

import argparse
import json
import time
from importlib.metadata import version
from pathlib import Path

from tests.bench.trial_forecast import TRIALS
from tests.bench.trial_runs import BATCH, MODELS, RANK, Stable, doublings, write
from tests.bench.trial_tasks import TASKS, task

SEED = 0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("task", nargs="?", default="viggo", choices=TASKS)
    parser.add_argument("--levels", default="bf16,nf4,int8")
    parser.add_argument("--models", default=",".join(MODELS))
    parser.add_argument("--out", type=Path)
    arguments = parser.parse_args()
    path = arguments.out or TRIALS / f"{arguments.task}.json"
    whole = task(arguments.task)
    found = {
        "task": whole.name,
        "train": len(whole.train),
        "full_examples": whole.full,
        "batch": BATCH,
        "rank": RANK,
        "seed": SEED,
        "versions": {name: version(name) for name in ("torch", "transformers", "bitsandbytes", "peft")},
        "holdout_bytes": [example.target_bytes for example in whole.held],
        "runs": json.loads(path.read_text("utf-8"))["runs"] if path.is_file() else [],
    }
    stable = Stable()
    for level in arguments.levels.split(","):
        for model in arguments.models.split(","):
            if any((run["model"], run["level"]) == (model, level) for run in found["runs"]):
                continue
            began = time.monotonic()
            run = stable.full(model, level, whole.name, doublings(whole.full), SEED)
            found["runs"].append(run)
            write(path, found)
            curve = " ".join(f"{point['bits_per_byte']:.3f}" for point in run["points"])
            print(
                f"{whole.name} {model} {level}: {curve}  {run['seconds']:.0f} s of a core,"
                f" {time.monotonic() - began:.0f} s",
                flush=True,
            )


if __name__ == "__main__":
    main()
