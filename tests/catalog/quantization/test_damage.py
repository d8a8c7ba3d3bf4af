"""What a level costs until it is measured, against the tables it was taken from."""

from statistics import median

import pytest

from catalog.evidence.published import load_perplexity
from catalog.models.registry import find_model, load_models
from catalog.quantization.damage import LARGE, PUBLISHED, damage
from catalog.quantization.levels import LEVELS, find_level


@pytest.mark.parametrize("level", PUBLISHED)
def test_it_is_the_median_of_the_published(level: str) -> None:
    rows = [
        row.mean_kl_nats or row.delta_ln_ppl
        for row in load_perplexity()
        if row.level == level and row.delta_ln_ppl is not None
        if load_models()[row.model].spec.parameters > LARGE
    ]
    assert PUBLISHED[level] == pytest.approx(median(rows), rel=0.03, abs=0.0008)


def test_it_goes_by_method_and_group_not_by_bits() -> None:
    costs = {name: damage(LEVELS[name], 7 * 10**9).nats for name in LEVELS}
    assert 0.26 <= costs["gptq-3-col"] <= 0.36
    assert 0.05 <= costs["gptq-4-col"] <= 0.08
    assert costs["gptq-4-g128"] < costs["gptq-4-col"] < costs["gptq-3-g128"] < costs["gptq-3-col"]
    assert costs["nf4"] < costs["fp4"]
    assert costs["bf16"] == costs["fp16"] == costs["fp32"] == 0
    assert all(cost > 0 for name, cost in costs.items() if LEVELS[name].quantized)


def test_small_models_lose_more() -> None:
    nf4 = find_level("nf4")
    small, large, larger = (damage(nf4, size) for size in (135 * 10**6, 7 * 10**9, 70 * 10**9))
    assert abs(small.nats - 0.245) < small.sd  # measured on a model of 135 million
    assert large == larger
    assert small.nats > 4 * large.nats


def test_what_a_table_has_is_surer() -> None:
    spec = find_model("llama-3-8b").spec
    known, extrapolated = (
        damage(find_level(one), spec.parameters) for one in ("gptq-4-g128", "gptq-2-g128")
    )
    assert known.sd / known.nats < extrapolated.sd / extrapolated.nats
    assert known.source != extrapolated.source
