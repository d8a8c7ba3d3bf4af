"""What files are stored as: by settings wherever they lie, by names, and by types."""

from collections.abc import Mapping
from typing import Any

import pytest

from catalog.models.stored_as import stored_as
from catalog.models.stored_tensors import Header

LINEAR = "model.layers.0.mlp.up_proj"
INPUTS, OUTPUTS = 256, 512
REST: Header = {
    "model.embed_tokens.weight": ("BF16", (320, INPUTS)),
    "model.norm.weight": ("BF16", (INPUTS,)),
    f"{LINEAR}.bias": ("BF16", (OUTPUTS,)),
    "transformer.h.0.attn.bias": ("U8", (1, 1, 64, 64)),
}


def tensors(**parts: tuple[str, tuple[int, ...]]) -> Header:
    """One linear layer's tensors by their last names, among others that are plain."""
    return REST | {f"{LINEAR}.{name.replace('__', '.')}": part for name, part in parts.items()}


WEIGHT = (OUTPUTS, INPUTS)
FP8 = ("F8_E4M3", WEIGHT)
WORDS = {
    "bf16": tensors(weight=("BF16", WEIGHT)),
    "fp32": tensors(weight=("F32", WEIGHT)),
    "fp8-tensor": tensors(weight=FP8, weight_scale=("F32", ()), input_scale=("F32", ())),
    "fp8-channel": tensors(weight=FP8, weight_scale=("BF16", (OUTPUTS, 1))),
    "fp8-block": tensors(weight=FP8, weight_scale_inv=("F32", (4, 2))),
    "int8": tensors(weight=("I8", WEIGHT), weight_scale=("F32", (OUTPUTS, 1))),
    "bnb-int8": tensors(weight=("I8", WEIGHT), SCB=("F32", (OUTPUTS,)), weight_format=("U8", ())),
    "bnb-nf4": tensors(
        weight=("U8", (OUTPUTS * INPUTS // 2, 1)),
        weight__absmax=("F32", (2048,)),
        weight__quant_map=("F32", (16,)),
    )
    | {f"{LINEAR}.weight.quant_state.bitsandbytes__nf4": ("U8", (90,))},
    "gptq-4": tensors(
        qweight=("I32", (INPUTS // 8, OUTPUTS)),
        qzeros=("I32", (2, OUTPUTS // 8)),
        scales=("F16", (2, OUTPUTS)),
        g_idx=("I32", (INPUTS,)),
    ),
    "awq-4": tensors(
        qweight=("I32", (INPUTS, OUTPUTS // 8)),
        qzeros=("I32", (2, OUTPUTS // 8)),
        scales=("F16", (2, OUTPUTS)),
    ),
    "mxfp4": REST
    | {
        "model.layers.0.mlp.experts.down_proj_blocks": ("U8", (4, 64, 2, 16)),
        "model.layers.0.mlp.experts.down_proj_scales": ("U8", (4, 64, 2)),
    },
    "nvfp4": tensors(
        weight=("U8", (OUTPUTS, INPUTS // 2)),
        weight_scale=("F8_E4M3", (OUTPUTS, INPUTS // 16)),
        weight_scale_2=("F32", ()),
    ),
    "mlx-4": tensors(
        weight=("U32", (OUTPUTS, INPUTS // 8)), scales=("F16", (OUTPUTS, 4)), biases=("F16", (OUTPUTS, 4))
    ),
    "ct-packed": tensors(weight_packed=("I32", (OUTPUTS, INPUTS // 8)), weight_scale=("F16", (OUTPUTS, 2))),
}


@pytest.mark.parametrize("word", WORDS)
def test_by_the_tensors_alone(word: str) -> None:
    found = stored_as({}, {}, WORDS[word])
    assert (found.word, found.unclaimed) == (word, ())
    assert found.quantized == (word not in ("bf16", "fp32"))


W8 = {"num_bits": 8, "strategy": "channel", "symmetric": True, "type": "int"}
SETTINGS: list[tuple[str, str, Mapping[str, Any]]] = [
    ("gptq-4", "quantization_config", {"quant_method": "gptq", "bits": 4, "group_size": 128}),
    ("gptq-4", "quantize_config.json", {"bits": 4, "group_size": 128}),
    ("awq-4", "quantization_config", {"quant_method": "awq", "bits": 4, "group_size": 128}),
    ("awq-4", "quant_config.json", {"zero_point": True, "q_group_size": 128, "w_bit": 4}),
    ("fp8-block", "quantization_config", {"quant_method": "fp8", "weight_block_size": [128, 128]}),
    ("fp8-tensor", "quantization_config", {"quant_method": "fp8"}),
    ("fp8-channel", "quantization_config", {"quant_method": "fbgemm_fp8"}),
    ("fp8-tensor", "hf_quant_config.json", {"quantization": {"quant_algo": "FP8"}}),
    ("fp8-block", "hf_quant_config.json", {"quantization": {"quant_algo": "FP8_PB_WO"}}),
    ("nvfp4", "hf_quant_config.json", {"quantization": {"quant_algo": "NVFP4"}}),
    ("bnb-int8", "quantization_config", {"quant_method": "bitsandbytes", "load_in_8bit": True}),
    ("bnb-nf4", "quantization_config", {"quant_method": "bitsandbytes", "bnb_4bit_quant_type": "nf4"}),
    ("mxfp4", "quantization_config", {"quant_method": "mxfp4"}),
    ("mlx-4", "quantization", {"group_size": 64, "bits": 4}),
    ("mlx-4", "quantization_config", {"group_size": 64, "bits": 4}),
    ("chatglm-int4", "quantization_bit", 4),  # type: ignore[list-item]
    ("hqq", "quantization_config", {"quant_method": "hqq"}),
    (
        "ct-w8a8",
        "compression_config",
        {
            "quant_method": "compressed-tensors",
            "format": "int-quantized",
            "config_groups": {"group_0": {"targets": ["Linear"], "weights": W8}},
        },
    ),
    (
        "ct-w4a16",
        "quantization_config",
        {
            "quant_method": "compressed-tensors",
            "format": "pack-quantized",
            "config_groups": {"group_0": {"weights": W8 | {"num_bits": 4}}},
        },
    ),
    (
        "fp8-channel",
        "quantization_config",
        {
            "quant_method": "compressed-tensors",
            "format": "float-quantized",
            "config_groups": {"group_0": {"weights": W8 | {"type": "float"}}},
        },
    ),
]


@pytest.mark.parametrize(("word", "place", "settings"), SETTINGS)
def test_by_the_settings_alone(word: str, place: str, settings: Mapping[str, Any]) -> None:
    beside = {place: settings} if place.endswith(".json") else {}
    config = {} if beside else {place: settings}
    assert stored_as(config, beside, {}).word == word
    if not beside and isinstance(settings, dict):
        assert stored_as({"text_config": config}, {}, {}).word == word
    # Settings that speak of tensors which are not there are believed in neither way.
    contradicted = stored_as(config, beside, WORDS["bf16"])
    assert contradicted.quantized
    assert contradicted.absent


def test_the_tensors_are_right_about_the_layout() -> None:
    gptq = {"quantization_config": {"quant_method": "gptq", "bits": 4, "group_size": 32}}
    assert stored_as(gptq, {}, WORDS["awq-4"]).word == "awq-4"
    assert stored_as(gptq, {}, WORDS["bnb-nf4"]).word == "bnb-nf4"
    assert stored_as(gptq, {}, WORDS["gptq-4"]).group == 32
    assert stored_as({"torch_dtype": "float32"}, {}, WORDS["bf16"]).word == "bf16"
    assert stored_as({"text_config": {"dtype": "bfloat16"}}, {}, {}).word == "bf16"
    assert stored_as({}, {}, {}).word == "unknown"


@pytest.mark.parametrize(
    ("name", "header"),
    [
        ("weight", tensors(weight=("I8", WEIGHT))),
        ("weight", tensors(weight=FP8)),
        ("weight", tensors(weight=("U8", WEIGHT))),
        ("weight_scale", tensors(weight=("BF16", WEIGHT), weight_scale=("F32", (OUTPUTS, 1)))),
        ("weight_zero_point", WORDS["int8"] | tensors(weight_zero_point=("I8", (OUTPUTS, 1)))),
        ("other", WORDS["fp8-block"] | tensors(other=("I32", (8, 8)))),
    ],
)
def test_a_tensor_that_nothing_explains(name: str, header: Header) -> None:
    found = stored_as({}, {}, header)
    assert found.quantized
    assert found.unclaimed == (f"{LINEAR}.{name}",)


def test_bytes_that_fp8_settings_do_not_explain() -> None:
    """DeepSeek keeps two FP4 numbers in such a byte."""
    config = {"quantization_config": {"quant_method": "fp8", "weight_block_size": [128, 128]}}
    assert stored_as(config, {}, WORDS["int8"]).unclaimed == (f"{LINEAR}.weight",)
