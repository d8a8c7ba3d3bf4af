"""Each gate closes for its own reason with its own numbers, and opens when the wish is given up."""

from dataclasses import replace
from typing import Any

import pytest

from catalog.evidence.records import Evidence
from catalog.hardware.gpu import parse_budget
from catalog.models.registry import ModelEntry, load_models
from catalog.verdict.recommend import recommend
from catalog.verdict.request import Candidate, Request, Verdict
from catalog.verdict.wishes import Wishes
from tests.catalog.verdict.grounds import assert_grounded

TABLE = load_models()


def candidate(name: str, **changed: Any) -> Candidate:
    entry: ModelEntry = replace(TABLE[name], **changed)
    return Candidate(name, entry.spec, "rev-" + name, facts=entry)


def ask(*candidates: Candidate, budget: str = "rtx-4090", **fields: Any) -> Request:
    wishes = Wishes(**fields.pop("wishes", {}))
    return Request(
        parse_budget(budget), candidates, fields.pop("levels", ("nf4",)), text="T", wishes=wishes, **fields
    )


def codes(verdict: Verdict) -> set[str]:
    (row,) = verdict.ranking
    return {reason.code for reason in row.reasons}


LLAMA, QWEN = candidate("llama-7b"), candidate("qwen2.5-7b")
CLOSED = [
    ("does-not-fit", ask(QWEN, budget="3GiB"), "more-memory-first"),
    ("licence", ask(LLAMA, wishes={"commercial": True}), "relax-licence"),
    ("context-too-short", ask(LLAMA, context=4096), "relax-context"),
    ("too-slow", ask(QWEN, wishes={"minimum_speed": 3000.0}), "relax-speed"),
    (
        "too-long-to-tune",
        ask(QWEN, use="qlora", data="D", data_rows=9, data_bytes=10**9, wishes={"hours": 1.0}),
        "relax-hours",
    ),
    (
        "too-dear-to-tune",
        ask(QWEN, budget="a40", use="qlora", data="D", data_bytes=10**9, wishes={"money": 1.0}),
        "relax-money",
    ),
    ("little-training-data", ask(candidate("qwen2.5-7b", training_tokens=10**11)), "relax-by-measuring"),
    ("language-unlisted", ask(LLAMA, wishes={"languages": (("zh", 1.0),)}), "relax-by-measuring"),
]


@pytest.mark.parametrize(("code", "request_", "relaxed"), CLOSED, ids=[case[0] for case in CLOSED])
def test_a_gate_closes_and_says_what_to_relax(code: str, request_: Request, relaxed: str) -> None:
    verdict = recommend(request_, [])
    assert verdict.winner is None
    assert code in codes(verdict)
    assert relaxed in {reason.code for reason in verdict.would_change}
    assert_grounded(verdict, [])


def test_what_is_named_to_relax_is_enough() -> None:
    """Granting exactly what the verdict asks for gives a winner."""
    asked = ask(
        *(candidate(name) for name in ("qwen2.5-7b", "llama-7b", "yi-34b")),
        wishes={"minimum_speed": 500.0, "commercial": True},
    )
    refused = recommend(asked, [])
    assert refused.winner is None
    (nearest, speed) = refused.would_change
    granted = replace(asked.wishes, minimum_speed=speed.params["speed"])
    verdict = recommend(replace(asked, wishes=granted), [])
    assert verdict.winner is not None
    assert (verdict.winner.model, verdict.winner.level) == (
        nearest.params["model"],
        nearest.params["level"],
    )


def test_a_measurement_opens_what_only_the_catalog_closed() -> None:
    model = candidate("llama-7b", training_tokens=10**11)
    asked = ask(model, wishes={"languages": (("zh", 1.0),)})
    values = {
        "bits_per_byte": 1.0, "bits_per_byte_se": 0.01, "verdict": "slightly worse", "kl_nats": 0.01,
        "kl_se": 0.001, "weight_bytes": 1,
    }  # fmt: skip
    probe = Evidence(
        "perplexity", model.name, model.revision, "nf4", {"text_sha256": "T", "frame": "probe"}, values
    )
    assert recommend(asked, []).winner is None
    assert recommend(asked, [probe]).winner is not None


def test_deployed_speed_outranks_the_estimate() -> None:
    asked = ask(QWEN, wishes={"minimum_speed": 3000.0})
    key = {"device": "NVIDIA GeForce RTX 4090"}
    fast = Evidence("deploy", QWEN.name, QWEN.revision, "nf4", key, {"decode_tokens_per_s": 4000.0})
    verdict = recommend(asked, [fast])
    assert verdict.winner is not None
    assert verdict.winner.speed == 4000.0
    elsewhere = replace(fast, key={"device": "NVIDIA A40"})
    assert recommend(asked, [elsewhere]).winner is None


def test_the_engine_that_is_fast_enough_is_taken_and_named() -> None:
    """What transformers was measured at says nothing of vLLM, which should be three times as fast."""
    model = candidate("qwen2.5-7b")
    slow = ask(model, levels=("gptq-4-g128",), wishes={"minimum_speed": 20.0})
    fast = replace(slow, wishes=Wishes(minimum_speed=60.0))
    key = {"device": "NVIDIA GeForce RTX 4090"}
    measured = Evidence(
        "deploy", model.name, model.revision, "gptq-4-g128", key, {"decode_tokens_per_s": 25.0}
    )
    found = [recommend(asked, [measured]).winner for asked in (slow, fast)]
    engines = [(winner.engine, winner.speed_provenance) for winner in found if winner]
    assert engines == [("transformers", "measured"), ("vllm", "estimated")]
    assert found[1] is not None
    (said,) = (one for one in found[1].reasons if one.code == "reaches-speed")
    assert said.params["engine"] == "vllm"
    assert said.params["speed"] > 60
    too_fast = replace(slow, wishes=Wishes(minimum_speed=900.0))
    (row,) = recommend(too_fast, [measured]).ranking
    (closed,) = (one for one in row.reasons if one.code == "too-slow")
    assert closed.params["engine"] == "exllama", "the fastest of those that load it"


def test_a_licence_nobody_knows_is_told_and_does_not_close() -> None:
    unknown = Candidate("mine", QWEN.spec, "rev")
    verdict = recommend(ask(unknown, wishes={"commercial": True}), [])
    assert verdict.winner is not None
    assert "licence-unknown" in codes(verdict)


@pytest.mark.parametrize(
    ("code", "request_"),
    [
        ("lora-needs-16-bits", ask(QWEN, use="lora")),
        ("qlora-needs-quantized", ask(QWEN, use="both", levels=("bf16",))),
        ("tuning-limits-without-tuning", ask(QWEN, wishes={"hours": 1.0})),
        ("writing-is-not-tuned", ask(QWEN, use="qlora", wishes={"task": "writing"})),
        ("none-commercial", ask(LLAMA, wishes={"commercial": True})),
        ("context-beyond-all", ask(LLAMA, context=10**6)),
    ],
)
def test_contradictory_wishes_are_named(code: str, request_: Request) -> None:
    assert code in {reason.code for reason in recommend(request_, []).contradictions}


def test_published_tables_order_their_own_members() -> None:
    models = [candidate(name) for name in ("llama-7b", "llama-13b", "llama-33b")]
    verdict = recommend(ask(*models, budget="80GiB", levels=("bf16",)), [])
    assert [row.model for row in verdict.ranking] == ["llama-33b", "llama-13b", "llama-7b"]
    assert {row.basis for row in verdict.ranking} == {"published"}


def test_a_simple_task_takes_the_smaller_and_a_hard_one_the_larger() -> None:
    models = [candidate(name) for name in ("qwen2.5-7b", "qwen2.5-14b")]
    winners = {}
    for task in ("extraction", "code"):
        winner = recommend(ask(*models, budget="80GiB", wishes={"task": task}), []).winner
        assert winner is not None
        winners[task] = winner.model
    assert winners == {"extraction": "qwen2.5-7b", "code": "qwen2.5-14b"}


def test_both_needs_the_memory_of_both() -> None:
    serve, tune, both = (recommend(ask(QWEN, use=use), []).ranking[0] for use in ("infer", "qlora", "both"))
    assert both.high_bytes == max(serve.high_bytes, tune.high_bytes)


def test_a_shorter_context_may_be_all_it_takes() -> None:
    """No larger budget is asked for where the shorter context already fits."""
    asked = ask(QWEN, budget="80GiB", context=2_000_000)
    verdict = recommend(asked, [])
    nearest, relaxed = verdict.would_change
    assert (nearest.code, relaxed.code) == ("nearest", "relax-context")
    granted = recommend(replace(asked, context=int(relaxed.params["native"])), [])
    assert granted.winner is not None
    assert granted.winner.fits == "yes"


def test_what_only_may_fit_is_ordered_by_its_risk() -> None:
    """And says so: nothing is claimed of its quality."""
    sizes = {row.level: row for row in recommend(ask(QWEN, budget="80GiB"), []).ranking}
    budget = (sizes["nf4"].low_bytes + sizes["nf4"].high_bytes) // 2
    verdict = recommend(ask(QWEN, budget=f"{budget}B"), [])
    assert verdict.winner is not None
    assert verdict.winner.fits == "tight"
    assert verdict.winner.reasons[0].code == "least-risk"
    assert verdict.would_change[0].code == "more-memory-surely"
    enough = verdict.would_change[0].params["bytes"]
    granted = recommend(ask(QWEN, budget=f"{enough}B"), []).winner
    assert granted is not None
    assert granted.fits == "yes"


def test_levels_that_serve_no_use_are_named_with_one_that_does() -> None:
    asked = ask(QWEN, budget="80GiB", use="lora", levels=("nf4",))
    verdict = recommend(asked, [])
    assert verdict.ranking == ()
    (relaxed,) = verdict.would_change
    assert relaxed.code == "relax-levels"
    assert recommend(replace(asked, levels=("nf4", str(relaxed.params["level"]))), []).winner is not None


def test_of_equal_memory_the_better_is_the_next_step() -> None:
    """nf4 and fp4 take the same bytes; nf4 is expected to be the better."""
    verdict = recommend(ask(QWEN, budget="1GiB", levels=("fp4", "nf4")), [])
    assert verdict.would_change[0].params["level"] == "nf4"


def test_several_cards_are_said() -> None:
    verdict = recommend(ask(QWEN, budget="2x1GiB"), [])
    reasons = [*verdict.would_change, *(row.reasons[0] for row in verdict.ranking)]
    assert {reason.params["cards"] for reason in reasons} == {2}


def test_an_estimate_says_what_measuring_it_takes() -> None:
    """The download and the minutes, only while nothing of it is on this disk."""
    unseen = recommend(ask(QWEN), [])
    (told,) = (reason for reason in unseen.would_change if reason.code == "measure-after-download")
    assert told.params["bytes"] == 2 * QWEN.spec.parameters
    assert float(told.params["minutes"]) > 0
    here = recommend(ask(replace(QWEN, path="/models/qwen")), [])
    assert here.next
    assert all(reason.code != "measure-after-download" for reason in here.would_change)
