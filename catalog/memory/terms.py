"""The terms that serving and training share: weights, what lives for a moment, what the device takes.

Formulas: FACTS.md section 2 (QLoRA, arXiv:2305.14314; bitsandbytes and transformers source).
"""

from functools import lru_cache

from catalog.memory.activations import REMEMBERED
from catalog.memory.footprint import Term
from catalog.memory.shares import Share
from catalog.models.spec import ModelSpec
from catalog.quantization.levels import QuantLevel

MIB = 1024**2
CONTEXT = (141 * MIB, 350 * MIB, 600 * MIB)
"""What CUDA itself takes: 141 MiB seen on a T4, 300 to 400 MB usual with lazy loading (FACTS.md, 2)."""
COUNTED_AS_PLAIN = (0.5, 2.0)
"""Range of a layer's activations where its block is of no known kind and taken for a plain one."""


@lru_cache(maxsize=16 * REMEMBERED)
def weight_terms(
    spec: ModelSpec, level: QuantLevel, share: Share, rest_bytes: int, offload: bool = False, head: int = 0
) -> tuple[Term, ...]:
    """What is held all the time on one card; `rest_bytes` an unquantized parameter, `head` bytes more or
    less than a head of that width takes.
    """
    part = share.layers / spec.layers
    if level.ends_quantized:
        here = level.linear_bytes(spec) - (level.expert_bytes(spec) if offload else 0)
        return (Term.known("weights", round(here * part)),)
    vision = spec.parameters_vision * share.embedding
    tables = spec.embedding_parameters * (share.embedding + (share.head and not spec.tied))
    if spec.tied and share.head and not share.embedding:
        tables = spec.embedding_parameters  # a tied head on another card is a second copy
    all_tables = spec.embedding_parameters * (1 if spec.tied else 2)
    small = round((spec.unquantized_parameters - spec.parameters_vision - all_tables) * part)
    stacked = round(level.stacked_bytes(spec) * part)
    weights = round(level.linear_bytes(spec) * part) - stacked
    quantized = spec.quantized_parameters
    if offload:
        weights -= round(level.expert_bytes(spec) * part) - stacked
        stacked, quantized = 0, quantized - spec.routed_parameters
    held = (tables + small) * rest_bytes + round(level.further_bytes(spec, rest_bytes) * part)
    held += head if share.head else 0
    doubled = level.doubled_bytes(spec) if share.head and share.embedding else 0
    rest = (
        # prepare_model_for_kbit_training casts them too; not every trainer calls it.
        Term("experts", stacked, stacked, stacked * rest_bytes // level.unquantized_width),
        Term("unquantized", held, held, held + doubled),
        Term.known("vision", vision * rest_bytes),
    )
    if not level.kernels_differ:
        loose = round(level.loose_bytes(spec) * part)
        return Term("weights", weights, weights + loose // 2, weights + loose), *rest
    # One README gives 4,781 and 4,891 MiB for one model at one level: kernels differ in what they keep
    # beside the codes. High: scales in float32. Low: symmetric, without zeros.
    scales = quantized * part / (level.group or spec.hidden)
    low = weights - round(scales * level.bits / 8 + 0.004 * weights)
    return Term("weights", low, weights, weights + round(2 * scales)), *rest


def transient_terms(spec: ModelSpec, layer: int, matrix: int, ends: tuple[int, int, int]) -> list[Term]:
    """The layer at work or the logits, whichever is larger; the other is gone by then, but was there."""
    least, logits, most = ends
    low, high = COUNTED_AS_PLAIN if spec.counted else (0.9, 1.1)
    low, high = round(layer * low), round(layer * high)
    if layer + matrix < logits:
        return [Term("logits", least, logits, max(most, high + matrix))]
    # A kernel that unpacks as it multiplies needs no copy (bitsandbytes at few tokens).
    low = min(layer, max(low, least))
    copied = Term("dequantization", max(0, least - low), matrix, max(matrix, most - high))
    return [Term("activations", low, layer, high), copied]


def overhead_terms(device: str, context_bytes: int | None, transient: int) -> list[Term]:
    """The device's context and the allocator's slack: rounding, fragments and cuBLAS workspaces."""
    if device != "cuda":
        return [Term("slack", 0, 0, round(0.1 * transient))]
    context = (context_bytes,) * 3 if context_bytes is not None else CONTEXT
    slack = Term("slack", 8 * MIB, round(16 * MIB + 0.1 * transient), round(96 * MIB + 0.4 * transient))
    return [Term("context", *context), slack]
