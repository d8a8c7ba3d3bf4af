"""What an architecture fixes beyond its widths: biases, norms, fused matrices, local layers.

Each entry is read off the modelling code of transformers (or, for ChatGLM-6B, of its checkpoint).
"""

from collections.abc import Mapping

Trait = bool | int | float
TRAITS: Mapping[str, Mapping[str, Trait]] = {
    "llama": {},
    "mistral": {},
    "qwen2": {"qkv_bias": True},
    "qwen3": {"qk_norm": True},
    "gemma": {},
    "gemma2": {"norms_per_layer": 4},
    "glm": {"qkv_bias": True, "fused_gate_up": True, "rotary_fraction": 0.5},
    "glm4": {"qkv_bias": True, "fused_gate_up": True, "norms_per_layer": 4, "rotary_fraction": 0.5},
    "phi": {
        "qkv_bias": True,
        "output_bias": True,
        "mlp_bias": True,
        "head_bias": True,
        "norms_per_layer": 1,
        "norm_bias": True,
        "gated": False,
        "parallel": True,
        "rotary_fraction": 0.4,
    },
    "phi3": {"fused_qkv": True, "fused_gate_up": True},
    "chatglm": {
        "qkv_bias": True,
        "output_bias": True,
        "mlp_bias": True,
        "norm_bias": True,
        "gated": False,
        "fused_qkv": True,
    },
    "deepseek_v2": {},
    "deepseek_v3": {},
}

TIED_BY_DEFAULT = frozenset({"gemma", "gemma2", "chatglm"})
"""Architectures whose transformers configuration ties the head unless the file says otherwise."""


def local_layers(architecture: str, layers: int, window: int | None) -> tuple[int, ...]:
    """Layers with windowed attention: every other one in Gemma-2 (the even ones), all elsewhere."""
    if window is None:
        return ()
    return tuple(range(0, layers, 2)) if architecture == "gemma2" else tuple(range(layers))
