"""The catalog's counts and names against transformers' own modules, built without weights."""

from typing import Any

import pytest

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")

from catalog.models.from_config import spec_from_config  # noqa: E402

SMALL: dict[str, Any] = {
    "hidden_size": 64,
    "intermediate_size": 96,
    "num_hidden_layers": 3,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "head_dim": 24,
    "vocab_size": 101,
    "pad_token_id": 0,
}
LATENT = {
    "num_key_value_heads": 4,
    "head_dim": 8,
    "kv_lora_rank": 12,
    "q_lora_rank": 20,
    "qk_rope_head_dim": 8,
    "qk_nope_head_dim": 16,
    "v_head_dim": 20,
    "n_routed_experts": 8,
    "num_experts_per_tok": 2,
    "n_shared_experts": 2,
    "moe_intermediate_size": 40,
    "first_k_dense_replace": 1,
    "n_group": 2,
    "topk_group": 1,
}
CONFIGURATIONS: dict[str, dict[str, Any]] = {
    "llama": {},
    "llama-biased": {"model_type": "llama", "attention_bias": True, "mlp_bias": True},
    "mistral": {"sliding_window": 16},
    "qwen2": {"head_dim": 16},
    "qwen3": {},
    "gemma": {},
    "gemma2": {"sliding_window": 16},
    "glm": {"attention_bias": True},
    "glm4": {},
    "phi": {"num_key_value_heads": 4, "head_dim": 16},
    "phi3": {"head_dim": 16},
    "deepseek_v2": {**LATENT, "topk_method": "greedy"},
    "deepseek_v3": LATENT,
    "deepseek_v2-lite": {
        "model_type": "deepseek_v2",
        **LATENT,
        "q_lora_rank": None,
        "topk_method": "greedy",
    },
}


@pytest.mark.parametrize("name", CONFIGURATIONS)
def test_counts_and_names_are_transformers_own(name: str) -> None:
    settings = {"model_type": name, **SMALL, **CONFIGURATIONS[name]}
    config = transformers.AutoConfig.for_model(**settings)
    with torch.device("meta"):
        model = transformers.AutoModelForCausalLM.from_config(config)
    spec = spec_from_config({**config.to_dict(), "model_type": settings["model_type"]}, name)
    assert spec.parameters == sum(parameter.numel() for parameter in model.parameters())

    for layer in range(spec.layers):
        prefix = f"model.layers.{layer}."
        built = {
            path.removeprefix(prefix): (module.in_features, module.out_features, module.bias is not None)
            for path, module in model.named_modules()
            if path.startswith(prefix) and isinstance(module, torch.nn.Linear)
        }
        # transformers fuses the routed experts of a layer into two parameters that are no modules.
        counted = {
            linear.name: (linear.inputs, linear.outputs, linear.bias)
            for linear in spec.linears(layer)
            if not linear.name.startswith("mlp.experts.")
        }
        assert counted == built
