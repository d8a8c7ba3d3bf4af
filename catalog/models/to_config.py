"""From shapes back to a transformers configuration, for models known by their shapes alone."""

from typing import Any

from catalog.models.spec import ModelSpec
from catalog.problem import Problem


def config_of(spec: ModelSpec) -> dict[str, Any]:
    """A `config.json` with the shapes of `spec`, which `catalog.models.from_config` reads back as the same.

    What shapes do not say (rotary base, norm epsilon, special tokens) is transformers' default: this is
    for measuring memory and speed with random weights. Problem("spec-config-unsupported").
    """
    if spec.architecture == "chatglm":
        return _chatglm(spec)
    config: dict[str, Any] = {
        "model_type": spec.architecture,
        "hidden_size": spec.hidden,
        "intermediate_size": spec.intermediate,
        "num_hidden_layers": spec.layers,
        "num_attention_heads": spec.heads,
        "num_key_value_heads": spec.kv_heads,
        "head_dim": spec.head_dim,
        "vocab_size": spec.vocabulary,
        "tie_word_embeddings": spec.tied,
        "max_position_embeddings": spec.context,
        "sliding_window": spec.sliding_window,
        "attention_bias": spec.qkv_bias,
        "mlp_bias": spec.mlp_bias,
        # The defaults lie outside small vocabularies.
        "pad_token_id": 0,
        "bos_token_id": 0,
        "eos_token_id": 0,
    }
    if spec.rotary_fraction != 1:
        config["partial_rotary_factor"] = spec.rotary_fraction
    if spec.architecture.startswith("qwen") and spec.sliding_window is not None:
        config |= {"use_sliding_window": True, "max_window_layers": spec.layers - len(spec.local_layers)}
    if spec.architecture == "gemma2":
        config["query_pre_attn_scalar"] = spec.head_dim
    if spec.architecture in ("llama", "gemma", "gemma2", "qwen3") and spec.qkv_bias != spec.output_bias:
        raise Problem("spec-config-unsupported", architecture=spec.architecture)
    return config | _latent(spec) | _experts(spec)


def _chatglm(spec: ModelSpec) -> dict[str, Any]:
    """ChatGLM-6B as its publisher writes it; ChatGLM2 and 3 are of the architecture glm."""
    return {
        "model_type": "chatglm",
        "hidden_size": spec.hidden,
        "inner_hidden_size": spec.intermediate,
        "num_layers": spec.layers,
        "num_attention_heads": spec.heads,
        "vocab_size": spec.vocabulary,
        "max_sequence_length": spec.context,
        "torch_dtype": "float16",
    }


def _latent(spec: ModelSpec) -> dict[str, Any]:
    if spec.mla is None:
        return {}
    return {
        "kv_lora_rank": spec.mla.kv_rank,
        "q_lora_rank": spec.mla.q_rank,
        "qk_rope_head_dim": spec.mla.rope_dim,
        "qk_nope_head_dim": spec.mla.nope_dim,
        "v_head_dim": spec.mla.value_dim,
    }


def _experts(spec: ModelSpec) -> dict[str, Any]:
    if spec.experts is None:
        return {}
    return {
        "n_routed_experts": spec.experts.routed,
        "num_experts_per_tok": spec.experts.per_token,
        "moe_intermediate_size": spec.experts.intermediate,
        "n_shared_experts": spec.experts.shared,
        "first_k_dense_replace": spec.experts.dense_layers,
    }
