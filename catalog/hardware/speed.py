"""How fast, from a card's bandwidth and matrix rate: every figure an estimate with a range.

Decoding reads every weight once per token, so it is bound by bandwidth; a prompt or a training batch
reads them once for many tokens, so it is bound by the matrix rate.
"""

from dataclasses import dataclass
from functools import lru_cache

from catalog.hardware.gpu import Gpu
from catalog.memory.activations import REMEMBERED
from catalog.memory.estimate import kv_elements, state_bytes
from catalog.models.spec import ModelSpec
from catalog.quantization.levels import QuantLevel

PLAIN_DECODE = (0.5, 0.75, 0.92)
"""(low, expected, high) share of the data sheet's bandwidth reached while decoding. gpt-fast reports about
105 tokens/s for bf16 LLaMA-2-7B on an A100-80GB, some 70 % of it; a matrix-vector kernel alone does better,
an eager loop worse."""
COMPILED_DECODE = (0.5, 0.7, 0.9)
"""The same in llama.cpp, whose kernels take the codes as they lie."""
QUANTIZED_DECODE = (0.2, 0.4, 0.7)
"""The same where codes are unpacked in the kernel: bitsandbytes and GPTQ kernels trail 16-bit ones."""
PREFILL_EFFICIENCY = (0.25, 0.45, 0.7)
"""Share of the dense matrix rate in a forward pass over a prompt."""
TRAINING_EFFICIENCY = (0.12, 0.25, 0.45)
"""The same in adapter training at small batches. FACTS.md section 5 gives 5.8 minutes for 1,000 Alpaca
examples (about 100 tokens each) on a 7-8B model on an A10G: .18 of its rate by the count below."""
KBIT_SLOWDOWN = 1.44
"""QLoRA's time over LoRA's, median of 14 (FACTS.md section 5)."""
LAYER_OVERHEAD_S = (0.0, 4e-4, 1.2e-3)
"""Launching one layer's kernels while decoding: nothing under CUDA graphs, the high end in an eager Python
loop. ChatGLM2-6B's README has 44.6 characters/s in bf16 on an A100, about 28 tokens/s: 33 ms a token
where reading the weights takes 6, hence about a millisecond for each of its 28 layers."""
COMPILED_OVERHEAD_S = (0.0, 2e-5, 1e-4)
"""The same in llama.cpp, which has no interpreter between its kernels."""


PCIE_BYTES_PER_S = ((9.0, 63e9), (8.0, 31.5e9), (0.0, 15.75e9))
"""(least capability, bytes a second) of sixteen lanes: 32, 16 and 8 GT/s at 128b/130b (PCI Express base
specification 5.0, 4.0, 3.0), which Hopper and Blackwell, Ampere and Ada, Turing and Volta have. Some cards
have fewer lanes, which is in the low end."""
LINK_SHARE = (0.4, 0.75, 0.9)
"""Of it that copies reach."""


@dataclass(frozen=True)
class Rate:
    """Tokens per second."""

    low: float
    expected: float
    high: float

    def characters(self, tokens_per_character: float) -> "Rate":
        """The same in characters per second."""
        return Rate(*(rate / tokens_per_character for rate in (self.low, self.expected, self.high)))


@lru_cache(maxsize=REMEMBERED)
def bytes_per_token(spec: ModelSpec, level: QuantLevel, context: int, kv_bytes: float = 2) -> float:
    """Bytes read to decode one token of one sequence: active weights and the cache."""
    table = 0 if spec.tied else spec.embedding_parameters * 2
    weights = level.weight_bytes(spec) - spec.parameters_vision * level.unquantized_width - table
    weights = round(weights * spec.multiplied_parameters / (spec.parameters_text - table // 2))
    return weights + kv_elements(spec, context, spec.layers)[1] * kv_bytes + state_bytes(spec)


def decode(
    spec: ModelSpec,
    level: QuantLevel,
    gpu: Gpu,
    *,
    context: int = 2048,
    kv_bytes: float = 2,
    cards: int = 1,
) -> Rate:
    """Tokens per second of one sequence. Cards work one after another, so more of them do not help."""
    seconds = bytes_per_token(spec, level, context, kv_bytes) / gpu.bandwidth_bytes_per_s
    shares, overheads = _reached(level)
    handover = 1e-4 * (cards - 1)
    times = [
        seconds / share + spec.layers * overhead + handover
        for share, overhead in zip(shares, reversed(overheads), strict=True)
    ]
    return Rate(*(1 / time for time in times))


def decode_offloaded(
    spec: ModelSpec, level: QuantLevel, gpu: Gpu, *, context: int = 2048, kv_bytes: float = 2
) -> Rate:
    """The same with the experts in the host's memory: those that a token goes through cross the host link;
    where a loader moves whole modules, in the worst case all of them.
    """
    link = next(rate for least, rate in PCIE_BYTES_PER_S if gpu.capability >= least)
    experts = level.expert_bytes(spec)
    table = 0 if spec.tied else spec.embedding_parameters * 2
    here = level.weight_bytes(spec) - experts - table - spec.parameters_vision * level.unquantized_width
    read = max(0, here) + kv_elements(spec, context, spec.layers)[1] * kv_bytes + state_bytes(spec)
    active = experts * spec.routed_share
    crossing = (active if _compiled(level) else experts, active, active)
    shares, overheads = _reached(level)
    times = [
        read / gpu.bandwidth_bytes_per_s / share + moved / link / reached + spec.layers * overhead
        for share, moved, reached, overhead in zip(
            shares, crossing, LINK_SHARE, reversed(overheads), strict=True
        )
    ]
    return Rate(*(1 / time for time in times))


def _compiled(level: QuantLevel) -> bool:
    return "llama.cpp" in level.loads_with


def _reached(level: QuantLevel) -> tuple[tuple[float, float, float], tuple[float, float, float]]:
    """Of decoding: shares of the bandwidth, and what each layer costs besides."""
    if _compiled(level):
        return COMPILED_DECODE, COMPILED_OVERHEAD_S
    return QUANTIZED_DECODE if level.quantized else PLAIN_DECODE, LAYER_OVERHEAD_S


def prefill(spec: ModelSpec, gpu: Gpu) -> Rate:
    """Prompt tokens per second: two operations per active parameter and token."""
    return _compute_bound(2 * spec.multiplied_parameters, gpu, PREFILL_EFFICIENCY)


def training(spec: ModelSpec, level: QuantLevel, gpu: Gpu, *, checkpointing: bool = True) -> Rate:
    """Tokens per second of LoRA or QLoRA training.

    Two operations per parameter forward and two backward, as frozen weights need no gradient of their
    own, and two more where the forward pass is repeated for checkpointing.
    """
    operations = (6 if checkpointing else 4) * spec.multiplied_parameters
    slowdown = KBIT_SLOWDOWN if level.quantized else 1.0
    return _compute_bound(operations * slowdown, gpu, TRAINING_EFFICIENCY)


def _compute_bound(operations_per_token: float, gpu: Gpu, efficiency: tuple[float, float, float]) -> Rate:
    return Rate(*(gpu.bf16_flops * share / operations_per_token for share in efficiency))
