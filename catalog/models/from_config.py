"""A Hugging Face `config.json` as a ModelSpec, for the architectures that are counted exactly."""

from catalog.models.architecture import Config, Fields
from catalog.models.architectures import architecture_of
from catalog.models.spec import Experts, Mla, ModelSpec


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
        mla=_mla(fields) if architecture.latent else None,
        experts=_experts(fields) if architecture.latent else None,
    )


def _mla(fields: Fields) -> Mla:
    return Mla(
        kv_rank=fields.number("kv_lora_rank"),
        rope_dim=fields.number("qk_rope_head_dim"),
        nope_dim=fields.number("qk_nope_head_dim"),
        value_dim=fields.number("v_head_dim"),
        q_rank=fields.number("q_lora_rank") if fields.get("q_lora_rank") is not None else None,
    )


def _experts(fields: Fields) -> Experts | None:
    if not fields.get("n_routed_experts"):
        return None
    if fields.get("moe_layer_freq") not in (None, 1):
        raise fields.unsupported("moe_layer_freq")
    return Experts(
        routed=fields.number("n_routed_experts"),
        per_token=fields.number("num_experts_per_tok"),
        intermediate=fields.number("moe_intermediate_size"),
        shared=fields.number("n_shared_experts", 0, 0),
        dense_layers=fields.number("first_k_dense_replace", 0, 0),
    )
