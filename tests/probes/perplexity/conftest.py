"""Tiny random models of every architecture, written to disk as their authors would."""

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from transformers import AutoConfig, AutoModelForCausalLM

from probes.checkpoint.classes import auto_class
from tests.probes.perplexity.small_models import small

torch.set_num_threads(1)

SHAPE = {
    "vocab_size": 320,
    "hidden_size": 128,
    "intermediate_size": 256,
    "num_hidden_layers": 3,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "head_dim": 32,
    "max_position_embeddings": 512,
    "pad_token_id": 0,
    "bos_token_id": 1,
    "eos_token_id": 2,
}
"""Small, and with group-query attention; widths are multiples of 64, the block of NF4."""

MakeSmall = Callable[[str], Path]
MakeModel = Callable[..., Path]


@pytest.fixture
def make_small(tmp_path: Path) -> MakeSmall:
    """`make_small(model_type)` writes a random model of any type in bfloat16, as transformers saves it."""

    def make(model_type: str) -> Path:
        config = small(model_type)
        model = auto_class(config, model_type).from_config(config, dtype=torch.float32)
        generator = torch.Generator().manual_seed(7)
        with torch.no_grad():
            for name, tensor in model.state_dict().items():
                if "embed" in name or "wte" in name or "wpe" in name:
                    tensor.normal_(0, 0.3, generator=generator)
                elif tensor.ndim > 1:
                    tensor.normal_(0, 1.5 * tensor.shape[-1] ** -0.5, generator=generator)
                elif tensor.is_floating_point():
                    tensor.add_(torch.empty_like(tensor).normal_(0, 0.1, generator=generator))
        model.to(torch.bfloat16).save_pretrained(tmp_path / model_type)
        return tmp_path / model_type

    return make


@pytest.fixture
def make_model(tmp_path: Path) -> MakeModel:
    """`make_model(model_type, **config)` writes a random model in bfloat16 and returns its folder."""

    def make(
        model_type: str, folder: str = "model", dtype: torch.dtype = torch.bfloat16, **more: object
    ) -> Path:
        config = AutoConfig.for_model(model_type, **(SHAPE | more))
        torch.manual_seed(7)
        model = AutoModelForCausalLM.from_config(config, dtype=torch.float32)
        with torch.no_grad():
            for name, parameter in model.named_parameters():
                if parameter.ndim > 1:
                    # Wide enough that predictions are far from uniform and levels differ.
                    parameter.mul_(3.0 if "embed" in name else 4.0)
                elif "norm" in name:
                    parameter.add_(torch.randn_like(parameter) * 0.1)
        model.to(dtype).save_pretrained(tmp_path / folder)
        return tmp_path / folder

    return make
