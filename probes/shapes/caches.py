"""What each layer keeps of a sequence: read off the cache that the model fills on the meta device."""

from dataclasses import replace
from typing import Any

import torch
from torch import nn
from transformers import PretrainedConfig

from catalog.models.counted import Cache

TOKENS = 7
"""Of the sequence that is passed through: fewer than any window."""


def caches_of(
    decoder: nn.Module, text: PretrainedConfig, layers: int
) -> tuple[list[Cache], tuple[str, ...]]:
    """The cache of each of the decoder's layers; ("cache",) beside it where it is only what the
    configuration says, because the model does not run without weights.
    """
    try:
        filled = _filled(decoder)
    except MemoryError:
        raise
    except Exception:  # the modelling code looks at values, which are not there
        filled = None
    if filled is None or (len(filled) > layers and (not layers or len(filled) % layers)):
        return _by_configuration(text, layers), ("cache",)
    kinds = getattr(text, "layer_types", None) or []
    chunked = [kind == "chunked_attention" for kind in kinds] + [False] * len(filled)
    found = [_read(*layer) for layer in zip(filled, chunked, strict=False)]
    if len(found) > layers:  # a layer that attends more than once
        each = len(found) // layers
        found = [_together(found[first : first + each]) for first in range(0, len(found), each)]
    found += [Cache()] * (layers - len(found))
    compressed = any(type(layer).__module__ != "transformers.cache_utils" for layer in filled)
    return found, ("cache",) if compressed else ()


def _filled(decoder: nn.Module) -> list[Any] | None:
    """The layers of the cache after TOKENS tokens, None where the model has none of the usual kind."""
    for module in decoder.modules():
        if any(weight.ndim == 3 for weight in module.parameters(recurse=False)) and not isinstance(
            module, nn.modules.conv._ConvNd
        ):
            module.forward = lambda hidden, *_, **__: torch.empty_like(hidden)  # routing looks at values
        if isinstance(getattr(module, "rope_type", None), str):
            module.__dict__["rope_type"] = "default"  # the others look at how long the sequence is
    decoder.eval()
    with torch.no_grad(), torch.device("meta"):
        out = decoder(input_ids=torch.zeros(1, TOKENS, dtype=torch.long), use_cache=True)
    cache = out.get("past_key_values")
    cache = out.get("cache_params") if cache is None else cache
    cache = getattr(cache, "self_attention_cache", cache)
    layers = getattr(cache, "layers", None)
    return list(layers) if layers is not None else None


def _read(layer: Any, chunked: bool) -> Cache:
    named = (getattr(layer, name, None) for name in ("keys", "values", "indexer_keys"))
    kept = [tensor for tensor in named if isinstance(tensor, torch.Tensor)]
    per_token = sum(tensor.numel() for tensor in kept) // TOKENS
    states = [
        tensor
        for name in ("conv_states", "recurrent_states")
        for tensor in (getattr(layer, name, None) or {}).values()
        if isinstance(tensor, torch.Tensor)
    ]
    state = sum(tensor.numel() * tensor.element_size() for tensor in states)
    window = getattr(layer, "sliding_window", None)
    if per_token == 0:
        return Cache("state" if state else "none", state_bytes=state)
    if isinstance(window, int):
        return Cache("chunked" if chunked else "sliding", per_token, window, state)
    latent = len(kept) > 1 and kept[0].shape[1] == 1 and kept[0].shape != kept[1].shape
    return Cache("latent" if latent else "full", per_token, state_bytes=state)


def _together(alike: list[Cache]) -> Cache:
    """What one layer keeps that has so many caches, all of a kind."""
    per_token, state = sum(one.per_token for one in alike), sum(one.state_bytes for one in alike)
    return replace(alike[0], per_token=per_token, state_bytes=state)


def _by_configuration(text: PretrainedConfig, layers: int) -> list[Cache]:
    heads = getattr(text, "num_attention_heads", None)
    if not isinstance(heads, int) or not heads:
        return [Cache()] * layers
    kv_heads = getattr(text, "num_key_value_heads", None)
    head_dim = getattr(text, "head_dim", None) or text.hidden_size // heads
    width = 2 * head_dim * (kv_heads if isinstance(kv_heads, int) else heads)
    return [Cache("full", width)] * layers
