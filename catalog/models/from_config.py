"""A Hugging Face `config.json` as a ModelSpec, for the architectures that are counted exactly."""

from catalog.models.architecture import Config
from catalog.models.architectures import architecture_of
from catalog.models.spec import ModelSpec


def spec_from_config(config: Config, name: str) -> ModelSpec:
    """The shapes that a `config.json` describes.

    Raises Problem("config-unsupported", architecture=, field=) where the architecture is not known
    (field "model_type"), or a field that it needs is missing or of the wrong kind.
    """
    architecture = architecture_of(config)
    fields = architecture.read(config)
    heads = fields.number("num_attention_heads")
    hidden = fields.number("hidden_size")
    layers = fields.number("num_hidden_layers")
    window = architecture.sliding_window(fields)
    return ModelSpec(
        name=name,
        architecture=architecture.name,
        layers=layers,
        hidden=hidden,
        intermediate=fields.number("intermediate_size"),
        heads=heads,
        kv_heads=fields.number("num_key_value_heads", heads),
        head_dim=fields.number("head_dim", hidden // heads),
        vocabulary=fields.number("vocab_size"),
        tied=bool(fields.get("tie_word_embeddings")),
        context=fields.number("max_position_embeddings", 2048),
        traits=architecture.traits_of(fields),
        sliding_window=window,
        local_layers=architecture.local_layers(fields, layers, window),
    )
