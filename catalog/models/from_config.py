"""A Hugging Face `config.json` as a ModelSpec, for the architectures that are counted exactly."""

from collections.abc import Mapping
from typing import Any

from catalog.models.architectures import TIED_BY_DEFAULT, TRAITS, local_layers
from catalog.models.spec import Experts, Mla, ModelSpec
from catalog.problem import Problem

Config = Mapping[str, Any]


def spec_from_config(config: Config, name: str) -> ModelSpec:
    """The shapes that a `config.json` describes.

    Raises Problem("config-unsupported", architecture=, field=) where the architecture is not known
    (field "model_type"), or a field that it needs is missing or of the wrong kind.
    """
    kind = config.get("model_type")
    if kind == "chatglm":
        return _chatglm(config, name)
    if not isinstance(kind, str) or kind not in TRAITS:
        raise Problem("config-unsupported", architecture=str(kind), field="model_type")
    heads = _number(config, "num_attention_heads")
    hidden = _number(config, "hidden_size")
    layers = _number(config, "num_hidden_layers")
    window = _window(config, kind)
    traits = dict(TRAITS[kind])
    traits.update(_written_traits(config, kind))
    mla = _mla(config) if kind.startswith("deepseek_v") else None
    return ModelSpec(
        name=name,
        architecture=kind,
        layers=layers,
        hidden=hidden,
        intermediate=_number(config, "intermediate_size"),
        heads=heads,
        kv_heads=_number(config, "num_key_value_heads", heads),
        head_dim=_number(config, "head_dim", hidden // heads),
        vocabulary=_number(config, "vocab_size"),
        tied=bool(config.get("tie_word_embeddings", kind in TIED_BY_DEFAULT)),
        context=_number(config, "max_position_embeddings", 2048),
        sliding_window=window,
        local_layers=_local_layers(config, kind, layers, window),
        mla=mla,
        experts=_experts(config) if mla else None,
        **traits,  # type: ignore[arg-type]
    )


def _written_traits(config: Config, kind: str) -> dict[str, bool | float]:
    """Traits that the file may state, where transformers reads them for that architecture."""
    traits: dict[str, bool | float] = {}
    if kind in ("llama", "qwen3", "deepseek_v2", "deepseek_v3", "gemma", "gemma2"):
        bias = bool(config.get("attention_bias", False))
        traits.update(qkv_bias=bias, output_bias=bias)
    if kind in ("glm", "glm4"):
        traits["qkv_bias"] = bool(config.get("attention_bias", kind == "glm"))
    if kind == "llama":
        traits["mlp_bias"] = bool(config.get("mlp_bias", False))
    if "partial_rotary_factor" in config:
        traits["rotary_fraction"] = float(config["partial_rotary_factor"])
    if kind == "phi" and config.get("qk_layernorm"):
        raise Problem("config-unsupported", architecture=kind, field="qk_layernorm")
    return traits


def _window(config: Config, kind: str) -> int | None:
    window = config.get("sliding_window")
    if window is None or kind not in ("mistral", "qwen2", "qwen3", "gemma2", "phi3"):
        return None
    if kind.startswith("qwen") and not config.get("use_sliding_window", False):
        return None
    return _number(config, "sliding_window")


def _local_layers(config: Config, kind: str, layers: int, window: int | None) -> tuple[int, ...]:
    kinds = config.get("layer_types")
    if window is not None and isinstance(kinds, list):
        return tuple(index for index, word in enumerate(kinds) if word == "sliding_attention")
    if window is not None and kind.startswith("qwen"):
        return tuple(range(_number(config, "max_window_layers", 28, 0), layers))
    return local_layers(kind, layers, window)


def _mla(config: Config) -> Mla:
    return Mla(
        kv_rank=_number(config, "kv_lora_rank"),
        rope_dim=_number(config, "qk_rope_head_dim"),
        nope_dim=_number(config, "qk_nope_head_dim"),
        value_dim=_number(config, "v_head_dim"),
        q_rank=_number(config, "q_lora_rank") if config.get("q_lora_rank") is not None else None,
    )


def _experts(config: Config) -> Experts | None:
    if not config.get("n_routed_experts"):
        return None
    if config.get("moe_layer_freq", 1) != 1:
        raise Problem("config-unsupported", architecture=str(config["model_type"]), field="moe_layer_freq")
    return Experts(
        routed=_number(config, "n_routed_experts"),
        per_token=_number(config, "num_experts_per_tok"),
        intermediate=_number(config, "moe_intermediate_size"),
        shared=_number(config, "n_shared_experts", 0, 0),
        dense_layers=_number(config, "first_k_dense_replace", 0, 0),
    )


def _chatglm(config: Config, name: str) -> ModelSpec:
    """ChatGLM's published files: version 1 has `inner_hidden_size`, 2 and 3 have `ffn_hidden_size`."""
    heads = _number(config, "num_attention_heads")
    hidden = _number(config, "hidden_size")
    if "inner_hidden_size" in config:
        return ModelSpec(
            name=name,
            architecture="chatglm",
            layers=_number(config, "num_layers"),
            hidden=hidden,
            intermediate=_number(config, "inner_hidden_size"),
            heads=heads,
            kv_heads=heads,
            head_dim=hidden // heads,
            vocabulary=_number(config, "vocab_size"),
            tied=bool(config.get("tie_word_embeddings", True)),
            context=_number(config, "max_sequence_length", 2048),
            **TRAITS["chatglm"],  # type: ignore[arg-type]
        )
    for field, expected in (("rmsnorm", True), ("add_bias_linear", False), ("post_layer_norm", True)):
        if bool(config.get(field, expected)) is not expected:
            raise Problem("config-unsupported", architecture="chatglm", field=field)
    grouped = bool(config.get("multi_query_attention", False))
    traits = {**TRAITS["glm"], "qkv_bias": bool(config.get("add_qkv_bias", False))}
    return ModelSpec(
        name=name,
        architecture="glm",
        layers=_number(config, "num_layers"),
        hidden=hidden,
        intermediate=_number(config, "ffn_hidden_size"),
        heads=heads,
        kv_heads=_number(config, "multi_query_group_num") if grouped else heads,
        head_dim=_number(config, "kv_channels", hidden // heads),
        vocabulary=_number(config, "padded_vocab_size"),
        tied=bool(config.get("tie_word_embeddings", False)),
        context=_number(config, "seq_length", 2048),
        **traits,  # type: ignore[arg-type]
    )


def _number(config: Config, field: str, default: int | None = None, least: int = 1) -> int:
    """A whole number of the file, `least` or more; a null or absent one is the default."""
    value = config.get(field)
    value = default if value is None else value
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        raise Problem("config-unsupported", architecture=str(config.get("model_type")), field=field)
    return value
