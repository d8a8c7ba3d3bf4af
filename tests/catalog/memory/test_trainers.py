"""What trains: each tool with its own terms, and basefit's own trial where none is named."""

from itertools import pairwise

import pytest

from catalog.hardware.gpu import parse_budget
from catalog.memory.estimate import OPTIMIZER_STATES, finetune, footprint
from catalog.memory.footprint import Footprint
from catalog.memory.trainers import BASEFIT, PEFT, TRAINERS, find_trainer
from catalog.memory.training import MASTER
from catalog.models.registry import find_model
from catalog.problem import Problem
from catalog.quantization.levels import find_level
from catalog.verdict.fit import rows
from catalog.verdict.request import Candidate, Request

SPEC = find_model("qwen2.5-7b").spec


def by(name: str, level: str = "nf4", length: int = 2048, **more: object) -> Footprint:
    return finetune(SPEC, find_level(level), length=length, by=find_trainer(name), **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("level", "device", "upcast"),
    [("nf4", "cuda", True), ("int8", "cuda", True), ("gptq-4-g128", "cuda", False), ("bf16", "cuda", False),
     ("hqq-4-g64", "cuda", False), ("nf4", "cpu", None)],
)  # fmt: skip
def test_peft_upcasts_what_bitsandbytes_leaves(level: str, device: str, upcast: bool | None) -> None:
    assert PEFT.upcast(find_level(level), device) is upcast
    assert BASEFIT.upcast(find_level(level), device) is (None if device == "cpu" else False)


@pytest.mark.parametrize("level", ["gptq-4-g128", "hqq-4-g64"])
def test_levels_that_peft_leaves_as_they_are_have_16_bits_beside_them(level: str) -> None:
    assert by("peft", level).term("unquantized") == by("basefit", level).term("unquantized")


def test_a_verdict_plans_basefits_own_trial() -> None:
    level, length = find_level("nf4"), 2048
    own, theirs = by("basefit"), by("peft")
    assert footprint(SPEC, level, use="qlora", context=length) == own
    assert theirs.term("unquantized").expected == 2 * own.term("unquantized").expected
    assert theirs.term("logits").expected >= 12 * length * SPEC.vocabulary
    assert own.term("logits").expected == 0, "a layer at work outweighs a piece of them"
    assert BASEFIT.chunk(SPEC) == 2**22 // SPEC.vocabulary
    assert PEFT.chunk(SPEC) is None


def test_deepspeed_keeps_the_logits_at_16_bits_and_what_is_trained_at_32_besides() -> None:
    plain, sharded = by("peft", "gptq-4-g128"), by("peft-deepspeed", "gptq-4-g128")
    assert sharded.term("logits").expected < 0.7 * plain.term("logits").expected
    assert sharded.term("adapter").expected == plain.term("adapter").expected / 2
    assert sharded.term("optimizer").expected == 6 * sharded.term("adapter").expected
    assert sharded.term("buffers").expected == 2 * 2e8 * 2


def test_llama_factory_and_axolotl_leave_the_ends_at_16_bits() -> None:
    for name in ("llama-factory", "axolotl"):
        assert by(name).term("unquantized").expected == SPEC.unquantized_parameters * 2
        assert by(name).term("logits") == by("peft").term("logits")


def test_unsloth_needs_the_card_for_two_layers_starts_and_pieces_of_the_logits() -> None:
    starts = by("unsloth", length=16384).term("checkpoints").expected
    assert starts == 2 * 16384 * SPEC.hidden * 2
    assert by("llama-factory", length=16384).term("checkpoints").expected == starts * SPEC.layers // 2
    assert by("unsloth", length=16384).expected < 0.5 * by("llama-factory", length=16384).expected
    moments = by("unsloth").term("optimizer").expected, by("llama-factory").term("optimizer").expected
    assert moments[0] * 4 == moments[1]


def test_litgpt_computes_nothing_again_and_holds_a_tied_head_twice() -> None:
    small = find_model("llama-3.2-1b").spec
    level, options = find_level("bf16"), {"use": "lora", "targets": ("q_proj", "v_proj"), "length": 512}
    theirs = finetune(small, level, by=find_trainer("litgpt"), **options)  # type: ignore[arg-type]
    kept = finetune(small, level, checkpointing=False, **options)  # type: ignore[arg-type]
    table = small.embedding_parameters * 2
    assert theirs.term("unquantized").expected == kept.term("unquantized").expected + table
    assert theirs.term("adapter").expected == kept.term("adapter").expected / 2
    again = finetune(small, level, by=find_trainer("litgpt"), checkpointing=True, **options)  # type: ignore[arg-type]
    assert again.term("checkpoints").expected < theirs.term("checkpoints").expected / 5


def test_an_adapter_on_the_head_is_counted() -> None:
    found = [
        by("litgpt", targets=("all-linear", *more)).term("adapter").expected for more in ((), ("lm_head",))
    ]
    assert found[1] - found[0] == 2 * 16 * (SPEC.hidden + SPEC.vocabulary)


@pytest.mark.parametrize("name", TRAINERS)
def test_more_tokens_never_need_less(name: str) -> None:
    assert TRAINERS[name].optimizer in (*OPTIMIZER_STATES, MASTER)
    found = [by(name, length=length) for length in (128, 512, 2048, 8192, 32768)]
    for one, next_one in pairwise(found):
        assert 0 < one.low <= one.expected <= one.high
        assert (one.low, one.expected, one.high) <= (next_one.low, next_one.expected, next_one.high)


def test_the_trainer_is_part_of_the_request() -> None:
    asked = Request(parse_budget("rtx-4090"), (Candidate("qwen2.5-7b", SPEC),), ("nf4",), use="qlora")
    own, theirs = (
        rows(Request(**(asked.__dict__ | {"trainer": trainer})))[0] for trainer in (BASEFIT, PEFT)
    )
    assert own.expected_bytes == by("basefit").expected
    assert theirs.expected_bytes == by("peft").expected
    assert theirs.footprint.term("logits").expected


def test_no_other_is_known() -> None:
    with pytest.raises(Problem, match="trainer-unknown") as raised:
        find_trainer("torchtune")
    assert raised.value.params["known"] == ", ".join(TRAINERS)
