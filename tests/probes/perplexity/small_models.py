"""Small configurations of every type that the one pass is proved on, and of any other.

Two to four layers with every kind that the type has; widths are multiples of 64, the block of NF4.
"""

from typing import Any

from transformers import PretrainedConfig
from transformers.models.auto.configuration_auto import CONFIG_MAPPING

TEXT: dict[str, Any] = {
    "vocab_size": 320, "hidden_size": 64, "d_model": 64, "n_embd": 64,
    "intermediate_size": 64, "ffn_dim": 128, "n_inner": 128, "dense_intermediate_size": 64,
    "num_hidden_layers": 2, "n_layer": 2, "num_attention_heads": 4, "n_head": 4, "num_key_value_heads": 2,
    "head_dim": 32, "max_position_embeddings": 256, "n_positions": 256, "word_embed_proj_dim": 64,
    "rotary_dim": 8, "pad_token_id": 0, "bos_token_id": 1, "eos_token_id": 2, "sliding_window": 24,
    "moe_intermediate_size": 64, "shared_expert_intermediate_size": 64, "shared_intermediate_size": 64,
    "num_experts": 4, "num_local_experts": 4, "n_routed_experts": 4, "moe_num_experts": 4,
    "num_experts_per_tok": 2, "n_shared_experts": 1, "moe_k": 2, "moe_topk": 2, "top_k_experts": 2,
    "first_k_dense_replace": 1, "n_group": 2, "topk_group": 1, "q_lora_rank": 64, "kv_lora_rank": 64,
    "qk_rope_head_dim": 16, "qk_nope_head_dim": 16, "v_head_dim": 32, "index_n_heads": 2,
    "index_head_dim": 32, "index_topk": 16, "linear_num_key_heads": 2, "linear_num_value_heads": 4,
    "linear_key_head_dim": 16, "linear_value_head_dim": 16, "attention_chunk_size": 24,
    "vocab_size_per_layer_input": 320, "hidden_size_per_layer_input": 16, "global_head_dim": 32,
    "num_kv_shared_layers": 0, "num_global_key_value_heads": 2,
}  # fmt: skip
"""What any of these classes may call its widths; each takes what it knows."""
VISION: dict[str, Any] = {
    "hidden_size": 32, "intermediate_size": 32, "num_hidden_layers": 1, "depth": 1, "num_heads": 2,
    "num_attention_heads": 2, "num_key_value_heads": 2, "head_dim": 16, "out_hidden_size": 64,
    "num_position_embeddings": 16, "image_size": 28, "patch_size": 14, "deepstack_visual_indexes": [0],
    "fullatt_block_indexes": [0], "vision_output_dim": 64, "projector_input_dim": 64,
    "projector_output_dim": 64, "global_head_dim": 16,
}  # fmt: skip
"""The same of what sees, which is never run here."""
BOTH = {"layer_types": ["sliding_attention", "full_attention"]}
HYBRID = {"layer_types": ["linear_attention", "full_attention"]}

MROPE = {"rope_parameters": {"rope_type": "default", "rope_theta": 1e4, "mrope_section": [4, 6, 6]}}
SHORT = {"rope_parameters": MROPE["rope_parameters"] | {"mrope_section": [2, 3, 3]}}
EVEN = {"num_key_value_heads": 4}

SPECIAL: dict[str, dict[str, Any]] = {
    "deepseek_v3": EVEN | {"head_dim": 16},
    "deepseek_v32": EVEN | {"head_dim": 16},
    "axk1": EVEN | {"head_dim": 16},
    "bamba": {"attn_layer_indices": [1], "mamba_n_heads": 8, "mamba_d_head": 16, "mamba_n_groups": 1},
    "falcon_h1": {"mamba_d_ssm": 64, "mamba_n_heads": 4, "mamba_d_head": 16, "mamba_n_groups": 1,
                  "mamba_d_state": 16},
    "gemma3": BOTH,
    "gemma4": BOTH,
    "gemma4_text": {
        "num_hidden_layers": 4, "num_kv_shared_layers": 2,
        "layer_types": ["sliding_attention", "full_attention"] * 2,
    },
    "glm4_moe_lite": EVEN,
    "glm_moe_dsa": EVEN | {"head_dim": 16, "num_hidden_layers": 3,
                           "indexer_types": ["full", "full", "shared"]},
    "glm4v": {"rope_parameters": MROPE["rope_parameters"] | {"mrope_section": [1, 1, 2],
 "partial_rotary_factor": 0.5}},
    "glm4v_moe": {"rope_parameters": MROPE["rope_parameters"] | {"mrope_section": [1, 1, 2],
 "partial_rotary_factor": 0.5}},
    "gpt_oss": BOTH,
    "granitemoehybrid": {"layer_types": ["mamba", "attention"], "mamba_n_heads": 8, "mamba_d_head": 16},
    "jamba": {"attn_layer_period": 2, "attn_layer_offset": 1},
    "kimi_k25": EVEN | {"head_dim": 16},
    "lfm3": {"layer_types": ["conv", "full_attention"]},
    "lfm2_moe": {"layer_types": ["conv", "full_attention"], "num_dense_layers": 1},
    "llama4": {"layer_types": ["chunked_attention", "full_attention"], "intermediate_size_mlp": 128,
               "interleave_moe_layer_step": 2, "moe_layers": [1], "no_rope_layers": [1, 0]},
    "longcat_flash": {"head_dim": 16},
    "qwen2_vl": SHORT,
    "qwen2_5_vl": SHORT,
    "qwen3_5": HYBRID,
    "qwen3_5_moe": HYBRID,
    "qwen3_5_moe_text": HYBRID,
    "qwen3_5_text": HYBRID,
    "qwen3_next": HYBRID,
    "recurrent_gemma": {"block_types": ["recurrent", "attention"], "lru_width": 64},
    "youtu": EVEN | {"head_dim": 16},
}  # fmt: skip
"""What a type needs besides, of its text part."""


def small(model_type: str, **more: Any) -> PretrainedConfig:
    """A configuration of that type, `more` in its text part."""
    kind = CONFIG_MAPPING[model_type]
    special = SPECIAL.get(model_type, {}) | more
    parts = kind.sub_configs
    text = next((name for name in ("text_config", "llm_config", "decoder") if name in parts), None)
    if text is None:
        return kind(**_known(kind, TEXT) | special)
    written: dict[str, Any] = {}
    for name, part in parts.items():
        default = getattr(kind(), name, None)
        part = type(default) if default is not None else part
        known = _known(part, TEXT) | special if name == text else _known(part, VISION)
        if getattr(part, "model_type", ""):
            known["model_type"] = part.model_type
        written[name] = known
    return kind(**written)


def _known(kind: type[PretrainedConfig], fields: dict[str, Any]) -> dict[str, Any]:
    default = kind()
    known = {*default.to_dict(), *kind.attribute_map}
    return {name: value for name, value in fields.items() if name in known}
