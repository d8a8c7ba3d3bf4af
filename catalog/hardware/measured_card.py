"""A card with what was measured on it in place of its data sheet's figures."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from statistics import median

from catalog.evidence.kinds import Deploy, DeployKey, Hardware
from catalog.evidence.records import Evidence
from catalog.hardware.gpu import BANDWIDTH, PREFILL, RATE, Gpu, Pace
from catalog.hardware.runners import USUAL, runner_of
from catalog.hardware.speed import decode, prefill
from catalog.models.spec import ModelSpec
from catalog.problem import Problem
from catalog.quantization.levels import find_level

LEAST_SPREAD = 0.1
"""Relative. The same model decodes so differently from run to run on a card that others use, too."""
FEW = 3
"""Below this many different measurements the spread is doubled."""


def with_rates(gpu: Gpu, found: Hardware) -> Gpu:
    """The card with its measured bandwidth and matrix rate, as far as they were; see `basefit profile`."""
    bandwidth, rate = found.bandwidth_bytes_per_s, found.bf16_flops
    return replace(
        gpu,
        bandwidth_bytes_per_s=bandwidth or gpu.bandwidth_bytes_per_s,
        bf16_flops=rate or gpu.bf16_flops,
        measured=tuple(name for name, value in ((BANDWIDTH, bandwidth), (RATE, rate)) if value),
    )


def with_paces(gpu: Gpu, deployed: Iterable[Evidence], device: str, specs: Mapping[str, ModelSpec]) -> Gpu:
    """The card with what `deploy` evidence of `device` (a driver's name) says of estimates for it.

    For each runner the median of measured / expected of single sequences, and for prompts that of all. The
    latest of each model, level and length counts, once; a model that `specs` does not name says nothing.
    """
    plain = replace(gpu, paces=())
    ratios: dict[tuple[str, tuple[object, ...]], float] = {}
    for one in deployed:
        if one.kind != "deploy" or one.model not in specs:
            continue
        key, found, spec = DeployKey.of(one), Deploy.of(one), specs[one.model]
        if key.device != device:
            continue
        try:
            level = find_level(one.level)
        except Problem:
            continue
        what = (one.model, one.revision, one.level, key.context, key.batch, key.prefill)
        if found.decode_tokens_per_s and key.batch in (None, 1):
            expected = decode(spec, level, plain, context=key.context or 2048).expected
            ratios[runner_of(spec, level, USUAL).name, what] = found.decode_tokens_per_s / expected
        if found.prefill_tokens_per_s:
            ratios[PREFILL, what] = found.prefill_tokens_per_s / prefill(spec, plain).expected
    names = dict.fromkeys(name for name, _ in ratios)
    paces = (_pace(name, [ratio for (of, _), ratio in ratios.items() if of == name]) for name in names)
    return replace(gpu, paces=tuple(sorted(paces)))


def _pace(name: str, ratios: list[float]) -> Pace:
    middle = median(ratios)
    spread = max(LEAST_SPREAD, *(max(ratio / middle, middle / ratio) - 1 for ratio in ratios))
    return Pace(name, middle, spread if len(ratios) >= FEW else 2 * spread, len(ratios))
