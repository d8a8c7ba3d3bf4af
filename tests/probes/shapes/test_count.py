"""Public configurations, counted on transformers' own classes."""

import json
from typing import Any

import pytest

from catalog.memory.estimate import adapter_parameters, inference, kv_elements, state_bytes
from catalog.models.counted import Counted
from catalog.models.spec import ModelSpec
from catalog.quantization.levels import find_level
from probes.shapes.bounds import bounded
from probes.shapes.choose import built
from probes.shapes.count import counted
from tests.places import FIXTURES

CONFIGS = FIXTURES / "configs"
EXPECTED = json.loads((CONFIGS / "expected.json").read_text("utf-8"))
GIB = 2**30


def public(name: str) -> dict[str, Any]:
    return dict(json.loads((CONFIGS / f"{name}.json").read_text("utf-8")))


def record(config: dict[str, Any]) -> Counted:
    return counted(built(bounded(config)), config)


def spec(name: str) -> ModelSpec:
    return ModelSpec.of(record(public(name)), name)


@pytest.mark.parametrize("name", EXPECTED)
def test_a_public_configuration_is_counted_exactly_and_its_parts_make_the_whole(name: str):
    found = record(public(name))
    assert found.parameters == EXPECTED[name]["parameters"]
    assert found.vision == EXPECTED[name]["vision"]
    assert Counted.from_json(json.loads(json.dumps(found.to_json()))) == found
    model = ModelSpec.of(found, name)
    assert model.parameters == found.parameters
    tables = found.embedding * (1 if found.tied else 2)
    rest = model.unquantized_parameters - found.vision - tables
    # norms, routers and biases, beside tables of Gemma's for each layer
    assert 0 <= rest < 0.02 * found.parameters


def test_experts_stay_at_16_bits_where_the_loader_replaces_linear_layers_only():
    model = spec("is-deepseek-v2-lite")
    nf4, gptq, gguf = (find_level(name) for name in ("nf4", "gptq-4-g128", "gguf-q4_k_m"))
    experts = 26 * 64 * 3 * 2048 * 1408
    assert nf4.stacked_bytes(model) == 2 * experts
    assert inference(model, nf4, context=4096).term("experts").expected == 2 * experts
    assert inference(model, nf4, context=4096).expected == pytest.approx(28.9 * GIB, rel=0.02)
    assert gptq.stacked_bytes(model) == 0
    assert 8 * GIB < gptq.weight_bytes(model) < 9 * GIB
    assert 9.5e9 < gguf.weight_bytes(model) < 10.5e9  # published: 10.4 GB


def test_an_adapter_on_all_linear_layers_has_none_on_the_experts():
    model = spec("is-deepseek-v2-lite")
    attention = 27 * (2048 + 3072 + 2048 + 576 + 512 + 4096 + 2048 + 2048)
    dense = 3 * (2048 + 10944)
    shared = 26 * 3 * (2048 + 2816)
    assert adapter_parameters(model, 8) == 8 * (attention + dense + shared)


def test_a_token_goes_through_the_experts_that_it_visits():
    assert spec("Qwen3-30B-A3B").parameters_active == pytest.approx(3.35e9, rel=0.01)
    assert spec("NVIDIA-Nemotron-3-Nano-30B-A3B-BF16").parameters_active == pytest.approx(3.5e9, rel=0.05)
    assert spec("gemma-4-26B-A4B").parameters_active == pytest.approx(3.8e9, rel=0.02)


@pytest.mark.parametrize(
    ("name", "tokens", "elements", "states"),
    [
        ("is-deepseek-v2-lite", 32768, 27 * 32768 * 576, 0),
        ("gpt-oss-20b", 4096, 1024 * 12 * (4096 + 128), 0),
        ("Qwen3-30B-A3B", 100, 48 * 100 * 1024, 0),
        # 23 Mamba-2 layers: 64 heads of 64 by 128 in float32, and 4 of 6,144 channels in bfloat16
        ("NVIDIA-Nemotron-3-Nano-30B-A3B-BF16", 1000, 6 * 1000 * 512, 23 * (64 * 64 * 128 * 4 + 6144 * 8)),
    ],
)
def test_each_layer_keeps_what_its_cache_keeps(name: str, tokens: int, elements: int, states: int):
    model = spec(name)
    assert kv_elements(model, tokens, model.layers)[1] == elements
    assert state_bytes(model) == states


LLAMA = {
    "model_type": "llama",
    "hidden_size": 64,
    "intermediate_size": 96,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "vocab_size": 100,
    "tie_word_embeddings": False,
}


def test_architectures_decides_what_is_counted():
    whole = record({**LLAMA, "architectures": ["LlamaForCausalLM"]})
    bare = record({**LLAMA, "architectures": ["LlamaModel"]})
    scores = record({**LLAMA, "architectures": ["LlamaForSequenceClassification"], "num_labels": 3})
    assert whole.parameters - bare.parameters == 64 * 100
    assert scores.parameters - bare.parameters == 64 * 3
    assert whole == record({**LLAMA, "architectures": ["NobodysForCausalLM"]}) == record(LLAMA)


def test_a_field_that_its_class_does_not_read_is_named():
    assert record({**LLAMA, "vision_config": {"hidden_size": 5}}).unknown == ("config.vision_config",)
    assert record({**LLAMA, "vision_config": None, "num_experts": 0}).unknown == ()


def test_a_linear_layer_of_a_class_of_its_own_stays_at_16_bits_where_the_loader_looks_for_torchs():
    falcon = {"model_type": "falcon", "hidden_size": 64, "num_attention_heads": 4, "num_hidden_layers": 2}
    model = ModelSpec.of(record({**falcon, "vocab_size": 100}), "falcon")
    assert {linear.kept for linear in model.all_linears()} == {True}
    nf4, gptq, bf16 = (find_level(name) for name in ("nf4", "gptq-4-g128", "bf16"))
    assert nf4.weight_bytes(model) == bf16.weight_bytes(model) == 2 * model.parameters
    assert gptq.linear_bytes(model) < bf16.linear_bytes(model) / 2
