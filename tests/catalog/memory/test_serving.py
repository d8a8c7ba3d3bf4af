"""By which engine a level is served, and what that makes of a long prompt and of the cache."""

import pytest

from catalog.memory.estimate import footprint, inference, served
from catalog.memory.footprint import Footprint
from catalog.memory.serving import ANYHOW, Serving, parse_prefill
from catalog.models.registry import find_model
from catalog.models.spec import ModelSpec
from catalog.problem import Problem
from catalog.quantization.engines import ENGINES, engines_of
from catalog.quantization.levels import LEVELS, QuantLevel, find_level

GIB = 2**30


def taken(spec: ModelSpec, level: QuantLevel, serving: Serving, context: int = 2048) -> Footprint:
    by = served(spec, level, context, serving, "cuda")
    return footprint(spec, level, context=context, by=by)


LONG = 131072


@pytest.mark.parametrize(
    ("level", "engine", "prefill"),
    [
        ("bf16", "vllm", 2048),
        ("nf4", "vllm", 2048),
        ("gptq-4-g128", "vllm", 2048),
        ("int8", "transformers", LONG),
        ("hqq-4-g64", "transformers", LONG),
        ("gguf-q4_k_m", "llama.cpp", 512),
        ("rtn-4-g128", "", LONG),
    ],
)
def test_the_cheapest_engine_that_loads_the_level(level: str, engine: str, prefill: int) -> None:
    by = served(find_model("qwen2.5-7b").spec, find_level(level), LONG, ANYHOW, "cuda")
    assert (by.name, by.prefill) == (engine, prefill)


def test_a_long_prompt_of_qwen25_7b_at_4_bits_in_pieces() -> None:
    """7.0 GiB of cache and 4.4 to 5.4 of weights, and not 17 GiB of activations besides."""
    spec = find_model("qwen2.5-7b").spec
    expected = {
        name: footprint(spec, find_level(name), context=LONG).expected / GIB
        for name in ("gguf-q4_k_m", "gptq-4-g128", "nf4-dq", "nf4")
    }
    assert expected == pytest.approx(
        {"gguf-q4_k_m": 11.8, "gptq-4-g128": 12.9, "nf4-dq": 12.9, "nf4": 13.2}, abs=0.06
    )
    whole = taken(spec, find_level("nf4"), Serving(prefill=0), LONG)
    assert whole.expected / GIB == pytest.approx(30.2, abs=2)


def test_a_prompt_that_goes_through_at_once_is_transformers_unless_it_holds_scores() -> None:
    """Gemma-2's soft cap makes transformers hold all scores, which kernels of its own save."""
    plain, capped, nf4 = find_model("qwen2.5-7b").spec, find_model("gemma-2-9b").spec, find_level("nf4")
    assert served(plain, nf4, 2048, ANYHOW, "cuda").name == "transformers"
    assert served(capped, nf4, 2048, ANYHOW, "cuda").name == "vllm"
    held = taken(capped, nf4, Serving("transformers")).term("activations").expected
    assert held > footprint(capped, nf4).term("activations").expected + 4 * 16 * 2048**2


def test_pieces_that_transformers_takes_copy_the_cache_out() -> None:
    """28 heads of 128, keys and values of 131,072 tokens at 16 bits: 1.75 GiB that fused kernels save."""
    spec, level = find_model("qwen2.5-7b").spec, find_level("bf16")
    copied = inference(spec, level, context=LONG, prefill=512)
    fused = inference(spec, level, context=LONG, prefill=512, fused=True)
    extra = copied.term("activations").expected - fused.term("activations").expected
    assert 2 * 28 * 128 * 2 * LONG < extra < 2.2 * 28 * 128 * 2 * LONG


def test_no_context_takes_less_than_a_shorter_one() -> None:
    for model in ("qwen2.5-7b", "gemma-2-9b", "mistral-7b-v0.1", "gpt-oss-20b"):
        for level in ("bf16", "nf4", "int8", "gguf-q4_k_m"):
            spec = find_model(model).spec
            sizes = [
                footprint(spec, find_level(level), context=context)
                for context in (1, 512, 1024, 2047, 2048, 2049, 4096, 4097, 32768)
            ]
            for field in ("low", "expected", "high"):
                needs = [getattr(size, field) for size in sizes]
                assert needs == sorted(needs), (model, level, field)


@pytest.mark.parametrize(
    ("level", "bits", "engine", "width"),
    [
        ("nf4", 8, "vllm", 1.0),
        ("nf4", 4, "transformers", 4.5 / 8),
        ("gguf-q4_k_m", 8, "llama.cpp", 8.5 / 8),
        ("gguf-q4_k_m", 4, "llama.cpp", 4.5 / 8),
    ],
)
def test_a_narrow_cache_takes_its_scales_too(level: str, bits: int, engine: str, width: float) -> None:
    spec, serving = find_model("qwen2.5-7b").spec, Serving(kv_bits=bits)
    assert served(spec, find_level(level), LONG, serving, "cuda").name == engine
    cache = taken(spec, find_level(level), serving, LONG).term("kv-cache").expected
    assert cache == round(2 * 28 * 4 * 128 * LONG * width)


def test_what_no_engine_does() -> None:
    assert not Serving("vllm").serves(find_level("gguf-q4_k_m"))
    assert not Serving("vllm", kv_bits=4).serves(find_level("nf4"))
    assert not Serving("vllm").serves(find_level("nf4"), "cpu")
    assert Serving().serves(find_level("rtn-4-g128"))
    assert not Serving("transformers").serves(find_level("rtn-4-g128"))


def test_every_level_but_the_yardsticks_has_an_engine() -> None:
    assert {name for name, level in LEVELS.items() if not engines_of(level)} == {
        name for name in LEVELS if name.startswith("rtn-")
    }


@pytest.mark.parametrize(("text", "tokens"), [("512", 512), ("2,048", 2048), ("ALL", 0), ("", None)])
def test_how_much_of_a_prompt(text: str, tokens: int | None) -> None:
    assert parse_prefill(text) == tokens


@pytest.mark.parametrize(
    ("code", "asked"),
    [
        ("engine-unknown", lambda: Serving("exllama9")),
        ("kv-bits-unknown", lambda: Serving(kv_bits=5)),
        ("prefill-unreadable", lambda: parse_prefill("half")),
        ("prefill-unreadable", lambda: parse_prefill("0")),
    ],
)
def test_what_cannot_be_asked_for(code: str, asked) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(Problem) as refused:
        asked()
    assert refused.value.code == code
    assert "transformers" in ENGINES
