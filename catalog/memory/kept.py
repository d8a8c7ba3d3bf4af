"""What a sequence keeps: keys and values, latents, states."""

from catalog.models.spec import ModelSpec


def kv_elements(
    spec: ModelSpec, tokens: int, layers: int, prompt: int = 1, piece: int = 1
) -> tuple[int, int, int]:
    """Cached elements of one sequence in so many of the model's layers, low/expected/high.

    Local layers keep a window and the `piece` of the `prompt` that went through at once, at the low end the
    window alone, at the high end all: not every engine frees what has left it. A latent cache keeps the
    latent alone, as transformers does.
    """
    each = [(len(group.indices), group.cache) for group in spec.groups]
    least = sum(count * cache.elements(tokens) for count, cache in each)
    kept = sum(count * cache.elements(tokens, prompt, piece) for count, cache in each)
    whole = sum(count * cache.per_token for count, cache in each) * tokens
    return least * layers // spec.layers, kept * layers // spec.layers, whole * layers // spec.layers


def state_bytes(spec: ModelSpec) -> int:
    """Bytes that a sequence keeps however long it is: the states of linear attention and the like."""
    return sum(len(group.indices) * group.cache.state_bytes for group in spec.groups)
