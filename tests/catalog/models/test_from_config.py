"""Shapes read from a config.json."""

from dataclasses import replace

import pytest

from catalog.models.from_config import spec_from_config
from catalog.models.registry import find_model
from catalog.problem import Problem

LLAMA = {
    "model_type": "llama",
    "hidden_size": 4096,
    "intermediate_size": 11008,
    "num_hidden_layers": 32,
    "num_attention_heads": 32,
    "vocab_size": 32000,
    "max_position_embeddings": 2048,
}
CHATGLM_1 = {
    "model_type": "chatglm",
    "hidden_size": 4096,
    "inner_hidden_size": 16384,
    "num_layers": 28,
    "num_attention_heads": 32,
    "vocab_size": 130528,
    "max_sequence_length": 2048,
    "position_encoding_2d": True,
}
CHATGLM_2 = {
    "model_type": "chatglm",
    "add_bias_linear": False,
    "add_qkv_bias": True,
    "ffn_hidden_size": 13696,
    "hidden_size": 4096,
    "kv_channels": 128,
    "multi_query_attention": True,
    "multi_query_group_num": 2,
    "num_attention_heads": 32,
    "num_layers": 28,
    "padded_vocab_size": 65024,
    "post_layer_norm": True,
    "rmsnorm": True,
    "seq_length": 32768,
}
MISTRAL = {
    **LLAMA,
    "model_type": "mistral",
    "intermediate_size": 14336,
    "num_key_value_heads": 8,
    "max_position_embeddings": 32768,
    "sliding_window": 4096,
}


@pytest.mark.parametrize(
    ("config", "name"),
    [
        (LLAMA, "llama-7b"),
        (MISTRAL, "mistral-7b-v0.1"),
        (CHATGLM_1, "chatglm-6b"),
        (CHATGLM_2, "chatglm2-6b"),
    ],
)
def test_a_config_gives_the_catalogs_shapes(config: dict[str, object], name: str) -> None:
    assert spec_from_config(config, name) == find_model(name).spec


def test_gemma_2_alternates_windows() -> None:
    config = {
        "model_type": "gemma2",
        "hidden_size": 2304,
        "intermediate_size": 9216,
        "num_hidden_layers": 26,
        "num_attention_heads": 8,
        "num_key_value_heads": 4,
        "head_dim": 256,
        "vocab_size": 256000,
        "max_position_embeddings": 8192,
        "sliding_window": 4096,
    }
    spec = spec_from_config(config, "gemma-2-2b")
    assert spec == find_model("gemma-2-2b").spec
    assert spec.local_layers == tuple(range(0, 26, 2))


def test_qwen2_uses_its_window_only_where_told() -> None:
    config = {**LLAMA, "model_type": "qwen2", "sliding_window": 4096, "use_sliding_window": False}
    assert spec_from_config(config, "q").sliding_window is None
    used = spec_from_config({**config, "use_sliding_window": True, "max_window_layers": 28}, "q")
    assert used.local_layers == (28, 29, 30, 31)


@pytest.mark.parametrize("field", ["hidden_size", "num_hidden_layers", "num_attention_heads", "vocab_size"])
def test_a_missing_field_is_named(field: str) -> None:
    config = {key: value for key, value in LLAMA.items() if key != field}
    with pytest.raises(Problem) as raised:
        spec_from_config(config, "x")
    assert raised.value.code == "config-unsupported"
    assert raised.value.params == {"architecture": "llama", "field": field}


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"model_type": "mamba"}, "model_type"),
        ({"model_type": None}, "model_type"),
        ({"model_type": ["llama"]}, "model_type"),
        ({"hidden_size": "4096"}, "hidden_size"),
        ({"hidden_size": -1}, "hidden_size"),
        ({"num_attention_heads": 0}, "num_attention_heads"),
        ({"num_key_value_heads": True}, "num_key_value_heads"),
    ],
)
def test_what_is_not_supported_is_named(change: dict[str, object], field: str) -> None:
    with pytest.raises(Problem) as raised:
        spec_from_config({**LLAMA, **change}, "x")
    assert raised.value.params["field"] == field


def test_a_context_of_ones_own_changes_no_count() -> None:
    spec = spec_from_config(LLAMA, "x")
    assert replace(spec, context=1).parameters == spec.parameters
