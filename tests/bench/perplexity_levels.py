"""Side by side: all levels from one pass, and each loaded and run with transformers and bitsandbytes.

    python -m tests.bench.perplexity_levels [--layers 22] [--windows 8] [--length 512] [--threads N]

Random weights of TinyLlama-1.1B's shape. Every measurement is a process of its own; wall and processor
seconds include its start. Prints one JSON object and, on stderr, what it is doing.
"""

import argparse
import json
import multiprocessing
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

LEVELS = ("bf16", "int8", "nf4", "fp4")
SHAPE = {
    "vocab_size": 32000, "hidden_size": 2048, "intermediate_size": 5632, "num_attention_heads": 32,
    "num_key_value_heads": 4, "max_position_embeddings": 2048,
}  # fmt: skip


def make_model(directory: Path, layers: int) -> None:
    """Normal weights of deviation .02, in bfloat16, sharded; needs 2 bytes a parameter on the disk."""
    import torch
    from transformers import AutoModelForCausalLM, LlamaConfig

    with torch.device("meta"):
        config = LlamaConfig(**SHAPE, num_hidden_layers=layers)
        model = AutoModelForCausalLM.from_config(config, dtype=torch.bfloat16)
    model.to_empty(device="cpu")
    generator = torch.Generator().manual_seed(1)
    for parameter in model.parameters():
        if parameter.ndim == 1:
            parameter.data.fill_(1.0)
        else:
            parameter.data.normal_(0, 0.02, generator=generator)
    model.save_pretrained(directory, max_shard_size="500MB")


def rows(count: int, length: int) -> list[list[int]]:
    chance = random.Random(2)
    return [[chance.randrange(3, SHAPE["vocab_size"]) for _ in range(length)] for _ in range(count)]


def whole(directory: Path, level: str, count: int, length: int) -> dict[str, Any]:
    """One level as a user would run it today, but for the fused CPU kernel, whose numbers differ."""
    import torch
    from transformers import AutoModelForCausalLM, BitsAndBytesConfig

    settings = None
    if level == "int8":
        settings = BitsAndBytesConfig(load_in_8bit=True)
    elif level != "bf16":
        settings = BitsAndBytesConfig(
            load_in_4bit=True, bnb_4bit_quant_type=level, bnb_4bit_compute_dtype=torch.bfloat16
        )
    model = AutoModelForCausalLM.from_pretrained(
        directory, dtype=torch.bfloat16, quantization_config=settings, device_map="cpu"
    ).eval()
    for module in model.modules():
        if hasattr(module, "support_avx512bf16_for_cpu"):
            module.support_avx512bf16_for_cpu = False
    nats = []
    with torch.no_grad():
        for row in rows(count, length):
            ids = torch.tensor([row])
            logp = torch.log_softmax(model(ids).logits[0, length // 2 - 1 : -1].float(), -1)
            nats.append(-float(logp.gather(-1, ids[0, length // 2 :, None]).double().sum()))
    return {"nats": {level: nats}}


def streamed(directory: Path, spend: str, count: int, length: int) -> dict[str, Any]:
    """All levels from one pass."""
    import io

    import torch

    from probes.checkpoint import open_checkpoint
    from probes.events import Emit
    from probes.frames import Window
    from probes.measuring import Measuring
    from probes.reading import Passage
    from probes.text import Text

    half = length // 2
    rest = length - half
    windows = tuple(Window(tuple(row), half, rest, rest, 0, 0) for row in rows(count, length))
    passage = Passage("", Text("", "", "0", 0, 0, 0), windows, 0)
    job = {"name": "bench", "spend": spend}
    measuring = Measuring(
        job, open_checkpoint(directory), [passage], "bf16", LEVELS, torch.device("cpu"), Emit(io.StringIO())
    )
    measuring.measure([])
    found = {row["level"]: [window["nats"] for window in row["windows"]] for row in measuring.rows}
    return {"nats": found, "words": {row["level"]: row["verdict"] for row in measuring.rows}}


def child(arguments: argparse.Namespace) -> None:
    import torch

    if arguments.threads:
        torch.set_num_threads(arguments.threads)
    measure = whole if arguments.child in LEVELS else streamed
    found = measure(arguments.model, arguments.child, arguments.windows, arguments.length)
    usage = resource.getrusage(resource.RUSAGE_SELF)
    found |= {"cpu_seconds": usage.ru_utime + usage.ru_stime, "peak_bytes": usage.ru_maxrss * 1024}
    print("RESULT" + json.dumps(found))


def run_child(name: str, model: Path, options: Sequence[str]) -> dict[str, Any]:
    print(f"{name} ...", file=sys.stderr, flush=True)
    began = time.monotonic()
    command = [
        sys.executable,
        "-m",
        "tests.bench.perplexity_levels",
        "--child",
        name,
        "--model",
        str(model),
    ]
    done = subprocess.run(
        [*command, *options], env=os.environ, stdout=subprocess.PIPE, text=True, check=True
    )
    line = next(line for line in done.stdout.splitlines() if line.startswith("RESULT"))
    found: dict[str, Any] = json.loads(line.removeprefix("RESULT"))
    return found | {"seconds": time.monotonic() - began}


def compare(model: Path, arguments: argparse.Namespace) -> dict[str, Any]:
    """Ratios of one pass to the sum (time) and the largest (memory) of the separate runs."""
    options = [f"--{name}={getattr(arguments, name)}" for name in ("windows", "length", "threads")]
    each = {level: run_child(level, model, options) for level in LEVELS}
    ours = {spend: run_child(spend, model, options) for spend in ("all", "decide")}
    answer: dict[str, Any] = {
        "layers": arguments.layers,
        "each": {},
        "one_pass": {},
        "gap_nats_per_token": {},
    }
    tokens = arguments.windows * (arguments.length - arguments.length // 2)
    for level, found in each.items():
        gap = abs(sum(found["nats"][level]) - sum(ours["all"]["nats"][level])) / tokens
        answer["gap_nats_per_token"][level] = gap
    for group, runs in (("each", each), ("one_pass", ours)):
        for name, found in runs.items():
            answer[group][name] = {key: found[key] for key in ("seconds", "cpu_seconds", "peak_bytes")}
    answer["words"] = {spend: found["words"] for spend, found in ours.items()}
    for spend, found in ours.items():
        answer[f"ratio_{spend}"] = {
            "seconds": found["seconds"] / sum(run["seconds"] for run in each.values()),
            "cpu_seconds": found["cpu_seconds"] / sum(run["cpu_seconds"] for run in each.values()),
            "peak_bytes": found["peak_bytes"] / max(run["peak_bytes"] for run in each.values()),
        }
    return answer


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--layers", type=int, default=22)
    parser.add_argument("--windows", type=int, default=8)
    parser.add_argument("--length", type=int, default=512)
    parser.add_argument("--threads", type=int, default=0)
    parser.add_argument("--child", help=argparse.SUPPRESS)
    parser.add_argument("--model", type=Path, help="A directory to use instead of making one.")
    arguments = parser.parse_args()
    if arguments.child:
        child(arguments)
        return
    with tempfile.TemporaryDirectory(prefix="basefit-bench-") as folder:
        model = arguments.model or Path(folder)
        if not arguments.model:
            # In a process of its own: a child's peak would begin with what this one holds.
            making = multiprocessing.get_context("spawn").Process(
                target=make_model, args=(model, arguments.layers)
            )
            making.start()
            making.join()
        print(json.dumps(compare(model, arguments), indent=2))


if __name__ == "__main__":
    main()
