"""The one-pass probe on a checkpoint of ChatGLM2-6B's shape, as published: memory and time on the CPU.

    python -m tests.bench.chatglm_one_pass [--levels bf16,nf4] [--windows 2] [--safetensors] [--folder DIR]

Random weights in half precision under the published names, in seven shards (12.5 GB, deleted
afterwards): `pytorch_model-*.bin`, or safetensors. The text is the bundled sample, the vocabulary 4,000
pieces made of it, so that nothing is needed but this repository.
"""

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file

from probes.chatglm.config import read
from probes.chatglm.weights import native_shapes, origin
from probes.checkpoint.target import DEMO
from tests.probes.chatglm.small import trained

SHARDS = 7
CONFIG: dict[str, Any] = {
    "_name_or_path": "THUDM/chatglm2-6b",
    "model_type": "chatglm",
    "add_bias_linear": False,
    "add_qkv_bias": True,
    "apply_residual_connection_post_layernorm": False,
    "ffn_hidden_size": 13696,
    "hidden_size": 4096,
    "kv_channels": 128,
    "layernorm_epsilon": 1e-5,
    "multi_query_attention": True,
    "multi_query_group_num": 2,
    "num_attention_heads": 32,
    "num_layers": 28,
    "original_rope": True,
    "padded_vocab_size": 65024,
    "post_layer_norm": True,
    "rmsnorm": True,
    "seq_length": 32768,
    "torch_dtype": "float16",
    "eos_token_id": 2,
    "pad_token_id": 0,
}
CHILD = """
import io, json, resource, sys
from probes import perplexity
from probes.events import Emit
job = json.loads(sys.argv[1])
result = perplexity.run(job, Emit(io.StringIO()))
usage = resource.getrusage(resource.RUSAGE_SELF)
print(json.dumps({
    "peak": usage.ru_maxrss * 1024,
    "processor": usage.ru_utime + usage.ru_stime,
    "levels": [row["level"] for row in result["levels"]],
    "finite": all(row["ppl"] == row["ppl"] for row in result["levels"]),
    **{name: result[name] for name in ("frame", "seconds", "bytes_read")},
}))
"""


def write(folder: Path, safetensors: bool) -> int:
    """The checkpoint in the empty directory `folder`, a shard at a time; its bytes."""
    (folder / "config.json").write_text(json.dumps(CONFIG), encoding="utf-8")
    (folder / "tokenizer.model").write_bytes(vocabulary())
    published = read(folder)
    origins = {o.name: o.shape for o in (origin(published, name) for name in native_shapes(published))}
    names = list(origins)
    total = sum(torch.Size(shape).numel() * 2 for shape in origins.values())
    if shutil.disk_usage(folder).free < total + 2**30:
        raise SystemExit(f"{folder} has no room for {total:,} bytes")
    stem, kind = ("model", "safetensors") if safetensors else ("pytorch_model", "bin")
    save = save_file if safetensors else torch.save
    weight_map: dict[str, str] = {}
    for number in range(SHARDS):
        file = f"{stem}-{number + 1:05d}-of-{SHARDS:05d}.{kind}"
        # Layers lie together, as published; the ends go into the first and the last shard.
        mine = names[number * len(names) // SHARDS : (number + 1) * len(names) // SHARDS]
        save({name: random(origins[name], name) for name in mine}, folder / file)
        weight_map |= dict.fromkeys(mine, file)
    index = {"metadata": {"total_size": total}, "weight_map": weight_map}
    (folder / f"{stem}.{kind}.index.json").write_text(json.dumps(index), encoding="utf-8")
    return total


def vocabulary() -> bytes:
    """4,000 pieces, bytes among them, of the bundled sample."""
    lines = (DEMO / "sample.txt").read_text(encoding="utf-8").splitlines()
    return trained(lines, model_type="bpe", vocab_size=4000, byte_fallback=True)


def random(shape: tuple[int, ...], name: str, repeated: int = 2**20) -> torch.Tensor:
    """Norms of one, biases of zero, else normal numbers of deviation .02: a block of them, repeated."""
    if len(shape) < 2:
        return torch.full(shape, 0.0 if name.endswith("bias") else 1.0, dtype=torch.float16)
    generator = torch.Generator().manual_seed(sum(name.encode()))
    block = torch.empty(repeated).normal_(0, 0.02, generator=generator).half()
    count = torch.Size(shape).numel()
    return block.repeat(-(-count // repeated))[:count].reshape(shape).clone()


def measure(folder: Path, levels: str, windows: int) -> dict[str, Any]:
    """The probe in a process of its own, whose highest resident memory is told."""
    job = {
        "target": str(folder),
        "name": "chatglm2-6b-shaped",
        "levels": levels.split(","),
        "reference": "bf16",
        "text": str(DEMO / "sample.txt"),
        "windows": windows,
        "device": "cpu",
    }
    began = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-c", CHILD, json.dumps(job)], check=True, capture_output=True, text=True
    )
    found: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return found | {"wall": time.monotonic() - began}


def main() -> None:
    """Write, measure, print, delete."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--levels", default="bf16,nf4")
    asked.add_argument("--windows", type=int, default=2)
    asked.add_argument("--folder", help="where the checkpoint is written (a temporary one by default)")
    asked.add_argument("--safetensors", action="store_true")
    options = asked.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="chatglm2-shaped-", dir=options.folder))
    try:
        began = time.monotonic()
        total = write(folder, options.safetensors)
        print(f"written: {total:,} bytes in {time.monotonic() - began:.0f} s", flush=True)
        found = measure(folder, options.levels, options.windows)
    finally:
        shutil.rmtree(folder)
    frame = found["frame"]
    print(
        f"levels {', '.join(found['levels'])}; {frame['windows']} windows, {frame['tokens_scored']} scored"
    )
    print(f"peak memory of the process {found['peak']:,} bytes ({found['peak'] / 2**30:.2f} GiB)")
    print(
        f"{found['seconds']:.0f} s in the probe, {found['wall']:.0f} s with start; finite {found['finite']}"
    )
    print(f"{found['processor']:.0f} s of processor time, whatever else ran beside it")
    print(f"layers read {found['bytes_read']:,} bytes")


if __name__ == "__main__":
    main()
