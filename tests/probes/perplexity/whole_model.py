"""The yardstick: the same windows through the whole model, as transformers and bitsandbytes load it."""

from collections.abc import Sequence
from pathlib import Path

import torch
from transformers import AutoConfig, BitsAndBytesConfig

from probes.checkpoint.classes import auto_class
from probes.perplexity.frames import Window


def quantization(level: str, dtype: torch.dtype) -> BitsAndBytesConfig | None:
    if level == "int8":
        return BitsAndBytesConfig(load_in_8bit=True)
    if level in ("nf4", "nf4-dq", "fp4"):
        return BitsAndBytesConfig(
            load_in_4bit=True,
            bnb_4bit_quant_type=level[:3],
            bnb_4bit_use_double_quant=level.endswith("-dq"),
            bnb_4bit_compute_dtype=dtype,
        )
    return None


def load(directory: Path, level: str, dtype: torch.dtype = torch.bfloat16) -> torch.nn.Module:
    """The whole model; bitsandbytes' fused CPU kernel is off (it rounds the scales)."""
    auto = auto_class(AutoConfig.from_pretrained(directory), str(directory))
    model = auto.from_pretrained(
        directory, dtype=dtype, quantization_config=quantization(level, dtype), device_map="cpu"
    )
    for module in model.modules():
        if hasattr(module, "support_avx512bf16_for_cpu"):
            module.support_avx512bf16_for_cpu = False
    return model.eval()


@torch.no_grad()
def nats(model: torch.nn.Module, windows: Sequence[Window]) -> list[float]:
    """Σ -ln p of each window's targets."""
    found = []
    for window in windows:
        ids = torch.tensor([window.ids])
        logits = model(input_ids=ids).logits[0].float()
        logp = torch.log_softmax(logits[window.first - 1 : -1], -1)
        found.append(-float(logp.gather(-1, ids[0, window.first :, None]).double().sum()))
    return found


@torch.no_grad()
def divergence(reference: torch.nn.Module, model: torch.nn.Module, window: Window) -> float:
    """Σ KL(reference || model) over the window's targets, in float64."""
    ids = torch.tensor([window.ids])
    keep = slice(window.first - 1, -1)
    p = torch.log_softmax(reference(input_ids=ids).logits[0, keep].double(), -1)
    q = torch.log_softmax(model(input_ids=ids).logits[0, keep].double(), -1)
    return float((p.exp() * (p - q)).sum())
