"""How fast, from a card's bandwidth and matrix rate: every figure an estimate with a range.

Decoding reads every weight once per token, so it is bound by bandwidth or by launching kernels, as
`runners` says of each engine; a prompt or a training batch reads them once for many tokens, so it is bound
by the matrix rate.
"""

from dataclasses import dataclass
from functools import lru_cache

from catalog.hardware.gpu import BANDWIDTH, PREFILL, RATE, Gpu, Pace
from catalog.hardware.runners import USUAL, runner_of
from catalog.memory.activations import REMEMBERED
from catalog.memory.estimate import kv_elements, state_bytes
from catalog.models.spec import ModelSpec
from catalog.quantization.levels import QuantLevel

PREFILL_EFFICIENCY = (0.13, 0.4, 0.9)
"""Share of the dense matrix rate in a forward pass over a prompt: calibrated for no engine. llama.cpp's
published prompts of 512 tokens (XiongjieDai/GPU-Benchmarks-on-LLM-Inference) reach .13 on an H100 and .89
on an RTX 3070."""
TRAINING_EFFICIENCY = (0.12, 0.25, 0.45)
"""The same in adapter training at small batches. FACTS.md section 5 gives 5.8 minutes for 1,000 Alpaca
examples (about 100 tokens each) on a 7-8B model on an A10G: .18 of its rate by the count below."""
KBIT_SLOWDOWN = 1.44
"""QLoRA's time over LoRA's, median of 14 (FACTS.md section 5)."""
SUSTAINED = {BANDWIDTH: 0.9, RATE: 0.8}
"""Share of the data sheet's figures that `basefit profile` measures on a card in order. All constants here
and of the runners were fitted to data sheets, so a measured figure is divided by it: a card that gives its
usual share is estimated as by its data sheet. Copies of 1 GiB reach .87 to .92 on A100 and H100, square
products .7 to .9 of the dense rate: assumed until basefit's own measurements say more."""
HANDOVER_S = 1e-4
"""Passing a token's state on to the next card: assumed."""
PCIE_BYTES_PER_S = ((9.0, 63e9), (8.0, 31.5e9), (0.0, 15.75e9))
"""(least capability, bytes a second) of sixteen lanes: 32, 16 and 8 GT/s at 128b/130b (PCI Express base
specification 5.0, 4.0, 3.0), which Hopper and Blackwell, Ampere and Ada, Turing and Volta have. Some cards
have fewer lanes, which is in the low end."""
LINK_SHARE = (0.4, 0.75, 0.9)
"""Of it that copies reach."""


@dataclass(frozen=True)
class Rate:
    """Tokens per second; `calibrated` is whether enough published rows stand behind the range."""

    low: float
    expected: float
    high: float
    calibrated: bool = False

    def characters(self, tokens_per_character: float) -> "Rate":
        """The same in characters per second."""
        low, expected, high = (rate / tokens_per_character for rate in (self.low, self.expected, self.high))
        return Rate(low, expected, high, self.calibrated)


@lru_cache(maxsize=REMEMBERED)
def weights_per_token(spec: ModelSpec, level: QuantLevel) -> float:
    """Bytes of the weights that one token goes through: the active ones, without an untied table."""
    table = 0 if spec.tied else spec.embedding_parameters * 2
    weights = level.weight_bytes(spec) - spec.parameters_vision * level.unquantized_width - table
    return round(weights * spec.multiplied_parameters / (spec.parameters_text - table // 2))


@lru_cache(maxsize=REMEMBERED)
def cached_bytes(spec: ModelSpec, context: int, kv_bytes: float = 2) -> float:
    """Bytes of the cache that one token attends to, states besides."""
    return kv_elements(spec, context, spec.layers)[1] * kv_bytes + state_bytes(spec)


@lru_cache(maxsize=8 * REMEMBERED)
def decode(
    spec: ModelSpec,
    level: QuantLevel,
    gpu: Gpu,
    *,
    engine: str = USUAL,
    context: int = 2048,
    kv_bytes: float = 2,
    cards: int = 1,
) -> Rate:
    """Tokens per second of one sequence by an engine. Cards work one after another, so that more of them do
    not help.
    """
    runner = runner_of(spec, level, engine)
    weights, cached = weights_per_token(spec, level), cached_bytes(spec, context, kv_bytes)
    seconds = runner.seconds(spec, weights, cached, bandwidth_of(gpu)) + HANDOVER_S * (cards - 1)
    expected = 1 / seconds
    pace = gpu.pace(runner.name)
    if pace is not None:
        return _paced(expected, pace)
    # Every published row of a calibrated runner is of a dense model.
    calibrated = runner.calibrated and not spec.routed_parameters
    return Rate(expected / runner.slower, expected, expected * runner.faster, calibrated)


def decode_offloaded(
    spec: ModelSpec,
    level: QuantLevel,
    gpu: Gpu,
    *,
    engine: str = USUAL,
    context: int = 2048,
    kv_bytes: float = 2,
) -> Rate:
    """The same with the experts in the host's memory: those that a token goes through cross the host link;
    where a loader moves whole modules, in the worst case all of them. Never calibrated.
    """
    link = next(rate for least, rate in PCIE_BYTES_PER_S if gpu.capability >= least)
    runner = runner_of(spec, level, engine)
    experts = level.expert_bytes(spec)
    table = 0 if spec.tied else spec.embedding_parameters * 2
    here = level.weight_bytes(spec) - experts - table - spec.parameters_vision * level.unquantized_width
    cached = cached_bytes(spec, context, kv_bytes)
    seconds = runner.seconds(spec, max(0, here), cached, bandwidth_of(gpu))
    active = experts * spec.routed_share
    moved = (experts if engine == USUAL else active, active, active)
    spreads = (runner.slower, 1.0, 1 / runner.faster)
    low, expected, high = (
        1 / (seconds * spread + crossing / link / reached)
        for spread, crossing, reached in zip(spreads, moved, LINK_SHARE, strict=True)
    )
    return Rate(low, expected, high)


def prefill(spec: ModelSpec, gpu: Gpu) -> Rate:
    """Prompt tokens per second: two operations per active parameter and token."""
    rate = _compute_bound(2 * spec.multiplied_parameters, gpu, PREFILL_EFFICIENCY)
    pace = gpu.pace(PREFILL)
    return rate if pace is None else _paced(rate.expected, pace)


def bandwidth_of(gpu: Gpu) -> float:
    """Bytes a second as its data sheet would have it: of a measured card by what is usually reached."""
    return gpu.bandwidth_bytes_per_s / (SUSTAINED[BANDWIDTH] if BANDWIDTH in gpu.measured else 1)


def matrix_rate_of(gpu: Gpu) -> float:
    """Operations a second, likewise."""
    return gpu.bf16_flops / (SUSTAINED[RATE] if RATE in gpu.measured else 1)


def _paced(expected: float, pace: Pace) -> Rate:
    """The estimate moved to what was measured on this card; the range is that of the measurements."""
    middle = expected * pace.ratio
    return Rate(middle / (1 + pace.spread), middle, middle * (1 + pace.spread), True)


def training(spec: ModelSpec, level: QuantLevel, gpu: Gpu, *, checkpointing: bool = True) -> Rate:
    """Tokens per second of LoRA or QLoRA training.

    Two operations per parameter forward and two backward, as frozen weights need no gradient of their
    own, and two more where the forward pass is repeated for checkpointing.
    """
    operations = (6 if checkpointing else 4) * spec.multiplied_parameters
    slowdown = KBIT_SLOWDOWN if level.quantized else 1.0
    return _compute_bound(operations * slowdown, gpu, TRAINING_EFFICIENCY)


def _compute_bound(operations_per_token: float, gpu: Gpu, efficiency: tuple[float, float, float]) -> Rate:
    low, expected, high = (matrix_rate_of(gpu) * share / operations_per_token for share in efficiency)
    return Rate(low, expected, high)
