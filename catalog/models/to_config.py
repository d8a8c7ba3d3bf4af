"""From shapes back to a transformers configuration, for models known by their shapes alone."""

from typing import Any

from catalog.models.architectures import ARCHITECTURES
from catalog.models.from_config import spec_from_config
from catalog.models.spec import ModelSpec
from catalog.problem import Problem


def config_of(spec: ModelSpec) -> dict[str, Any]:
    """A `config.json` with the shapes of `spec`, which `catalog.models.from_config` reads back as the same.

    What shapes do not say (rotary base, norm epsilon, special tokens) is transformers' default: this is
    for measuring memory and speed with random weights. Problem("spec-config-unsupported") for shapes that
    no configuration of the architecture describes.
    """
    if spec.counted:
        raise Problem("spec-config-unsupported", architecture=spec.architecture)
    architecture = ARCHITECTURES[spec.architecture]
    plain = {
        "hidden_size": spec.hidden,
        "intermediate_size": spec.intermediate,
        "num_hidden_layers": spec.layers,
        "num_attention_heads": spec.heads,
        "num_key_value_heads": spec.kv_heads,
        "head_dim": spec.head_dim,
        "vocab_size": spec.vocabulary,
        "tie_word_embeddings": spec.tied,
        "max_position_embeddings": spec.context,
    }
    config: dict[str, Any] = {
        architecture.fields.get(field, field): value
        for field, value in plain.items()
        if field not in architecture.derived
    }
    config |= {
        flag: all(getattr(spec.traits, trait) == value for trait, value in on.items())
        for flag, on in architecture.switches.items()
    }
    config |= {"model_type": architecture.name, **architecture.written}
    if spec.traits.rotary_fraction != architecture.defaults.get("partial_rotary_factor", 1):
        config["partial_rotary_factor"] = spec.traits.rotary_fraction
    config |= _window(spec)
    if spec_from_config(config, spec.name) != spec:
        raise Problem("spec-config-unsupported", architecture=spec.architecture)
    return config


def _window(spec: ModelSpec) -> dict[str, Any]:
    window = ARCHITECTURES[spec.architecture].window
    if window is None:
        return {}
    config: dict[str, Any] = {"sliding_window": spec.sliding_window}
    if window.flag:
        config[window.flag] = spec.sliding_window is not None
    if window.by_layer:
        local = set(spec.local_layers)
        kinds = [
            "sliding_attention" if layer in local else "full_attention" for layer in range(spec.layers)
        ]
        config["layer_types"] = kinds
    return config
