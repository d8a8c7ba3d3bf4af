"""Properties of the judgement: it is pure, monotone in memory, and never picks what is dominated."""

import math
import random
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from catalog.evidence.records import Evidence
from catalog.hardware.gpu import Budget, parse_budget
from catalog.models.spec import ModelSpec
from catalog.verdict.recommend import recommend
from catalog.verdict.request import Candidate, Request, Verdict
from catalog.verdict.wishes import Wishes
from tests.catalog.verdict.grounds import assert_grounded

MIB = 2**20
LEVELS = ("bf16", "int8", "nf4")
SIZES = {"bf16": 16.0, "int8": 8.0, "nf4": 4.5}


def spec(name: str, width: int) -> ModelSpec:
    return ModelSpec(
        name=name,
        architecture="llama",
        layers=4,
        hidden=width,
        intermediate=width * 3,
        heads=4,
        kv_heads=2,
        head_dim=width // 4,
        vocabulary=4096,
        tied=True,
        context=2048,
    )


MODELS = tuple(
    Candidate(f"m{width}", spec(f"m{width}", width), f"rev{width}", f"/models/{width}")
    for width in (128, 256, 384, 512)
)


def request(budget_bytes: int, levels: tuple[str, ...] = LEVELS) -> Request:
    return Request(
        Budget("test", budget_bytes, simulated=True), MODELS, levels, device="simulated", text="T", data="D"
    )


def probe(model: Candidate, level: str, nats: list[float], word: str = "indistinguishable") -> Evidence:
    spans = [{"nats": n, "bytes": 1000} for n in nats]
    rate = sum(nats) / len(nats) / 1000 / math.log(2)
    values = {
        "windows": spans,
        "bits_per_byte": rate,
        "bits_per_byte_se": 0.01,
        "verdict": word,
        "kl_nats": 0.01,
        "kl_se": 0.001,
        "weight_bytes": 1,
    }
    key = {"text_sha256": "T", "frame": "probe"}
    return Evidence("perplexity", model.name, model.revision, level, key, values, created="2026-01-01")


def tried(model: Candidate, nats: list[float], created: str = "2026-01-01", **key: Any) -> Evidence:
    rate = sum(nats) / len(nats) / 100 / math.log(2)
    values = {
        "spans": [{"nats": n, "bytes": 100} for n in nats],
        "bits_per_byte": rate,
        "bits_per_byte_se": 0.01,
        "before": rate + 1,
    }
    return Evidence(
        "trial", model.name, model.revision, "nf4", {"data_sha256": "D"} | key, values, created=created
    )


def quality(evidence: list[Evidence], verdict: Verdict) -> float:
    assert verdict.winner is not None
    return next(
        e.values["bits_per_byte"]
        for e in evidence
        if (e.model, e.level) == (verdict.winner.model, verdict.winner.level)
    )


@st.composite
def measurements(draw: st.DrawFn) -> list[Evidence]:
    """Some probes of some levels of the four models: common noise by window, a level and model effect."""
    seed = draw(st.integers(0, 10_000))
    noise = draw(st.sampled_from([0.0, 5.0, 60.0]))
    rng = random.Random(seed)
    windows = [rng.uniform(800, 1400) for _ in range(8)]
    found = []
    for model in MODELS:
        gain = rng.uniform(-100, 200)
        for level in LEVELS:
            if draw(st.booleans()):
                shift = {"bf16": 0, "int8": 2, "nf4": 15}[level]
                nats = [w - gain + shift + rng.gauss(0, noise) for w in windows]
                word = draw(st.sampled_from(["indistinguishable", "slightly worse", "worse", "broken"]))
                found.append(probe(model, level, nats, word))
    return found


@settings(deadline=None, max_examples=60)
@given(measurements(), st.integers(2, 40), st.integers(1, 40), st.sampled_from(["general", "extraction"]))
def test_more_memory_never_makes_it_worse(
    evidence: list[Evidence], budget: int, more: int, task: str
) -> None:
    asked = replace(request(budget * MIB), wishes=Wishes(task=task))
    small = recommend(asked, evidence)
    large = recommend(replace(asked, budget=replace(asked.budget, bytes=(budget + more) * MIB)), evidence)
    if small.winner is None:
        return
    assert large.winner is not None
    if small.winner.provenance == large.winner.provenance == "measured":
        assert quality(evidence, large) <= quality(evidence, small) + 1e-12
    if small.winner.fits == "yes":
        assert large.winner.fits == "yes"
        assert (small.winner.provenance == "measured") <= (large.winner.provenance == "measured")


@settings(deadline=None, max_examples=60)
@given(measurements(), st.randoms(use_true_random=False))
def test_order_and_duplicates_change_nothing(evidence: list[Evidence], rng: random.Random) -> None:
    shuffled = evidence + evidence[:3]
    rng.shuffle(shuffled)
    asked = request(20 * MIB)
    expected = recommend(asked, evidence)
    assert recommend(asked, shuffled) == expected
    models = [*asked.candidates, *rng.sample(asked.candidates, 2)]
    rng.shuffle(models)
    again = recommend(replace(asked, candidates=tuple(models), levels=(*LEVELS, "nf4")), shuffled)
    assert again == expected


@settings(deadline=None, max_examples=60)
@given(measurements(), st.sampled_from(["general", "extraction", "code"]))
def test_the_winner_is_not_dominated_and_every_reason_has_evidence(
    evidence: list[Evidence], task: str
) -> None:
    asked = replace(
        request(20 * MIB),
        budget=replace(parse_budget("rtx-4090"), bytes=20 * MIB),
        wishes=Wishes(task=task),
    )
    verdict = recommend(asked, evidence)
    assert_grounded(verdict, evidence)
    winner = verdict.winner
    if winner is None or winner.provenance != "measured":
        return
    assert winner.on_front
    for row in verdict.ranking:
        if row.verdict != "possible" or row.high_bytes > winner.high_bytes:
            continue
        assert row.quality is not None
        assert winner.quality is not None
        assert row.speed is not None
        assert winner.speed is not None
        assert row.speed < winner.speed or row.quality >= winner.quality


def test_a_significant_gain_buys_memory_and_a_tie_does_not() -> None:
    base = [1000.0, 1100.0, 900.0, 1050.0]
    better = [n - 50 - i for i, n in enumerate(base)]
    noise = [base[0] - 40, base[1] + 38, base[2] - 45, base[3] + 42]
    evidence = [
        probe(MODELS[0], "bf16", base),
        probe(MODELS[1], "bf16", better),
        probe(MODELS[2], "bf16", noise),
    ]
    verdict = recommend(request(200 * MIB, ("bf16",)), evidence)
    assert verdict.winner is not None
    assert verdict.winner.model == "m256"
    verdict = recommend(request(200 * MIB, ("bf16",)), [evidence[0], evidence[2]])
    assert verdict.winner is not None
    assert verdict.winner.model == "m128"
    assert any(reason.code == "tie-smaller-wins" for reason in verdict.winner.reasons)


def test_how_often_tokens_go_to_the_references_experts_is_a_reason() -> None:
    found = probe(MODELS[0], "nf4", [1000.0, 1100.0, 900.0, 1050.0])
    routed = replace(found, values={**found.values, "same_experts": 0.87, "same_experts_se": 0.01})
    for evidence, expected in ((found, []), (routed, [{"same_experts": 0.87, "level": "nf4"}])):
        verdict = recommend(request(200 * MIB, ("nf4",)), [evidence])
        row = next(row for row in verdict.ranking if (row.model, row.level) == (MODELS[0].name, "nf4"))
        reasons = [reason for reason in row.reasons if reason.code == "same-experts"]
        assert [reason.params for reason in reasons] == expected
        assert all(reason.evidence == (evidence.id,) for reason in reasons)


def test_a_trial_on_the_persons_data_outranks_the_probe() -> None:
    low, high = [1000.0] * 3 + [1001.0], [1100.0] * 3 + [1101.0]
    evidence = [probe(MODELS[0], "nf4", high), probe(MODELS[1], "nf4", low)]
    before = recommend(request(200 * MIB, ("nf4",)), evidence)
    evidence += [tried(MODELS[0], [40.0, 41.0, 42.0]), tried(MODELS[1], [60.0, 61.0, 63.0])]
    after = recommend(request(200 * MIB, ("nf4",)), evidence)
    assert before.winner is not None
    assert after.winner is not None
    assert (before.winner.model, after.winner.model) == ("m256", "m128")


def test_a_longer_trial_is_not_set_against_a_shorter_one() -> None:
    """The small model's long trial reached fewer bits; trained alike it is the weaker one."""
    evidence = [
        tried(MODELS[0], [60.0, 61.0, 63.0], examples=64),
        tried(MODELS[1], [50.0, 51.0, 52.0], examples=64),
        tried(MODELS[0], [30.0, 31.0, 32.0], created="2026-01-02", examples=512),
    ]
    ask = replace(request(40 * 2**30), candidates=MODELS[:2])
    verdict = recommend(replace(ask, use="qlora"), evidence)
    assert verdict.winner is not None
    assert verdict.winner.model == MODELS[1].name
    cited = {one for row in verdict.ranking for reason in row.reasons for one in reason.evidence}
    assert cited >= {evidence[0].id, evidence[1].id}
    assert evidence[2].id not in cited
    assert recommend(replace(ask, use="qlora"), evidence[::-1]) == verdict


def test_broken_is_never_recommended_and_worse_only_if_it_still_beats_the_rest() -> None:
    good, bad = [1000.0, 1001.0, 1002.0], [900.0, 901.0, 902.0]
    broken = [probe(MODELS[0], "bf16", good), probe(MODELS[0], "nf4", bad, "broken")]
    verdict = recommend(request(200 * MIB), broken)
    assert verdict.winner is not None
    assert verdict.winner.level == "bf16"
    worse = [probe(MODELS[0], "bf16", good), probe(MODELS[1], "nf4", bad, "worse")]
    verdict = recommend(request(200 * MIB), worse)
    assert verdict.winner is not None
    assert verdict.winner.model == "m256"


def test_nothing_fits_is_an_answer_with_the_next_budget_step() -> None:
    verdict = recommend(request(MIB // 2), [probe(MODELS[0], "nf4", [1000.0, 1001.0])])
    assert verdict.winner is None
    assert {row.verdict for row in verdict.ranking} == {"rejected"}
    (step,) = verdict.would_change
    assert step.code.startswith("more-memory")
    enough = recommend(request(int(step.params["bytes"])), [])
    assert enough.winner is not None


def test_evidence_of_another_text_frame_or_revision_does_not_count() -> None:
    right = probe(MODELS[0], "nf4", [1000.0, 1001.0])
    others = [
        replace(right, key={"text_sha256": "other", "frame": "probe"}),
        replace(right, key={"text_sha256": "T", "frame": "gptq"}),
        replace(right, revision="another"),
    ]
    verdict = recommend(request(200 * MIB), others)
    assert all(row.provenance == "estimated" for row in verdict.ranking)


@pytest.mark.parametrize("use", ["qlora", "lora"])
def test_only_levels_that_train_are_offered_for_training(use: str) -> None:
    verdict = recommend(replace(request(500 * MIB), use=use), [])
    assert {row.level for row in verdict.ranking} <= ({"bf16"} if use == "lora" else {"int8", "nf4"})
    assert verdict.winner is not None
