"""The memory estimate: known answers, and what must hold for any model."""

from dataclasses import replace

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from catalog.hardware.gpu import parse_budget
from catalog.memory.estimate import adapter_parameters, finetune, footprint, inference, shares
from catalog.memory.footprint import Correction, Footprint, Term
from catalog.models.registry import find_model, load_models
from catalog.models.spec import ModelSpec
from catalog.quantization.levels import LEVELS, QuantLevel, find_level
from tests.bench import published_memory
from tests.bench.published_memory import comparisons
from tests.places import ROOT

MIB = 2**20
NAMES = st.sampled_from(sorted(load_models()))
LEVEL_NAMES = st.sampled_from(sorted(LEVELS))
TRAINABLE = st.sampled_from([name for name, level in LEVELS.items() if level.trains_with])


def spec(name: str) -> ModelSpec:
    return find_model(name).spec


def test_published_measurements() -> None:
    """The held-out half: median within 5 % (it is below 1 %), each point in its own range."""
    held_out = [point for point in comparisons() if point.held_out]
    errors = sorted(abs(point.error) for point in held_out)
    assert len(held_out) == 18
    assert errors[len(errors) // 2] < 0.015
    assert all(point.in_range for point in held_out)


def test_only_the_point_that_docs_explain_is_out_of_range() -> None:
    outside = [point.name for point in comparisons() if not point.in_range]
    assert outside == ["ChatGLM2-6B int4, encoding 2,048"]


def test_weights_and_cache_are_exact() -> None:
    needed = inference(spec("llama-2-7b"), find_level("bf16"), context=2048)
    assert needed.term("weights").expected + needed.term("unquantized").expected == 2 * 6738415616
    assert needed.term("kv-cache").expected == 2 * 32 * 32 * 128 * 2048 * 2


def test_a_window_is_cut_out_of_the_prompt_that_went_through_at_once() -> None:
    bf16, model = find_level("bf16"), spec("mistral-7b-v0.1")
    whole, pieces = (
        inference(model, bf16, context=8192, prompt=8000, prefill=prefill).term("kv-cache")
        for prefill in (None, 512)
    )
    per_token = 2 * 32 * 8 * 128 * 2
    assert whole == ("kv-cache", per_token * 4096, per_token * 8000, per_token * 8192)
    assert pieces == ("kv-cache", per_token * 4096, per_token * (4095 + 512), per_token * 8192)


def test_cache_terms() -> None:
    """FACTS.md section 2: grouped queries, windows, head_dim read and not assumed."""
    bf16 = find_level("bf16")
    assert (
        inference(spec("qwen3-0.6b"), bf16, context=100).term("kv-cache").expected
        == 2 * 28 * 8 * 128 * 100 * 2
    )
    mistral = inference(spec("mistral-7b-v0.1"), bf16, context=8192, prefill=1).term("kv-cache")
    assert mistral.expected == 2 * 32 * 8 * 128 * 4096 * 2
    assert mistral.high == 2 * mistral.expected
    gemma = inference(spec("gemma-2-2b"), bf16, context=8192, prefill=1).term("kv-cache").expected
    assert gemma == 2 * 4 * 256 * 2 * (13 * 8192 + 13 * 4096)
    assert (
        inference(spec("llama-2-7b"), bf16, kv_bytes=1).term("kv-cache").expected
        == 32 * 32 * 128 * 2048 * 2
    )


def test_kbit_training_upcasts_what_is_not_quantized() -> None:
    model = spec("qwen2.5-7b")
    upcast = finetune(model, find_level("nf4"), use="qlora").term("unquantized").expected
    assert upcast == 4 * model.unquantized_parameters
    plain = finetune(model, find_level("nf4"), use="qlora", upcast=False).term("unquantized").expected
    assert 2 * plain == upcast


def test_the_vocabulary_dominates_and_a_chunked_loss_removes_it() -> None:
    """Qwen2.5-7B at 2,048 tokens: each float32 copy of the logits is 1.16 GiB."""
    whole = finetune(spec("qwen2.5-7b"), find_level("nf4"), length=2048)
    assert whole.term("logits").expected > 3 * 4 * 2048 * 152064
    assert whole.term("activations").expected == 0
    chunked = finetune(spec("qwen2.5-7b"), find_level("nf4"), length=2048, chunk=128)
    assert chunked.term("logits").expected == 0
    assert chunked.expected < whole.expected - 2 * 2**30


def test_adapter_terms() -> None:
    model = spec("llama-2-7b")
    per_layer = 16 * (4 * (4096 + 4096) + 3 * (4096 + 11008))
    assert adapter_parameters(model, 16) == 32 * per_layer
    needed = finetune(model, find_level("nf4"), rank=16)
    assert needed.term("adapter").expected == 4 * 32 * per_layer
    assert needed.term("optimizer").expected == 8 * 32 * per_layer
    assert adapter_parameters(model, 8, ("q_proj", "v_proj")) == 32 * 8 * 2 * 8192
    light = finetune(model, find_level("nf4"), rank=16, optimizer="paged-adamw-8bit")
    assert light.term("optimizer").expected == 2 * 32 * per_layer


def test_checkpointing_saves() -> None:
    kept = finetune(spec("llama-2-7b"), find_level("nf4"), checkpointing=False)
    assert kept.expected > finetune(spec("llama-2-7b"), find_level("nf4")).expected + 2**30


def test_33b_and_65b_train_where_qlora_says() -> None:
    """arXiv:2305.14314: 33B in 24 GB, 65B in 48 GB; paged 8-bit state, no float32 upcast of the rest."""
    options = {"rank": 16, "length": 512, "upcast": False, "optimizer": "paged-adamw-8bit"}
    level = find_level("nf4-dq")
    assert finetune(spec("llama-33b"), level, **options).fits(24 * 2**30) != "no"  # type: ignore[arg-type]
    assert finetune(spec("llama-65b"), level, **options).fits(48 * 2**30) != "no"  # type: ignore[arg-type]


def test_vicuna_13b_int8_and_llama_33b_int4_infer_in_20_gb() -> None:
    """FACTS.md section 1."""
    assert inference(spec("vicuna-13b-v1.5"), find_level("int8")).expected < 20e9
    assert inference(spec("llama-33b"), find_level("gptq-4-g128"), context=1024).expected < 20 * 2**30


def test_two_cards_split_by_layers() -> None:
    model, level = spec("llama-2-70b"), find_level("nf4")
    one = inference(model, level, cards=1)
    two = inference(model, level, cards=2)
    assert 0.5 * one.expected < two.expected < 0.55 * one.expected
    assert [share.layers for share in shares(model, 3)] == [27, 27, 26]
    assert inference(model, level, cards=2).fits(parse_budget("2x24GiB").bytes) == "yes"
    assert inference(model, level, cards=1).fits(24 * 2**30) == "no"


def test_no_card_is_left_without_a_layer() -> None:
    """Seven cards with four layers each hold 28 layers: an eighth would hold the head alone."""
    model, level = spec("qwen2.5-7b"), find_level("nf4")
    for cards in (*range(1, 12), 64):
        dealt = shares(model, cards)
        assert sum(share.layers for share in dealt) == model.layers
        assert all(share.layers for share in dealt)
        assert len(dealt) <= cards
        assert [share.embedding for share in dealt].index(True) == 0
        assert [share.head for share in dealt].index(True) == len(dealt) - 1
        assert finetune(model, level, cards=cards).high <= finetune(model, level).high


def test_a_tied_head_is_stored_twice_on_two_cards() -> None:
    model = spec("qwen2.5-3b")
    halves = [share for share in shares(model, 2) if share.head and not share.embedding]
    assert len(halves) == 1
    two = inference(model, find_level("bf16"), cards=2).term("unquantized").expected
    assert two >= 2 * model.embedding_parameters


def test_devices_without_a_context() -> None:
    for device in ("cpu", "simulated"):
        needed = inference(spec("llama-2-7b"), find_level("nf4"), device=device)
        assert needed.term("context").high == 0
    measured = inference(spec("llama-2-7b"), find_level("nf4"), context_bytes=123 * MIB)
    assert measured.term("context") == Term.known("context", 123 * MIB)


def test_fits_is_tight_where_the_range_straddles() -> None:
    needed = Footprint((Term("weights", 90, 100, 110),))
    assert [needed.fits(size) for size in (89, 90, 100, 109, 110)] == [
        "no",
        "tight",
        "tight",
        "tight",
        "yes",
    ]


def test_a_correction_moves_the_estimate() -> None:
    plain = inference(spec("llama-2-7b"), find_level("nf4"))
    moved = inference(spec("llama-2-7b"), find_level("nf4"), correction=Correction(1.1, 0.02))
    assert moved.expected == pytest.approx(1.1 * plain.expected, rel=1e-6)
    assert moved.low == pytest.approx(0.98 * moved.expected, rel=1e-6)
    assert moved.high == pytest.approx(1.02 * moved.expected, rel=1e-6)


def test_gemma_2_holds_its_scores() -> None:
    """Its soft cap needs eager attention, whose scores grow with the square of the prompt."""
    short = inference(spec("gemma-2-9b"), find_level("bf16"), context=2048).term("activations").expected
    long = inference(spec("gemma-2-9b"), find_level("bf16"), context=8192).term("activations").expected
    assert long > 10 * short


@given(
    NAMES, LEVEL_NAMES, st.integers(1, 65536), st.integers(1, 65536), st.integers(1, 16), st.integers(1, 16)
)
@example("kimi-linear-48b-a3b", "awq-4-g128", 1, 3, 10, 10)  # the layer at work outgrows the logits
@settings(max_examples=60, deadline=None)
def test_inference_grows_with_context_and_batch(
    name: str, level: str, first: int, second: int, batch: int, other: int
) -> None:
    model, chosen = spec(name), find_level(level)
    small = inference(model, chosen, context=min(first, second), batch=min(batch, other))
    large = inference(model, chosen, context=max(first, second), batch=max(batch, other))
    _ordered(small, large)


@given(NAMES, TRAINABLE, st.integers(1, 8192), st.integers(1, 8192), st.integers(1, 8), st.integers(1, 256))
@settings(max_examples=60, deadline=None)
def test_training_grows_with_length_batch_and_rank(
    name: str, level: str, first: int, second: int, batch: int, rank: int
) -> None:
    model, chosen = spec(name), find_level(level)
    use = "qlora" if chosen.quantized else "lora"
    low, high = min(first, second), max(first, second)
    small = finetune(model, chosen, use=use, length=low, batch=1, rank=1)
    large = finetune(model, chosen, use=use, length=high, batch=batch, rank=rank)
    _ordered(small, large)


@given(NAMES, LEVEL_NAMES, st.integers(1, 16384), st.integers(1, 4))
@settings(max_examples=60, deadline=None)
def test_ranges_hold_their_expectation(name: str, level: str, context: int, cards: int) -> None:
    needed = footprint(spec(name), find_level(level), context=context, cards=cards)
    assert all(term.low <= term.expected <= term.high for term in needed.terms)
    weights = find_level(level).weight_bytes(spec(name))
    assert needed.expected >= weights / cards * 0.99


@given(NAMES, LEVEL_NAMES, st.integers(1, 2**40), st.integers(0, 2**38))
@settings(max_examples=60, deadline=None)
def test_more_budget_never_fits_worse(name: str, level: str, budget: int, more: int) -> None:
    needed = inference(spec(name), find_level(level))
    order = ("no", "tight", "yes")
    assert order.index(needed.fits(budget)) <= order.index(needed.fits(budget + more))


@given(st.sampled_from(sorted(LEVELS)), st.integers(1, 64), st.integers(1, 64))
@settings(max_examples=40, deadline=None)
def test_wider_is_never_smaller(level: str, narrow: int, more: int) -> None:
    model, chosen = spec("llama-2-7b"), find_level(level)
    thin = replace(model, intermediate=256 * narrow)
    wide = replace(model, intermediate=256 * (narrow + more))
    assert chosen.weight_bytes(thin) < chosen.weight_bytes(wide)


def _ordered(small: Footprint, large: Footprint) -> None:
    assert small.low <= large.low
    assert small.expected <= large.expected
    assert small.high <= large.high


def test_every_level_can_be_estimated() -> None:
    model = spec("qwen3-8b")
    sizes: dict[QuantLevel, int] = {level: inference(model, level).expected for level in LEVELS.values()}
    assert max(sizes.values()) == sizes[LEVELS["fp32"]]


def test_the_document_shows_the_present_table(capsys: pytest.CaptureFixture[str]) -> None:
    published_memory.main()
    printed = capsys.readouterr().out
    document = (ROOT / "docs" / "memory.md").read_text("utf-8")
    assert "held out: 18 points" in printed
    assert [line for line in printed.splitlines() if line not in document] == []
