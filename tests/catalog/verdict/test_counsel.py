"""What the articles say of a choice is said where it holds, with figures and source, and not elsewhere."""

from dataclasses import replace

import pytest

from catalog.evidence.records import Evidence
from catalog.hardware.gpu import parse_budget
from catalog.models.registry import find_model
from catalog.verdict.recommend import recommend
from catalog.verdict.request import Candidate, Reason, Request, Verdict
from catalog.verdict.wishes import Wishes
from tests.catalog.verdict.grounds import assert_grounded
from tests.catalog.verdict.test_recommend import MIB, MODELS, probe, request

SMALL, LARGE = MODELS[0], MODELS[2]
TEXT = [1000.0, 1100.0, 900.0, 1050.0]
BETTER = [n - 50 - i for i, n in enumerate(TEXT)]


def asked(*names: str, budget: str = "24GiB", task: str = "general", **more: object) -> Request:
    models = tuple(Candidate(name, find_model(name).spec, facts=find_model(name)) for name in names)
    ask = Request(parse_budget(budget), models, ("bf16", "nf4"), language="en", wishes=Wishes(task=task))
    return replace(ask, **more)  # type: ignore[arg-type]


def said(verdict: Verdict, code: str) -> Reason | None:
    assert verdict.winner is not None
    reasons = (*verdict.winner.reasons, *verdict.data)
    return next((reason for reason in reasons if reason.code == code), None)


def judged(ask: Request, *evidence: Evidence) -> Verdict:
    verdict = recommend(ask, evidence)
    assert_grounded(verdict, evidence)
    return verdict


def test_larger_at_4_bits_before_smaller_at_16_where_that_was_measured() -> None:
    ask = request(200 * MIB, ("bf16", "nf4"))
    found = said(judged(ask, probe(SMALL, "bf16", TEXT), probe(LARGE, "nf4", BETTER)), "larger-at-4-bits")
    assert found is not None
    assert (found.params["model"], found.params["ppl_33b_at_4"], found.params["ppl_33b_smaller_at_16"]) == (
        SMALL.name,
        4.23,
        5.09,
    )
    assert any("GPTQ-for-LLaMa" in one for one in found.evidence)
    assert len([one for one in found.evidence if not one.startswith("catalog.")]) == 2
    other = judged(ask, probe(SMALL, "bf16", BETTER), probe(LARGE, "nf4", TEXT))
    assert said(other, "larger-at-4-bits") is None, "here the smaller one won"
    alone = judged(ask, probe(SMALL, "nf4", TEXT), probe(LARGE, "nf4", BETTER))
    assert said(alone, "larger-at-4-bits") is None, "here nothing has 16 bits"


def test_larger_at_4_bits_where_it_is_only_expected() -> None:
    found = said(judged(asked("qwen3-14b", "qwen3-4b", budget="16GiB")), "larger-at-4-bits")
    assert found is not None
    assert all(one.startswith("catalog.") for one in found.evidence)


@pytest.mark.parametrize(
    ("names", "task", "use", "code"),
    [
        (("qwen3-4b",), "extraction", "qlora", "simple-task-small"),
        (("qwen3-4b",), "extraction", "infer", "simple-task-tune"),
        (("qwen3-0.6b",), "extraction", "qlora", None),
        (("qwen3-4b",), "code", "qlora", None),
        (("qwen3-14b",), "summary", "qlora", None),
    ],
)
def test_a_simple_task_needs_no_large_model(
    names: tuple[str, ...], task: str, use: str, code: str | None
) -> None:
    verdict = judged(asked(*names, task=task, use=use))
    codes = ("simple-task-small", "simple-task-tune", "simple-task-smaller")
    assert [one for one in codes if said(verdict, one)] == ([code] if code else [])


def test_lora_lands_figures_and_the_smaller_that_would_do() -> None:
    found = said(judged(asked("qwen3-4b", task="extraction", use="qlora")), "simple-task-small")
    assert found is not None
    assert found.params["count"] == 10
    assert found.params["tuned"] == pytest.approx(0.685, abs=5e-4)
    assert found.params["untuned"] == pytest.approx(0.301, abs=5e-4)
    assert (found.params["hosted"], found.params["least_parameters"]) == (0.661, 2.51e9)
    assert found.evidence == ("catalog.published: LoRA Land (arXiv:2405.00732)",)
    large = judged(asked("qwen3-14b", "llama-2-7b", task="extraction", use="qlora"))
    smaller = said(large, "simple-task-smaller")
    assert smaller is not None
    assert smaller.params["model"] == "llama-2-7b"


def test_literary_writing() -> None:
    one = judged(asked("qwen3-14b", "qwen3-4b", task="writing"))
    assert said(one, "writing-largest")
    older = judged(asked("qwen3-14b", "llama-33b", task="writing"))
    weaker = said(older, "writing-larger-weaker")
    assert weaker is not None
    assert weaker.params["model"] == "llama-33b"
    assert said(older, "writing-largest") is None
    general = judged(asked("qwen3-14b", "qwen3-4b"))
    assert not any(said(general, code) for code in ("writing-largest", "writing-larger-weaker"))


def test_what_to_train_writing_on_and_how_many_rows() -> None:
    tuned = judged(asked("qwen3-4b", task="writing", use="qlora", data="D", data_rows=40))
    assert said(tuned, "writing-text")
    rows = said(tuned, "data-few")
    assert rows is not None
    assert (rows.params["rows"], rows.params["few"], rows.params["curated"]) == (40, 156, 1000)
    served = judged(asked("qwen3-4b", task="writing"))
    assert said(served, "writing-text") is None
    other = judged(asked("qwen3-4b", task="code", use="qlora", data="D", data_rows=400))
    assert said(other, "writing-text") is None
    some = said(other, "data-some")
    assert some is not None
    assert "catalog.published: LIMA (arXiv:2305.11206)" in some.evidence


def test_a_base_trained_on_little_is_said_to_be_where_it_was_measured() -> None:
    entry = find_model("qwen3-4b")
    little = Candidate("little", entry.spec, "rev", facts=replace(entry, training_tokens=3 * 10**11))
    enough = replace(little, facts=replace(entry, training_tokens=10**12))
    for model, told in ((little, True), (enough, False)):
        ask = Request(parse_budget("24GiB"), (model,), ("nf4",), text="T", language="en")
        verdict = judged(ask, probe(model, "nf4", TEXT))
        assert (said(verdict, "trained-on-little") is not None) == told
    (unmeasured,) = recommend(replace(ask, candidates=(little,)), ()).ranking
    assert "little-training-data" in {reason.code for reason in unmeasured.reasons}


def test_windows_that_are_not_independent_or_too_long_are_told_of() -> None:
    def placed(step: int, **values: object) -> Evidence:
        found = probe(SMALL, "bf16", TEXT)
        windows = [
            one | {"start": at * step, "end": at * step + 1000}
            for at, one in enumerate(found.values["windows"])
        ]
        return replace(found, values={**found.values, "windows": windows, **values})

    ask = request(200 * MIB, ("bf16",))
    near = said(judged(ask, placed(1000)), "of-this-text")
    assert near is not None
    assert (near.params["touching"], near.params["pairs"]) == (3, 3)
    apart = judged(ask, placed(4000))
    assert said(apart, "of-this-text") is None
    assert said(apart, "scored-beyond-context") is None
    long = said(judged(ask, placed(4000, beyond_context=2)), "scored-beyond-context")
    assert long is not None
    assert (long.params["windows"], long.params["native"]) == (2, SMALL.spec.context)
