"""Experts in the host's memory: what is left on the card, what is there, how fast it is."""

from dataclasses import replace

import pytest

from catalog.hardware.gpu import find_gpu, parse_budget
from catalog.hardware.speed import decode, decode_offloaded
from catalog.memory.estimate import footprint, served
from catalog.memory.footprint import Footprint
from catalog.memory.serving import Serving
from catalog.models.registry import find_model
from catalog.problem import Problem
from catalog.quantization.levels import LEVELS, find_level
from catalog.verdict.fit import rows
from catalog.verdict.recommend import recommend
from catalog.verdict.request import Candidate, Request

QWEN = find_model("qwen3-30b-a3b").spec
EXPERTS = 48 * 128 * (2048 * 1536 + 768 * 2048)
OFFLOAD = Serving(offload="experts")


def taken(level: str, serving: Serving, device: str = "cuda") -> Footprint:
    by = served(QWEN, find_level(level), 2048, serving, device)
    return footprint(QWEN, find_level(level), by=by, device=device)


def test_bytes_in_the_host_follow_the_loader() -> None:
    assert QWEN.routed_parameters == EXPERTS
    assert find_level("bf16").expert_bytes(QWEN) == 2 * EXPERTS
    assert find_level("nf4").expert_bytes(QWEN) == 2 * EXPERTS
    assert 4 * EXPERTS / 8 < find_level("gptq-4-g128").expert_bytes(QWEN) < 4.4 * EXPERTS / 8
    assert 4.5 * EXPERTS / 8 < find_level("gguf-q4_k_m").expert_bytes(QWEN) < 5 * EXPERTS / 8


@pytest.mark.parametrize("level", [name for name in LEVELS if not name.startswith("rtn-")])
def test_card_and_host_together_hold_the_weights(level: str) -> None:
    here, all_of_it = taken(level, OFFLOAD), taken(level, Serving("", kv_bits=16))
    names = ("weights", "experts", "unquantized")
    left, held = (sum(one.term(name).expected for name in names) for one in (here, all_of_it))
    assert left + find_level(level).expert_bytes(QWEN) == pytest.approx(held, abs=2)
    assert here.low > 0


def test_one_layer_comes_to_the_card_where_modules_are_moved() -> None:
    moved = taken("bf16", OFFLOAD).term("experts-moved")
    assert (moved.low, moved.expected, moved.high) == (0, 2 * EXPERTS // 48, 2 * EXPERTS // 48)
    assert taken("gguf-q4_k_m", OFFLOAD).term("experts-moved").expected == 0


def test_the_engine_must_be_one_that_offloads() -> None:
    assert served(QWEN, find_level("nf4"), 32768, OFFLOAD, "cuda").name == "transformers"
    assert not Serving("vllm", offload="experts").serves(find_level("nf4"))
    dense = find_model("qwen2.5-7b").spec
    assert served(dense, find_level("nf4"), 32768, OFFLOAD, "cuda").name == "vllm"
    with pytest.raises(Problem, match="offload-unknown"):
        Serving(offload="everything")


def test_without_a_card_nothing_is_left_elsewhere() -> None:
    assert taken("bf16", OFFLOAD, "cpu").expected == taken("bf16", Serving(), "cpu").expected


def test_speed_by_the_host_link_and_the_active_experts() -> None:
    """Eight of 128 experts: 3.6 GB a token over sixteen lanes of PCIe 4.0, of which .75 is had."""
    card, level = find_gpu("rtx-4090"), find_level("bf16")
    assert QWEN.routed_share == pytest.approx(8 / 128)
    rate = decode_offloaded(QWEN, level, card)
    link = 2 * EXPERTS * 8 / 128 / (31.5e9 * 0.75)
    assert link < 1 / rate.expected < link + 0.15
    assert rate.low < rate.expected < rate.high < decode(QWEN, level, card).high
    assert 1 / rate.low > 2 * EXPERTS / 31.5e9
    newer = decode_offloaded(QWEN, level, replace(card, capability=9.0))
    assert 1 / rate.expected - 1 / newer.expected == pytest.approx(link / 2)


def test_feasible_only_if_asked_and_only_where_the_host_holds_it() -> None:
    request = Request(parse_budget("rtx-4090"), (Candidate("qwen3-30b-a3b", QWEN),), ("nf4",))
    assert recommend(request, []).winner is None
    asked = replace(request, serving=OFFLOAD)
    winner = recommend(asked, []).winner
    assert winner is not None
    assert (winner.host_bytes, winner.engine) == (2 * EXPERTS, "transformers")
    assert rows(asked)[0].host_bytes == 2 * EXPERTS
    small = replace(asked, host_bytes=32 * 2**30)
    (row,) = recommend(small, []).ranking
    assert row.verdict == "rejected"
    assert [one.code for one in row.reasons] == ["host-too-small"]
    assert "relax-host" in {one.code for one in recommend(small, []).would_change}
    assert recommend(replace(asked, host_bytes=64 * 2**30), []).winner is not None
