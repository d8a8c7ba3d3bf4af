"""A trial belongs to the level it ran at, and a reason subtracts what the table shows."""

from dataclasses import replace

import pytest

from catalog.evidence.records import Evidence
from catalog.verdict.recommend import recommend
from catalog.verdict.request import Ranked, Verdict
from tests.catalog.verdict.grounds import assert_grounded
from tests.catalog.verdict.test_recommend import MIB, MODELS, probe, request, tried

SMALL, LARGE = MODELS[0], MODELS[1]
TEXT = [1000.0, 1100.0, 900.0, 1050.0]
GOOD, BAD = [40.0, 41.0, 42.0, 44.0], [60.0, 61.0, 63.0, 64.0]


def row(verdict: Verdict, model: str, level: str) -> Ranked:
    return next(row for row in verdict.ranking if (row.model, row.level) == (model, level))


def judge(*evidence: Evidence, levels: tuple[str, ...] = ("bf16", "nf4")) -> Verdict:
    verdict = recommend(request(200 * MIB, levels), evidence)
    assert_grounded(verdict, evidence)
    return verdict


def test_a_trial_is_shown_at_its_own_level_and_named_elsewhere() -> None:
    verdict = judge(probe(SMALL, "bf16", TEXT), probe(SMALL, "nf4", TEXT), tried(SMALL, GOOD))
    rows = [row(verdict, SMALL.name, level) for level in ("bf16", "nf4")]
    assert [(one.level, one.tuned_level, one.basis) for one in rows] == [
        ("bf16", "nf4", "probe"),
        ("nf4", "nf4", "trial"),
    ]
    assert rows[0].tuned == rows[1].tuned


def test_it_speaks_for_no_level_that_nobody_measured_while_another_was() -> None:
    verdict = judge(tried(SMALL, BAD), tried(LARGE, GOOD))
    assert row(verdict, LARGE.name, "nf4").verdict == "recommended"
    assert row(verdict, LARGE.name, "bf16").verdict == "unmeasured"


def test_where_no_level_of_the_model_was_measured_it_does_and_says_so() -> None:
    verdict = judge(tried(SMALL, BAD), tried(LARGE, GOOD), levels=("bf16",))
    assert verdict.winner is not None
    assert (verdict.winner.model, verdict.winner.level, verdict.winner.tuned_level) == (
        LARGE.name,
        "bf16",
        "nf4",
    )
    best = verdict.winner.reasons[0]
    assert (best.code, best.params["trials"]) == ("best-after-trial", "nf4")


def test_two_trials_of_one_model_at_two_levels_are_compared_by_them() -> None:
    fine = replace(tried(SMALL, GOOD), level="bf16")
    verdict = judge(fine, tried(SMALL, BAD))
    assert verdict.winner is not None
    assert verdict.winner.level == "bf16"
    (beats,) = [reason for reason in verdict.winner.reasons if reason.code == "beats"]
    assert (beats.params["by"], beats.params["trials"]) == ("trial", "bf16, nf4")


@pytest.mark.parametrize("by", ["probe", "trial"])
def test_a_difference_is_that_of_the_figures_in_the_table(by: str) -> None:
    if by == "probe":
        better = [n - 50 - i for i, n in enumerate(TEXT)]
        verdict = judge(probe(SMALL, "nf4", TEXT), probe(LARGE, "nf4", better))
    else:
        verdict = judge(tried(SMALL, BAD), tried(LARGE, GOOD))
    winner, other = (row(verdict, model.name, "nf4") for model in (LARGE, SMALL))
    shown = ("quality", "quality_margin") if by == "probe" else ("tuned", "tuned_margin")
    figures = [getattr(one, shown[0]) for one in (winner, other)]
    (beats,) = [reason for reason in winner.reasons if reason.code == "beats"]
    assert beats.params["figures"] == figures
    assert beats.params["difference"] == pytest.approx(figures[1] - figures[0])
    assert 0 < beats.params["margin"] < beats.params["difference"]
    (worse,) = [reason for reason in other.reasons if reason.code == "worse-than"]
    assert worse.params["figures"] == figures[::-1]


def test_four_windows_need_more_than_two_standard_errors() -> None:
    """2.6 standard errors: beyond two, and within Student's."""
    worse = [n + gap for n, gap in zip(TEXT, (10.0, 40.0, 70.0, 120.0), strict=True)]
    verdict = judge(probe(SMALL, "nf4", worse), probe(LARGE, "nf4", TEXT))
    assert verdict.winner is not None
    assert verdict.winner.model == SMALL.name
    (tie,) = [reason for reason in verdict.winner.reasons if reason.code == "tie-smaller-wins"]
    assert 2 * tie.params["se"] < abs(tie.params["difference"]) < tie.params["margin"]
