"""Bytes that a plan counts against those that transformers and bitsandbytes hold of a tiny checkpoint."""

from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn
from transformers import AutoConfig

from catalog.models.spec import ModelSpec
from catalog.quantization.levels import find_level
from probes.checkpoint.classes import auto_class
from probes.checkpoint.target import read_config
from probes.deploy.assembly import assemble, random_source
from probes.deploy.job import DeployJob
from probes.deploy.probe import load, read_job
from probes.machine.peak_memory import resident_bytes
from probes.quantize import find
from probes.shapes.bounds import bounded
from probes.shapes.choose import built
from probes.shapes.count import counted
from tests.probes.perplexity.small_models import small

CPU = torch.device("cpu")
MAMBA = {"mamba_num_heads": 4, "mamba_head_dim": 32, "ssm_state_size": 16, "n_groups": 2}
KINDS: dict[str, dict[str, Any]] = {
    "llama": {},
    "mistral": {},
    "gemma3_text": {},
    "olmoe": {},
    "mixtral": {},
    "qwen2_moe": {},
    "granitemoe": {},
    "glm4_moe": {},  # buffers that balance the experts
    "gpt_oss": {},  # experts with biases
    "ernie4_5_moe": {},  # routers in float32
    "hunyuan_v1_moe": {},  # the same, which a level quantizes
    "llama4_text": {},  # routers of a class of their own
    "deepseek_v3": {},
    "deepseek_v32": {},  # a matrix that is named to stay
    "minimax_m2": {},
    "qwen3_next": {},
    "jamba": {},
    "lfm2_moe": {},
    "nemotron_h": MAMBA | {"layers_block_type": ["mamba", "attention", "mamba", "mlp"]},
    "gemma4_text": {"vocab_size_per_layer_input": 64},  # a matrix outside of the layers
    "falcon": {},  # linear layers of a class of their own, which no level replaces
    "qwen3_vl": {},  # a wrapper: its vision part stays
}
"""Experts, latent, sliding and linear attention, states, and what stays as it is."""


class Quiet:
    def progress(self, *_: object, **__: object) -> None: ...


def held(model: nn.Module) -> int:
    """Bytes of all that the checkpoint gave, scales and tables of bitsandbytes included."""
    stored = model.state_dict()
    return resident_bytes(model) - sum(x.nbytes for name, x in model.named_buffers() if name not in stored)


@pytest.mark.parametrize("kind", KINDS)
def test_a_checkpoint_takes_the_bytes_that_were_counted(kind: str, tmp_path: Path) -> None:
    config = small(kind, **KINDS[kind])
    torch.manual_seed(0)
    auto: Any = auto_class(config, kind)
    auto.from_config(config, dtype=torch.bfloat16).save_pretrained(tmp_path)
    written = read_config(tmp_path)
    spec = ModelSpec.of(counted(built(bounded(written)), written), kind)
    loaded = {}
    for level in ("bf16", "int8", "nf4"):
        model = load(read_job(DeployJob(target=str(tmp_path), level=level)), Quiet())
        loaded[level] = held(model)
        assert loaded[level] == find_level(level).weight_bytes(spec)
    assert (loaded["nf4"] < loaded["int8"] < loaded["bf16"]) is (kind != "falcon")
    nf4 = find("nf4")
    source = random_source(CPU, nf4.dtype)
    assert (
        held(assemble(AutoConfig.from_pretrained(tmp_path), source, level=nf4, device=CPU)) == loaded["nf4"]
    )
