"""GPTQ at 4, 3 and 2 bits in one pass against 4 bits alone: one Hessian serves all widths.

    python -m tests.bench.gptq_widths [--layers 2] [--windows 2] [--rounds 2] [--threads 1]

Layers of TinyLlama-1.1B's shape with random weights, 8,192 calibration tokens. Every pass is a process of
its own, the two kinds in turn. Prints one JSON object; processor seconds count on a busy machine.
"""

import argparse
import json
import multiprocessing
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from tests.bench.perplexity_levels import make_model, rows

LENGTH = 512
CALIBRATION_ROWS = 16
KINDS = {
    "one": ("bf16", "gptq-4-g128"),
    "three": ("bf16", "gptq-4-g128", "gptq-3-g128", "gptq-2-g128"),
}


def child(kind: str, model: str, windows: int, threads: int) -> None:
    import torch

    from probes.open_checkpoint import open_checkpoint
    from probes.perplexity.frames import Window
    from probes.perplexity.one_pass import Track, one_pass
    from probes.quantize import find

    torch.set_num_threads(threads)
    texts = rows(windows + CALIBRATION_ROWS, LENGTH)
    scored = [Window(tuple(row), 256, 256, 256, 0, 256) for row in texts[:windows]]
    tracks = [Track(find(name), tuple(range(windows))) for name in KINDS[kind]]
    before, began = _processor_seconds(), time.monotonic()
    passed = one_pass(
        open_checkpoint(model),
        scored,
        tracks,
        "bf16",
        torch.device("cpu"),
        lambda *_: None,
        calibration=texts[windows:],
    )
    kl = {name: sum(one.kl for one in found) / (256 * windows) for name, found in passed.scores.items()}
    found = {"seconds": time.monotonic() - began, "cpu_seconds": _processor_seconds() - before, "kl": kl}
    print("RESULT" + json.dumps(found))


def _processor_seconds() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def measure(kind: str, model: Path, arguments: argparse.Namespace) -> dict[str, Any]:
    print(f"{kind} ...", file=sys.stderr, flush=True)
    command = [sys.executable, "-m", "tests.bench.gptq_widths", "--child", kind, "--model", str(model)]
    command += [f"--windows={arguments.windows}", f"--threads={arguments.threads}"]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    line = next(line for line in done.stdout.splitlines() if line.startswith("RESULT"))
    found: dict[str, Any] = json.loads(line.removeprefix("RESULT"))
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--layers", type=int, default=2)
    parser.add_argument("--windows", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--child", help=argparse.SUPPRESS)
    parser.add_argument("--model", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.child:
        child(arguments.child, str(arguments.model), arguments.windows, arguments.threads)
        return
    with tempfile.TemporaryDirectory(prefix="basefit-bench-") as folder:
        making = multiprocessing.get_context("spawn").Process(
            target=make_model, args=(Path(folder), arguments.layers)
        )
        making.start()
        making.join()
        turns = [kind for _ in range(arguments.rounds) for kind in KINDS]
        passes = [(kind, measure(kind, Path(folder), arguments)) for kind in turns]
    answer: dict[str, Any] = {"layers": arguments.layers, "threads": arguments.threads}
    for kind in KINDS:
        mine = [found for other, found in passes if other == kind]
        answer[kind] = {
            "seconds": [round(one["seconds"], 2) for one in mine],
            "cpu_seconds": [round(one["cpu_seconds"], 2) for one in mine],
            "kl": mine[0]["kl"],
        }
    for unit in ("seconds", "cpu_seconds"):
        three, one = (statistics.median(answer[kind][unit]) for kind in ("three", "one"))
        answer[f"ratio_{unit}"] = three / one
    print(json.dumps(answer, indent=2))


if __name__ == "__main__":
    main()
