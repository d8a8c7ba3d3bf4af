"""What trains: basefit's own trial keeps 16 bits and holds few logits, PEFT's preparation neither."""

import pytest

from catalog.memory.estimate import finetune, footprint
from catalog.memory.trainers import BASEFIT, TRAINERS, find_trainer
from catalog.models.registry import find_model
from catalog.problem import Problem
from catalog.quantization.levels import find_level

SPEC = find_model("qwen2.5-7b").spec
PEFT = find_trainer("PEFT")


@pytest.mark.parametrize(
    ("level", "device", "upcast"),
    [("nf4", "cuda", True), ("int8", "cuda", True), ("gptq-4-g128", "cuda", False), ("bf16", "cuda", False),
     ("nf4", "cpu", None)],
)  # fmt: skip
def test_peft_upcasts_what_bitsandbytes_leaves(level: str, device: str, upcast: bool | None) -> None:
    assert PEFT.upcast(find_level(level), device) is upcast
    assert BASEFIT.upcast(find_level(level), device) is (None if device == "cpu" else False)


def test_a_verdict_plans_basefits_own_trial() -> None:
    level, length = find_level("nf4"), 2048
    planned = footprint(SPEC, level, use="qlora", context=length)
    own, theirs = (
        finetune(SPEC, level, length=length, upcast=one.upcast(level, "cuda"), chunk=one.chunk(SPEC))
        for one in (BASEFIT, PEFT)
    )
    assert planned == own
    assert theirs.term("unquantized").expected == 2 * own.term("unquantized").expected
    assert theirs.term("logits").expected >= 12 * length * SPEC.vocabulary
    assert own.term("logits").expected == 0, "a layer at work outweighs a piece of them"
    assert BASEFIT.chunk(SPEC) == 2**22 // SPEC.vocabulary
    assert PEFT.chunk(SPEC) is None


def test_no_other_is_known() -> None:
    with pytest.raises(Problem, match="trainer-unknown") as raised:
        find_trainer("axolotl")
    assert raised.value.params["known"] == ", ".join(TRAINERS)
