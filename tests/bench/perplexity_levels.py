"""Side by side: all levels from one pass, and each loaded and run with transformers and bitsandbytes.

    python -m tests.bench.perplexity_levels [--layers 22] [--windows 8] [--length 512] [--threads N]

Random weights of TinyLlama-1.1B's shape. Every measurement is a process of its own; wall and processor
seconds include its start. Both sides use the same threads and torch's scaled_dot_product_attention.
Weights of deviation .02 put the KL of nf4 on the border of a word, which no number of tokens settles; one
pass is also run on weights of deviation .015, whose words do settle, and reported apart (`settling`).
`multiplications` are the processor seconds of the linear layers' matrix products alone, which one pass
and the separate runs must both spend. Prints one JSON object and, on stderr, what it is doing.
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
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

LEVELS = ("bf16", "int8", "nf4", "fp4")
BORDER, SETTLING = 0.02, 0.015
"""Deviations of the weights: with nf4's word on a border (KL .2), and with every word well inside."""
SHAPE = {
    "vocab_size": 32000, "hidden_size": 2048, "intermediate_size": 5632, "num_attention_heads": 32,
    "num_key_value_heads": 4, "max_position_embeddings": 2048,
}  # fmt: skip


def make_model(directory: Path, layers: int, deviation: float = BORDER) -> None:
    """Normal weights of a deviation, in bfloat16, sharded; needs 2 bytes a parameter on the disk."""
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
            parameter.data.normal_(0, deviation, generator=generator)
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

    from probes.jobs.events import Emit
    from probes.open_checkpoint import open_checkpoint
    from probes.perplexity.frames import Window
    from probes.perplexity.passages import Passage
    from probes.perplexity.passes import Measuring
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
    return {
        "nats": found,
        "words": {row["level"]: row["verdict"] for row in measuring.rows},
        "windows_read": {row["level"]: len(row["windows"]) for row in measuring.rows},
    }


def processor_seconds(work: Callable[..., object], *arguments: object) -> float:
    """Of one call, the mean of eight."""
    work(*arguments)
    began = time.process_time()
    for _ in range(8):
        work(*arguments)
    return (time.process_time() - began) / 8


def multiplications(layers: int, count: int, length: int) -> dict[str, Any]:
    """Processor seconds of all levels' products of states and weights, one thread, nothing around them."""
    import torch

    torch.set_num_threads(1)
    wide, inner = SHAPE["hidden_size"], SHAPE["intermediate_size"]
    shared = wide * SHAPE["num_key_value_heads"] // SHAPE["num_attention_heads"]
    matrices = [(wide, wide)] * 2 + [(shared, wide)] * 2 + [(inner, wide)] * 2 + [(wide, inner)]
    spent = {"bf16": 0.0, "int8": 0.0}
    for outputs, inputs in matrices:
        weight, states = torch.randn(outputs, inputs), torch.randn(length, inputs)
        spent["bf16"] += processor_seconds(torch.mm, states.bfloat16(), weight.bfloat16().t())
        spent["int8"] += processor_seconds(torch._int_mm, states.to(torch.int8), weight.to(torch.int8).t())
    found = {level: layers * count * (spent["int8" if level == "int8" else "bf16"]) for level in LEVELS}
    return {"nats": {}, "multiplications": found}


def child(arguments: argparse.Namespace) -> None:
    import torch

    if arguments.threads:
        torch.set_num_threads(arguments.threads)
    if arguments.child == "multiplications":
        found = multiplications(arguments.layers, arguments.windows, arguments.length)
    else:
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


def compare(border: Path, settling: Path, arguments: argparse.Namespace) -> dict[str, Any]:
    """Ratios of one pass to the sum (time) and the largest (memory) of the separate runs."""
    names = ("layers", "windows", "length", "threads")
    options = [f"--{name}={getattr(arguments, name)}" for name in names]
    each = {level: run_child(level, border, options) for level in LEVELS}
    ours = {spend: run_child(spend, border, options) for spend in ("all", "decide")}
    apart = {spend: run_child(spend, settling, options) for spend in ("all", "decide")}
    floor = run_child("multiplications", border, options)["multiplications"]
    tokens = arguments.windows * (arguments.length - arguments.length // 2)

    def against_each(found: dict[str, Any]) -> dict[str, float]:
        return {
            "seconds": found["seconds"] / sum(run["seconds"] for run in each.values()),
            "cpu_seconds": found["cpu_seconds"] / sum(run["cpu_seconds"] for run in each.values()),
            "peak_bytes": found["peak_bytes"] / max(run["peak_bytes"] for run in each.values()),
        }

    def shown(runs: dict[str, dict[str, Any]]) -> dict[str, Any]:
        keys = ("seconds", "cpu_seconds", "peak_bytes", "words", "windows_read")
        return {name: {key: run[key] for key in keys if key in run} for name, run in runs.items()}

    return {
        "layers": arguments.layers,
        "each": shown(each),
        "one_pass": shown(ours),
        "settling": shown(apart),
        "multiplications": floor | {"sum": sum(floor.values())},
        "gap_nats_per_token": {
            level: abs(sum(found["nats"][level]) - sum(ours["all"]["nats"][level])) / tokens
            for level, found in each.items()
        },
        "ratio_all": against_each(ours["all"]),
        "ratio_decide": against_each(ours["decide"]),
        "ratio_decide_settling": against_each(apart["decide"]),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--layers", type=int, default=22)
    parser.add_argument("--windows", type=int, default=8)
    parser.add_argument("--length", type=int, default=512)
    parser.add_argument("--threads", type=int, default=0)
    parser.add_argument("--child", help=argparse.SUPPRESS)
    parser.add_argument("--model", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.child:
        child(arguments)
        return
    with tempfile.TemporaryDirectory(prefix="basefit-bench-") as folder:
        models = [Path(folder, name) for name in ("border", "settling")]
        for model, deviation in zip(models, (BORDER, SETTLING), strict=True):
            # In a process of its own: a child's peak would begin with what this one holds.
            making = multiprocessing.get_context("spawn").Process(
                target=make_model, args=(model, arguments.layers, deviation)
            )
            making.start()
            making.join()
        print(json.dumps(compare(*models, arguments), indent=2))


if __name__ == "__main__":
    main()
