"""A checkpoint on disk as a level of its base: all that its layers hold is its own, not its codes alone."""

import json
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from tests.probes.perplexity.conftest import MakeModel
from tests.probes.perplexity.test_known_answers import score, window

GROUP = 64
ORDER = (0, 2, 4, 6, 1, 3, 5, 7)
"""Which of eight outputs each field of AutoAWQ's words holds."""


def packed(values: Tensor) -> Tensor:
    fields = values.long().unflatten(1, (-1, 8))[..., ORDER]
    words = (fields << (4 * torch.arange(8))).sum(-1)
    return words.to(torch.int32)


def awq(weight: Tensor, prefix: str) -> dict[str, Tensor]:
    """A weight [out, in] rounded to groups of 4-bit numbers, under AutoAWQ's names."""
    groups = weight.float().t().unflatten(0, (-1, GROUP))
    low, high = groups.amin(1).clamp(max=0), groups.amax(1).clamp(min=0)
    scales = ((high - low) / 15).half().float()
    zeros = (-low / scales).round().clamp(0, 15)
    codes = (groups / scales[:, None] + zeros[:, None]).round().clamp(0, 15).flatten(0, 1)
    parts = {"qweight": packed(codes), "qzeros": packed(zeros), "scales": scales.half()}
    return {f"{prefix}.{name}": tensor.contiguous() for name, tensor in parts.items()}


def write_awq(base: Path, out: Path) -> None:
    """As AWQ does it: each norm divided by what the weights behind it are multiplied with."""
    out.mkdir()
    written: dict[str, Tensor] = {}
    tensors = load_file(base / "model.safetensors")
    for name, tensor in tensors.items():
        factor = torch.linspace(0.25, 4, 128)
        if name.endswith("layernorm.weight"):
            written[name] = (tensor.float() / factor).to(tensor.dtype)
        elif name.endswith("_proj.weight"):
            scaled = tensor.float()
            if not name.endswith(("o_proj.weight", "down_proj.weight")):
                scaled = scaled * factor
            written |= awq(scaled, name.removesuffix(".weight"))
        else:
            written[name] = tensor
    save_file(written, out / "model.safetensors")
    config = json.loads((base / "config.json").read_text())
    settings = {"quant_method": "awq", "bits": 4, "group_size": GROUP, "version": "gemm"}
    (out / "config.json").write_text(json.dumps(config | {"quantization_config": settings}))


def test_awq_brings_its_norms(make_model: MakeModel, tmp_path: Path) -> None:
    base, out = make_model("llama"), tmp_path / "awq"
    write_awq(base, out)
    windows = [window([1, 5, 9, 200, 31, 7, 64, 12, 99, 4])]
    level = f"awq:{out}"
    (as_level,) = score(base, windows, ("bf16", level)).scores[level]
    (alone,) = score(out, windows).scores["bf16"]
    assert as_level.nats == pytest.approx(alone.nats, abs=1e-4)
    (rounded,) = score(base, windows, ("bf16", "rtn-4-g128")).scores["rtn-4-g128"]
    assert 0 < as_level.kl < 3 * rounded.kl
