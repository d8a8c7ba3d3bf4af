"""The 16-bit type by the card's capability."""

import pytest

from catalog.hardware.gpu import load_gpus
from catalog.quantization.precision import half_for, level_for, levels_for


@pytest.mark.parametrize(
    ("capability", "half"),
    [(6.1, "float16"), (7.0, "float16"), (7.5, "float16"), (8.0, "bfloat16"), (12.1, "bfloat16")],
)
def test_below_capability_8_it_is_float16(capability: float, half: str) -> None:
    assert half_for(capability) == half


def test_of_a_processor_and_an_unknown_card_it_is_bfloat16() -> None:
    assert half_for(None) == "bfloat16"
    assert levels_for(("bf16", "nf4"), None) == ("bf16", "nf4")


def test_only_the_level_of_16_bits_changes_and_stands_once() -> None:
    levels = ("fp32", "bf16", "fp16", "int8", "nf4")
    assert levels_for(levels, 7.5) == ("fp32", "fp16", "int8", "nf4")
    assert levels_for(levels, 8.6) == levels
    assert level_for("gptq-4-g128", 7.5) == "gptq-4-g128"


def test_the_cards_without_it() -> None:
    without = {name for name, gpu in load_gpus().items() if half_for(gpu.capability) == "float16"}
    assert {"t4", "v100-16gb", "rtx-2080-ti", "rtx-2060", "p40"} <= without
    assert not without & {"a100-40gb", "rtx-3050", "rtx-4090", "gb10"}
