"""What a report rests on, whichever run measured it."""

import pytest

from catalog.evidence.store import RunState, Store
from catalog.problem import Problem
from tests.tui.report import stored
from tui.report.compose import compose
from tui.report.gather import gather


def test_the_latest_run_that_says_anything(store: Store) -> None:
    run = stored.family(store)
    stored.measured(store, "basefit convert a b")
    assert gather(store).run.id == run
    assert gather(store, run + 1).evidence == ()


def test_evidence_of_earlier_runs_counts_where_the_verdict_rests_on_it(store: Store) -> None:
    first = stored.family(store)
    second = stored.family(store)  # the very same results: the store keeps them once
    report = gather(store, second)
    assert {e.id for e in report.evidence} == {e.id for e in gather(store, first).evidence}
    assert set(report.origin.values()) == {first}
    assert set(report.machines) == {first, second}


def test_later_evidence_does_not_slip_into_an_old_report(store: Store) -> None:
    run = stored.family(store)
    before = {e.id for e in gather(store, run).evidence}
    stored.measured(store, "basefit perplexity x", stored.perplexity("demo-llama-s", "fp4", 9.9, 0.3))
    assert {e.id for e in gather(store, run).evidence} == before


def test_the_row_finds_its_own_numbers(store: Store) -> None:
    report = gather(store, stored.family(store))
    kinds = [[e.kind for e in report.behind(row)] for row in report.ranking]
    assert kinds == [["perplexity", "trial"], ["perplexity"], ["perplexity"]]


def test_an_unfinished_question_whose_files_are_gone_has_no_verdict(store: Store) -> None:
    question = {"budget": stored.BUDGET, "targets": ["/nowhere/x"], "text": "/nowhere/t", "levels": ["nf4"]}
    run = store.begin("basefit", {"question": question})
    store.append(stored.perplexity("x", "nf4", 2.0), run)
    store.end(run, RunState.CANCELLED, {})
    report = gather(store, run)
    assert report.verdict is None
    words = "".join(str(block) for block in compose(report, "en").blocks)
    assert "cancelled before its end" in words
    assert "No verdict: the models, the text or the data" in words


def test_problems(store: Store) -> None:
    with pytest.raises(Problem, match="run-none"):
        gather(store)
    run = stored.family(store)
    with pytest.raises(Problem, match="run-unknown") as caught:
        gather(store, 99)
    assert caught.value.params == {"run": 99, "latest": run}
