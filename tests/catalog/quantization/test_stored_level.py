"""The level that files are at, for its bytes."""

import pytest

from catalog.models.registry import load_models
from catalog.models.stored_settings import StoredAs, declared_by
from catalog.quantization.levels import LEVELS
from catalog.quantization.stored_level import stored_level

BY_KEY = {
    "fp8-block": ({"quant_method": "fp8", "weight_block_size": [128, 128]}, 8 + 32 / 128**2),
    "fp8-tensor": ({"quant_method": "fp8"}, 8 + 32 / 4096**2),
    "fp8-channel": ({"quant_method": "fbgemm_fp8"}, 8 + 32 / 4096),
    "mxfp4": ({"quant_method": "mxfp4"}, 4.25),
    "nvfp4": ({"quant_method": "modelopt", "quant_algo": "NVFP4"}, 4.5),
    "mlx-4": ({"bits": 4, "group_size": 64}, 4.5),
    "bnb-nf4": ({"quant_method": "bitsandbytes", "bnb_4bit_quant_type": "nf4"}, 4.5),
    "bnb-int8": ({"quant_method": "bitsandbytes", "load_in_8bit": True}, 8 + 32 / 4096),
    "gptq-4": ({"quant_method": "gptq", "bits": 4, "group_size": 128}, 4 + 20 / 128 + 32 / 4096),
    "awq-4": ({"quant_method": "awq", "bits": 4, "group_size": 128}, 4 + 20 / 128),
}


@pytest.mark.parametrize("word", BY_KEY)
def test_bits_per_weight(word: str) -> None:
    settings, bits = BY_KEY[word]
    stored = declared_by({"quantization_config": settings}, {})
    assert stored is not None
    level = stored_level(stored)
    assert level is not None
    assert level.name == word
    assert level.bits_per_weight(4096, 4096) == pytest.approx(bits, rel=1e-4)


def test_what_is_not_known() -> None:
    assert stored_level(StoredAs("hqq", "hqq", 0)) is None
    assert stored_level(StoredAs("unknown")) is None
    assert stored_level(StoredAs("bf16")) is LEVELS["bf16"]


def test_double_quantization_is_smaller() -> None:
    spec = load_models()["llama-2-7b"].spec
    nested, plain = (
        stored_level(StoredAs("bnb-nf4", "bnb-nf4", 4, 64, form=form)) for form in ("double", "")
    )
    assert nested is not None
    assert plain is not None
    assert nested.weight_bytes(spec) < plain.weight_bytes(spec)
