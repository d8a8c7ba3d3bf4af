"""Peak memory of the one-pass probe as the model grows, a model four times an imposed limit, and experts.

    python -m tests.bench.perplexity_memory

The models are zeros, kept as holes in sparse files: they take no disk, and their perplexity is known to
be their vocabulary. Prints one JSON object.
"""

import json
import os
import resource
import struct
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

Write = Callable[[Path, int], int]
HIDDEN, INTERMEDIATE, HEADS, VOCABULARY = 2048, 8192, 16, 8192
LAYERS = (6, 12, 24)
LIMIT_BYTES = 3 * 2**30
LIMITED_LAYERS = 96
EXPERTS, EXPERT_WIDTH, EXPERT_LAYERS = 64, 1024, (2, 4)


def write_zeros(directory: Path, layers: int) -> int:
    """A Llama of zeros, one sparse file a layer; bytes of its weights."""
    config = {
        "model_type": "llama", "architectures": ["LlamaForCausalLM"], "hidden_size": HIDDEN,
        "intermediate_size": INTERMEDIATE, "num_attention_heads": HEADS, "num_key_value_heads": HEADS,
        "num_hidden_layers": layers, "vocab_size": VOCABULARY, "tie_word_embeddings": True,
        "rms_norm_eps": 1e-5, "max_position_embeddings": 2048,
    }  # fmt: skip
    (directory / "config.json").write_text(json.dumps(config))
    square, tall, wide = [HIDDEN, HIDDEN], [INTERMEDIATE, HIDDEN], [HIDDEN, INTERMEDIATE]
    layer = {f"self_attn.{name}_proj.weight": square for name in "qkvo"}
    layer |= {"mlp.gate_proj.weight": tall, "mlp.up_proj.weight": tall, "mlp.down_proj.weight": wide}
    layer |= {f"{name}_layernorm.weight": [HIDDEN] for name in ("input", "post_attention")}
    files = {"ends": {"model.embed_tokens.weight": [VOCABULARY, HIDDEN], "model.norm.weight": [HIDDEN]}}
    for index in range(layers):
        files[f"layer{index}"] = {f"model.layers.{index}.{name}": shape for name, shape in layer.items()}
    where, total = {}, 0
    for file, tensors in files.items():
        total += _write_sparse(directory / f"{file}.safetensors", tensors)
        where |= dict.fromkeys(tensors, f"{file}.safetensors")
    (directory / "model.safetensors.index.json").write_text(json.dumps({"weight_map": where}))
    return total


def write_experts(directory: Path, layers: int) -> int:
    """A Qwen3-MoE of zeros, its experts one by one, in one sparse file; bytes of its weights."""
    config = {
        "model_type": "qwen3_moe", "architectures": ["Qwen3MoeForCausalLM"], "hidden_size": HIDDEN,
        "moe_intermediate_size": EXPERT_WIDTH, "num_experts": EXPERTS, "num_experts_per_tok": 8,
        "num_attention_heads": HEADS, "num_key_value_heads": HEADS, "head_dim": HIDDEN // HEADS,
        "num_hidden_layers": layers, "vocab_size": VOCABULARY, "tie_word_embeddings": True,
    }  # fmt: skip
    (directory / "config.json").write_text(json.dumps(config))
    layer = {f"self_attn.{name}_proj.weight": [HIDDEN, HIDDEN] for name in "qkvo"}
    layer |= {f"self_attn.{name}_norm.weight": [HIDDEN // HEADS] for name in "qk"}
    layer |= {f"{name}_layernorm.weight": [HIDDEN] for name in ("input", "post_attention")}
    layer["mlp.gate.weight"] = [EXPERTS, HIDDEN]
    for expert in range(EXPERTS):
        for name, shape in (("gate", [EXPERT_WIDTH, HIDDEN]), ("up", [EXPERT_WIDTH, HIDDEN])):
            layer[f"mlp.experts.{expert}.{name}_proj.weight"] = shape
        layer[f"mlp.experts.{expert}.down_proj.weight"] = [HIDDEN, EXPERT_WIDTH]
    tensors = {"model.embed_tokens.weight": [VOCABULARY, HIDDEN], "model.norm.weight": [HIDDEN]}
    for index in range(layers):
        tensors |= {f"model.layers.{index}.{name}": shape for name, shape in layer.items()}
    return _write_sparse(directory / "model.safetensors", tensors)


def _write_sparse(path: Path, tensors: dict[str, list[int]]) -> int:
    header, at = {}, 0
    for name, shape in tensors.items():
        size = 2
        for side in shape:
            size *= side
        header[name] = {"dtype": "BF16", "shape": shape, "data_offsets": [at, at + size]}
        at += size
    encoded = json.dumps(header).encode()
    with path.open("wb") as stream:
        stream.write(struct.pack("<Q", len(encoded)) + encoded)
        stream.truncate(8 + len(encoded) + at)
    return at


def child(directory: str, limit: int, levels: list[str]) -> None:
    if limit:
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    import torch

    torch.set_num_threads(1)
    from probes.open_checkpoint import open_checkpoint
    from probes.perplexity.frames import Window
    from probes.perplexity.one_pass import Track, one_pass
    from probes.perplexity.scores import row
    from probes.quantize import find

    window = Window(tuple(range(5, 69)), 1, 63, 63, 0, 63)
    tracks = [Track(find(name), (0,)) for name in levels]
    passed = one_pass(
        open_checkpoint(directory), [window], tracks, "bf16", torch.device("cpu"), lambda *_: None
    )
    scores = passed.scores
    print("RESULT" + json.dumps({
        "ppl": {name: row(found, scores["bf16"], 0.0).ppl for name, found in scores.items()},
        "peak_bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
    }))  # fmt: skip


def measure(layers: int, limit: int, *levels: str, write: Write = write_zeros) -> dict[str, Any]:
    with tempfile.TemporaryDirectory(prefix="basefit-bench-") as folder:
        size = write(Path(folder), layers)
        command = [sys.executable, "-m", "tests.bench.perplexity_memory", folder, str(limit), *levels]
        # glibc's arenas and OpenMP's stacks count against an address space, not against memory.
        environment = os.environ | {"MALLOC_ARENA_MAX": "1", "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True, env=environment)
    line = next(line for line in done.stdout.splitlines() if line.startswith("RESULT"))
    return {"layers": layers, "weight_bytes": size, "limit_bytes": limit, **json.loads(line[6:])}


def main() -> None:
    if len(sys.argv) > 1:
        child(sys.argv[1], int(sys.argv[2]), sys.argv[3:])
        return
    answer = {
        "growing": [measure(layers, 0, "bf16", "rtn-4-g128") for layers in LAYERS],
        "limited": measure(LIMITED_LAYERS, LIMIT_BYTES, "bf16"),
        "experts": [
            measure(layers, 0, "bf16", "rtn-4-g128", write=write_experts) for layers in EXPERT_LAYERS
        ],
    }
    print(json.dumps(answer, indent=2))


if __name__ == "__main__":
    main()
