"""How fast each engine decodes a model at a level on a card."""

from dataclasses import replace

import pytest

from catalog.hardware.gpu import find_gpu, load_gpus
from catalog.hardware.runners import USUAL, load_runners, name_of, runner_of
from catalog.hardware.speed import decode, prefill, training
from catalog.models.registry import find_model
from catalog.quantization.engines import ENGINES, engines_of
from catalog.quantization.levels import LEVELS, find_level

LLAMA, QWEN = find_model("llama-2-7b").spec, find_model("qwen2.5-7b").spec
DENSE = ("qwen3-0.6b", "qwen2.5-7b", "llama-2-13b", "qwen2.5-72b")


@pytest.mark.parametrize("engine", ENGINES)
def test_no_engine_reads_faster_than_the_memory(engine: str) -> None:
    for level in (one for one in LEVELS.values() if engine in one.loads_with):
        card = find_gpu("a100-80gb")
        rate = decode(QWEN, level, card, engine=engine)
        assert 0 < rate.low < rate.expected < rate.high
        assert rate.expected < card.bandwidth_bytes_per_s / (level.weight_bytes(QWEN) * 0.9)


def test_ranges_of_what_is_calibrated_are_three_times_wide_at_most() -> None:
    for runner in load_runners().values():
        assert runner.calibrated == (runner.rows >= 5)
        assert runner.slower * runner.faster < (3 if runner.calibrated else 30), runner.name
    assert {one.name for one in load_runners().values() if one.calibrated} >= {
        "transformers",
        "transformers+gptqmodel",
        "vllm",
        "llama.cpp",
        "exllama",
    }
    assert not runner_of(QWEN, find_level("nf4")).calibrated
    card, level = find_gpu("a100-80gb"), find_level("bf16")
    assert decode(QWEN, level, card, engine="vllm").calibrated
    assert not decode(find_model("qwen3-30b-a3b").spec, level, card, engine="vllm").calibrated


@pytest.mark.parametrize("model", DENSE)
def test_int8_of_bitsandbytes_is_never_faster_than_16_bits(model: str) -> None:
    for card in load_gpus().values():
        spec = find_model(model).spec
        assert (
            decode(spec, find_level("int8"), card).expected
            < decode(spec, find_level("bf16"), card).expected
        )


def test_a_small_model_is_bound_by_its_layers_and_a_large_one_by_bandwidth() -> None:
    """Qwen2.5-0.5B decodes as fast on a card of half the bandwidth; 72B does not."""
    card = find_gpu("a100-80gb")
    half = replace(card, bandwidth_bytes_per_s=card.bandwidth_bytes_per_s / 2)
    small, large = find_model("qwen2.5-0.5b").spec, find_model("qwen2.5-72b").spec
    level = find_level("bf16")
    assert decode(small, level, half).expected == decode(small, level, card).expected
    assert decode(large, level, half).expected < 0.6 * decode(large, level, card).expected


def test_a_longer_cache_is_slower_and_one_of_fewer_bits_faster() -> None:
    card, level = find_gpu("rtx-4090"), find_level("gguf-q4_k_m")
    rates = [decode(QWEN, level, card, engine="llama.cpp", context=n).expected for n in (512, 8192, 32768)]
    assert rates == sorted(rates, reverse=True)
    assert rates[0] > 1.2 * rates[2]
    narrow = decode(QWEN, level, card, engine="llama.cpp", context=32768, kv_bytes=0.56)
    assert narrow.expected > rates[2]


def test_what_runs_a_level() -> None:
    experts = find_model("qwen3-30b-a3b").spec
    assert name_of(QWEN, find_level("bf16"), USUAL) == "transformers"
    assert name_of(QWEN, find_level("int8"), USUAL) == "transformers+bitsandbytes"
    assert name_of(QWEN, find_level("gptq-4-g128"), USUAL) == "transformers+gptqmodel"
    assert name_of(QWEN, find_level("gptq-4-g128"), "exllama") == "exllama"
    assert name_of(QWEN, find_level("nf4"), "vllm") == "vllm+bitsandbytes"
    assert name_of(experts, find_level("bf16"), USUAL) == "transformers+experts"
    assert runner_of(QWEN, find_level("nf4"), "vllm") == runner_of(QWEN, find_level("nf4"))
    assert [engine.name for engine in engines_of(find_level("gptq-4-g128"))] == [
        "transformers",
        "vllm",
        "exllama",
    ]
    assert "exllama" not in find_level("gptq-8-g128").loads_with


def test_a_published_decoding_speed_is_in_range() -> None:
    """ChatGLM2-6B's README: 44.62 characters/s, bf16, one sequence, A100-SXM4-80G."""
    entry = find_model("chatglm2-6b")
    assert entry.tokens_per_character is not None
    rate = decode(entry.spec, find_level("bf16"), find_gpu("a100-80gb"))
    characters = rate.characters(entry.tokens_per_character)
    assert characters.low < 44.62 < characters.high


def test_published_training_times_are_in_range() -> None:
    """FACTS.md section 5: A10G, 1,000 Alpaca examples of about 100 tokens: 5.8 minutes for 7-8B models."""
    rate = training(find_model("llama-3-8b").spec, find_level("bf16"), find_gpu("a10g"))
    assert 100_000 / rate.high < 5.8 * 60 < 100_000 / rate.low
    slower = training(find_model("llama-3-8b").spec, find_level("nf4"), find_gpu("a10g"))
    assert slower.expected == pytest.approx(rate.expected / 1.44)


def test_prefill_is_faster_than_decoding() -> None:
    model, card = find_model("qwen2.5-7b").spec, find_gpu("rtx-4090")
    assert prefill(model, card).low > decode(model, find_level("nf4"), card).high
