"""The cache and the states that a plan counts against those that transformers keeps."""

from typing import Any

import pytest
import torch
from transformers import AutoConfig, AutoModelForCausalLM

from catalog.memory.estimate import kv_elements, state_bytes
from catalog.models.from_config import spec_from_config
from catalog.models.registry import find_model
from catalog.models.spec import ModelSpec
from catalog.problem import Problem
from probes.shapes.choose import built
from probes.shapes.count import counted

SHAPE = {"vocab_size": 64, "hidden_size": 64, "intermediate_size": 64, "num_hidden_layers": 4,
         "num_attention_heads": 4, "num_key_value_heads": 2, "head_dim": 16}  # fmt: skip
DELTA = {"linear_num_key_heads": 2, "linear_num_value_heads": 4, "linear_key_head_dim": 16,
         "linear_value_head_dim": 16}  # fmt: skip
EXPERTS = {"num_experts": 4, "num_experts_per_tok": 2, "moe_intermediate_size": 32,
           "shared_expert_intermediate_size": 32}  # fmt: skip
LATENT = {"n_routed_experts": 4, "num_experts_per_tok": 2, "n_group": 1, "topk_group": 1,
          "moe_intermediate_size": 32, "kv_lora_rank": 32, "q_lora_rank": 32, "qk_rope_head_dim": 8,
          "qk_nope_head_dim": 16, "v_head_dim": 16, "num_key_value_heads": 4, "head_dim": 8}  # fmt: skip
KINDS: dict[str, dict[str, Any]] = {
    "mistral": {"sliding_window": 128},
    "gemma3_text": {"sliding_window": 128},
    "gpt_oss": {"sliding_window": 128, "num_local_experts": 2, "num_experts_per_tok": 1},
    "llama4_text": {"num_local_experts": 2, "attention_chunk_size": 128, "intermediate_size_mlp": 64},
    "deepseek_v3": LATENT,
    "qwen3_next": DELTA | EXPERTS,
    "qwen3_5_text": DELTA,
    "qwen3_5_moe_text": DELTA | EXPERTS,
    "nemotron_h": {"mamba_num_heads": 4, "mamba_head_dim": 32, "ssm_state_size": 16, "n_groups": 2,
                   "layers_block_type": ["mamba", "attention", "mamba", "mlp"]},
    "jamba": {"num_experts": 2, "num_experts_per_tok": 1, "attn_layer_period": 2, "attn_layer_offset": 1},
    "lfm2": {"layer_types": ["conv", "full_attention", "conv", "conv"]},
}  # fmt: skip


def spec_of(config: dict[str, Any]) -> ModelSpec:
    """As `probes.shapes.spec` has it, in this process."""
    try:
        return spec_from_config(config, "tiny")
    except Problem:
        return ModelSpec.of(counted(built(config), config), "tiny")


def kept(cache: Any) -> int:
    """Bytes of all that a cache of transformers holds."""
    found = []
    for layer in cache.layers:
        found += [getattr(layer, name, None) for name in ("keys", "values")]
        for name in ("conv_states", "recurrent_states"):
            found += (getattr(layer, name, None) or {}).values()
    return sum(tensor.nbytes for tensor in found if isinstance(tensor, torch.Tensor))


@pytest.mark.parametrize("kind", KINDS)
def test_a_plan_keeps_what_transformers_keeps(kind: str) -> None:
    config = {"model_type": kind} | SHAPE | KINDS[kind]
    made = AutoConfig.for_model(kind, **SHAPE | KINDS[kind])
    model = AutoModelForCausalLM.from_config(made, dtype=torch.bfloat16).eval()
    spec = spec_of(config)
    with torch.inference_mode():
        out = model(input_ids=torch.zeros(2, 300, dtype=torch.long), use_cache=True)
        model(input_ids=torch.zeros(2, 1, dtype=torch.long), past_key_values=out.past_key_values)
    planned = 2 * (2 * kv_elements(spec, 301, spec.layers)[1] + state_bytes(spec))
    assert planned == pytest.approx(kept(out.past_key_values), rel=0.01)


def test_the_catalogs_own() -> None:
    """DeepSeek-V3 keeps 576 numbers of a token in a layer; one in four layers of Qwen3-Next a cache."""
    latent = find_model("deepseek-v3").spec
    assert kv_elements(latent, 163840, latent.layers) == (61 * 576 * 163840,) * 3
    hybrid = find_model("qwen3-next-80b-a3b-instruct").spec
    assert kv_elements(hybrid, 1000, hybrid.layers)[1] == 12 * 2 * 2 * 256 * 1000
    assert state_bytes(hybrid) == 36 * (4 * 32 * 128 * 128 + 2 * 4 * (2 * 16 * 128 + 32 * 128))
