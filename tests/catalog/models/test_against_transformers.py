"""The record of each architecture against transformers' own modules and configuration classes.

The modules are built without weights, from each class's default configuration with small widths.
"""

from dataclasses import fields
from typing import Any

import pytest

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")

from catalog.models.architecture import Fields  # noqa: E402
from catalog.models.architectures import ARCHITECTURES  # noqa: E402
from catalog.models.from_config import spec_from_config  # noqa: E402
from catalog.models.spec import ModelSpec  # noqa: E402
from catalog.models.to_config import config_of  # noqa: E402

SMALL: dict[str, Any] = {
    "hidden_size": 64,
    "intermediate_size": 96,
    "num_hidden_layers": 7,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "head_dim": 24,
    "vocab_size": 101,
    "pad_token_id": 0,
    "bos_token_id": 1,
    "eos_token_id": 2,
}
MORE: dict[str, dict[str, Any]] = {
    # Parts of these take the heads to share out the hidden width, whatever `head_dim` says.
    "helium": {"head_dim": 16},
    "phi": {"head_dim": 16},
    "stablelm": {"head_dim": 16},
}
"""What a class needs besides."""
VARIANTS: dict[str, list[dict[str, Any]]] = {
    "mistral": [{"sliding_window": None}],
    "ministral": [{"sliding_window": None}],
    "qwen2": [{"use_sliding_window": True, "sliding_window": 16, "max_window_layers": 5}],
    "qwen3": [{"use_sliding_window": True, "sliding_window": 16, "max_window_layers": 5}],
    "smollm3": [{"use_sliding_window": True, "sliding_window": 16, "no_rope_layer_interval": 3}],
    "gemma3_text": [{"sliding_window_pattern": 3}],
}
"""Beside these, each flag of the record is turned over once."""
NATIVE = [name for name in ARCHITECTURES if name != "chatglm"]


def cases() -> list[Any]:
    found = []
    for name in NATIVE:
        record = ARCHITECTURES[name]
        over = [{flag: not record.defaults.get(flag, False)} for flag in record.switches]
        tied = {"tie_word_embeddings": not record.defaults.get("tie_word_embeddings", False)}
        for more in ({}, tied, *over, *VARIANTS.get(name, [])):
            label = "-".join(f"{key}={value}" for key, value in more.items())
            found.append(pytest.param(name, more, id=f"{name}-{label}" if label else name))
    return found


def small(name: str, more: dict[str, Any]) -> Any:
    return transformers.AutoConfig.for_model(name, **{**SMALL, **MORE.get(name, {}), **more})


@pytest.mark.parametrize(("name", "more"), cases())
def test_counts_and_names_are_transformers_own(name: str, more: dict[str, Any]) -> None:
    config = small(name, more)
    with torch.device("meta"):
        model = transformers.AutoModelForCausalLM.from_config(config)
    # What a file leaves out, and the file that transformers writes, say the same.
    for written in ({**SMALL, **MORE.get(name, {}), **more}, config.to_dict()):
        spec = spec_from_config({**written, "model_type": name}, name)
        assert spec.parameters == sum(parameter.numel() for parameter in model.parameters())
        assert spec.tied == config.tie_word_embeddings
        assert round(spec.head_dim * spec.traits.rotary_fraction) == rotated(model)
        assert spec.local_layers == local(config)
        for layer in range(spec.layers):
            assert counted(spec) == built(model, layer)


def built(model: Any, layer: int) -> dict[str, tuple[int, int, bool]]:
    return {
        path: (module.in_features, module.out_features, module.bias is not None)
        for path, module in model.base_model.layers[layer].named_modules()
        if isinstance(module, torch.nn.Linear)
    }


def counted(spec: ModelSpec) -> dict[str, tuple[int, int, bool]]:
    return {linear.name: (linear.inputs, linear.outputs, linear.bias) for linear in spec.linears()}


def rotated(model: Any) -> int:
    """Elements of a head that are rotated: there is an angle for each pair of them."""
    return next(2 * len(buffer) for name, buffer in model.named_buffers() if name.endswith("inv_freq"))


def local(config: Any) -> tuple[int, ...]:
    if config.to_dict().get("sliding_window") is None:
        return ()
    kinds = getattr(config, "layer_types", None) or ["sliding_attention"] * config.num_hidden_layers
    return tuple(index for index, kind in enumerate(kinds) if kind == "sliding_attention")


READ = (
    "num_key_value_heads", "head_dim", "tie_word_embeddings", "max_position_embeddings", "sliding_window",
    "use_sliding_window", "max_window_layers", "sliding_window_pattern", "no_rope_layer_interval",
    "attention_bias", "mlp_bias", "use_bias", "use_qkv_bias", "attention_out_bias", "qk_layernorm",
    "use_qk_norm", "use_parallel_residual",
)  # fmt: skip


@pytest.mark.parametrize("name", NATIVE)
def test_what_a_file_leaves_out_is_the_classs_default(name: str) -> None:
    kind = type(transformers.AutoConfig.for_model(name))
    defaults = {field.name: field.default for field in fields(kind)}
    record = ARCHITECTURES[name]
    assert set(record.switches) <= set(defaults)
    read = Fields(record, {})
    for field in READ:
        if field in defaults:
            assert (read.get(field) or None) == (defaults[field] or None), field


@pytest.mark.parametrize("name", NATIVE)
def test_shapes_say_the_configuration_again(name: str) -> None:
    for more in ({}, *VARIANTS.get(name, [])):
        spec = spec_from_config(small(name, more).to_dict(), name)
        again = transformers.AutoConfig.for_model(**config_of(spec))
        assert spec_from_config(again.to_dict(), name) == spec
