"""A model without weights, counted: its parameters, and the matrices of each of its layers."""

from collections.abc import Mapping, Sequence
from typing import Any

from torch import nn
from transformers import PretrainedConfig, PreTrainedModel

from catalog.models.architecture import STRANGE
from catalog.models.counted import Cache, Counted, Layers, Linear
from probes.shapes.caches import caches_of
from probes.shapes.layers import decoder_of, layers_of, senses_of
from probes.shapes.matrices import ROUTED, matrices_of

_EXPERTS = ("num_experts", "n_routed_experts", "num_local_experts", "moe_num_experts", "expert_num")
_PER_TOKEN = (
    "num_experts_per_tok",
    "num_experts_per_token",
    "moe_topk",
    "moe_top_k",
    "top_k_experts",
    "moe_k",
)


def counted(model: PreTrainedModel, config: Mapping[str, Any]) -> Counted:
    """All that is known of a model on the meta device; `config` as it is written."""
    text = model.config.get_text_config(decoder=True)
    decoder = decoder_of(model)
    layers = list(layers_of(decoder, int(_first(text, ("num_hidden_layers",), 0))))
    whole = {id(weight): weight.numel() for weight in model.parameters()}
    senses = senses_of(model, decoder)
    vision = sum(whole[id(weight)] for module in senses for weight in module.parameters())
    parameters = sum(whole.values())
    hidden = int(_first(text, ("hidden_size", "d_model"), 0)) or _table(model).shape[-1]
    found = matrices_of(model, layers, hidden)
    caches, unknown = caches_of(decoder, text, len(layers))
    per_token = _first(text, _PER_TOKEN, None)
    experts = int(_first(text, _EXPERTS, 0) or 0)
    routed = sum(
        weight.numel()
        for name, weight in decoder.named_parameters()
        if ROUTED.search(name) and "shared" not in name
    )
    active: int | None = parameters - vision
    if routed:
        known = experts and isinstance(per_token, int) and per_token <= experts
        active = parameters - vision - routed + routed * per_token // experts if known else None
    heads = int(_first(text, ("num_attention_heads", "n_head"), 0) or 1)
    head_dim = _head_dim(text, hidden, heads)
    head, table = model.get_output_embeddings(), _table(model)
    unknown += ("active",) if active is None else ()
    return Counted(
        class_name=type(model).__name__,
        model_type=str(config.get("model_type")),
        parameters=parameters,
        vision=vision,
        active=active,
        embedding=table.numel(),
        vocabulary=int(_first(text, ("vocab_size",), 0)) or table.shape[0],
        hidden=hidden,
        mlp_width=max((_mlp_width(layer, per_token) for layer in found.of_layers), default=0) or hidden,
        heads=heads,
        kv_heads=int(_first(text, ("num_key_value_heads",), 0) or heads),
        head_dim=head_dim,
        context=int(_first(text, ("max_position_embeddings", "n_positions", "seq_length"), 0) or 2048),
        tied=head is None or getattr(head, "weight", table) is table,
        scores=bool(_first(text, ("attn_logit_softcapping",), 0)),
        groups=_grouped(found.of_layers, caches),
        unknown=unknown + _not_understood(model.config, config),
        outside=found.outside,
        wide=found.wide,
        buffers=found.buffers,
    )


def _mlp_width(matrices: tuple[Linear, ...], per_token: int | None) -> int:
    """Elements of one token between the MLP's matrices: the experts that it visits count together."""
    return sum(
        linear.inputs * (min(linear.count, per_token or linear.count) if linear.count > 1 else 1)
        for linear in matrices
        if linear.part == "down"
    )


def _grouped(matrices: Sequence[tuple[Linear, ...]], caches: list[Cache]) -> tuple[Layers, ...]:
    groups: dict[tuple[tuple[Linear, ...], Cache], list[int]] = {}
    for index, kind in enumerate(zip(matrices, caches, strict=True)):
        groups.setdefault(kind, []).append(index)
    return tuple(Layers(tuple(indices), *kind) for kind, indices in groups.items())


def _table(model: PreTrainedModel) -> nn.Parameter:
    try:
        embedding = model.get_input_embeddings()
    except NotImplementedError:  # a class that transformers' own search does not serve
        embedding = None
    weights = list(embedding.parameters()) if isinstance(embedding, nn.Module) else []
    return weights[0] if weights else max(model.parameters(), key=lambda weight: weight.shape[0])


def _head_dim(text: PretrainedConfig, hidden: int, heads: int) -> int:
    latent = _first(text, ("qk_nope_head_dim",), 0)
    if latent:
        return int(latent) + int(_first(text, ("qk_rope_head_dim",), 0))
    return int(_first(text, ("head_dim",), 0) or hidden // heads or 1)


def _first(config: PretrainedConfig, fields: tuple[str, ...], otherwise: Any) -> Any:
    """The first of these fields that is there; a list (one value a layer) stands for its largest."""
    for field in fields:
        try:
            value = getattr(config, field, None)
        except RuntimeError:  # it differs between layers (AmbiguousGlobalPerLayerAttributeError)
            value = [getattr(layer, field, None) for layer in config.per_layer_config]
        if isinstance(value, list | tuple) and value and all(isinstance(one, int) for one in value):
            value = max(value)
        if value is not None:
            return value
    return otherwise


def _not_understood(config: PretrainedConfig, written: Mapping[str, Any]) -> tuple[str, ...]:
    """`config.FIELD` of each field that would change the model's parts and that its class does not know."""
    known: set[str] = set()
    for part in (config, config.get_text_config(decoder=True)):
        known |= {*type(part)().to_dict(), *part.attribute_map}
    return tuple(
        f"config.{name}"
        for name, value in sorted(written.items())
        if value and name not in known and STRANGE.fullmatch(name)
    )
