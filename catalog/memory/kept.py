"""What a sequence keeps: keys and values, latents, states."""

from catalog.models.spec import ModelSpec


def kv_elements(spec: ModelSpec, tokens: int, layers: int) -> tuple[int, int, int]:
    """Cached elements of one sequence in so many of the model's layers, low/expected/high.

    Local layers keep a window, at the high end all: not every engine frees what has left it. A latent
    cache keeps the latent alone, as transformers does.
    """
    kept = sum(len(group.indices) * group.cache.elements(tokens) for group in spec.groups)
    whole = sum(len(group.indices) * group.cache.per_token for group in spec.groups) * tokens
    kept, whole = kept * layers // spec.layers, whole * layers // spec.layers
    return kept, kept, whole


def state_bytes(spec: ModelSpec) -> int:
    """Bytes that a sequence keeps however long it is: the states of linear attention and the like."""
    return sum(len(group.indices) * group.cache.state_bytes for group in spec.groups)
