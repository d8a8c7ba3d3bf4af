"""What was measured on a card takes the place of its data sheet."""

import json
from dataclasses import asdict

from catalog.evidence.kinds import Hardware
from catalog.evidence.records import Evidence
from catalog.hardware.gpu import BANDWIDTH, PREFILL, RATE, Gpu, find_gpu
from catalog.hardware.measured_card import with_paces, with_rates
from catalog.hardware.speed import SUSTAINED, bandwidth_of, decode, matrix_rate_of, prefill, training
from catalog.models.registry import find_model
from catalog.quantization.levels import find_level

CARD = find_gpu("rtx-4090")
DRIVER = "NVIDIA GeForce RTX 4090"
SPECS = {name: find_model(name).spec for name in ("qwen2.5-7b", "llama-3.1-8b")}
BF16, NF4 = find_level("bf16"), find_level("nf4")


def rated(bandwidth: float | None, rate: float | None) -> Gpu:
    return with_rates(CARD, Hardware(bandwidth_bytes_per_s=bandwidth, bf16_flops=rate))


def test_a_card_that_gives_its_usual_share_is_estimated_as_by_its_data_sheet() -> None:
    usual = rated(SUSTAINED[BANDWIDTH] * CARD.bandwidth_bytes_per_s, SUSTAINED[RATE] * CARD.bf16_flops)
    for name, spec in SPECS.items():
        same = decode(spec, BF16, usual).expected / decode(spec, BF16, CARD).expected
        assert abs(same - 1) < 1e-9, name
    assert abs(matrix_rate_of(usual) / CARD.bf16_flops - 1) < 1e-9


def test_a_slower_card_is_estimated_slower_and_says_where_from() -> None:
    spec, slow = SPECS["qwen2.5-7b"], rated(4e11, 6e13)
    assert bandwidth_of(slow) == 4e11 / SUSTAINED[BANDWIDTH]
    assert decode(spec, BF16, slow).expected < 0.5 * decode(spec, BF16, CARD).expected
    assert prefill(spec, slow).expected < 0.5 * prefill(spec, CARD).expected
    assert training(spec, NF4, slow).expected < 0.5 * training(spec, NF4, CARD).expected
    assert (slow.from_where(BANDWIDTH), CARD.from_where(BANDWIDTH)) == ("measured", "data-sheet")


def test_what_could_not_be_measured_stays_the_data_sheets() -> None:
    half = rated(None, 6e13)
    assert half.bandwidth_bytes_per_s == CARD.bandwidth_bytes_per_s
    assert (half.from_where(BANDWIDTH), half.from_where(RATE)) == ("data-sheet", "measured")
    assert rated(None, None) == CARD


def deployed(model: str, level: str, decoded: float, prompt: float, **key: object) -> Evidence:
    values = {"decode_tokens_per_s": decoded, "prefill_tokens_per_s": prompt}
    return Evidence(
        "deploy", model, "", level, {"device": DRIVER, "context": 2048, "batch": 1} | key, values
    )


def test_a_model_that_ran_on_the_card_replaces_its_estimate_and_corrects_others() -> None:
    spec, other = SPECS["qwen2.5-7b"], SPECS["llama-3.1-8b"]
    plain = decode(spec, BF16, CARD).expected
    said = [deployed("qwen2.5-7b", "bf16", 1.5 * plain, 2 * prefill(spec, CARD).expected)]
    card = with_paces(CARD, said, DRIVER, SPECS)
    assert abs(decode(spec, BF16, card).expected / (1.5 * plain) - 1) < 1e-9
    assert abs(decode(other, BF16, card).expected / decode(other, BF16, CARD).expected - 1.5) < 1e-9
    assert abs(prefill(other, card).expected / prefill(other, CARD).expected - 2) < 1e-9
    assert decode(other, NF4, card) == decode(other, NF4, CARD)  # of another runner
    assert decode(other, BF16, card, engine="vllm") == decode(other, BF16, CARD, engine="vllm")
    assert decode(spec, BF16, card).calibrated


def test_another_card_an_unknown_model_and_a_batch_say_nothing_of_decoding() -> None:
    said = [
        deployed("qwen2.5-7b", "bf16", 1.0, 1.0, device="NVIDIA GeForce RTX 4090 D"),
        deployed("somebodys-own", "bf16", 1.0, 1.0),
        deployed("qwen2.5-7b", "bf16", 1.0, 5000.0, batch=8),
    ]
    assert [pace.of for pace in with_paces(CARD, said, DRIVER, SPECS).paces] == [PREFILL]
    assert with_paces(CARD, said[:2], DRIVER, SPECS) == CARD


def test_paces_are_of_estimates_without_paces_and_the_latest_counts() -> None:
    said = [deployed("qwen2.5-7b", "bf16", speed, 1000.0) for speed in (10.0, 20.0)]
    once = with_paces(CARD, said, DRIVER, SPECS)
    assert once == with_paces(once, said, DRIVER, SPECS) == with_paces(CARD, said[1:], DRIVER, SPECS)


def test_a_card_is_kept_with_a_run_and_read_back() -> None:
    card = with_paces(rated(9e11, 1e14), [deployed("qwen2.5-7b", "bf16", 9.0, 9.0)], DRIVER, SPECS)
    again = Gpu.restored(json.loads(json.dumps(asdict(card))))
    assert again == card
    assert hash(again) == hash(card)
    old = asdict(CARD)
    del old["measured"], old["paces"]
    assert Gpu.restored(old) == CARD
