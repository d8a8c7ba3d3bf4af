"""The demo, whole: everything measured on the bundled family, and what large models show is there."""

import io
import json
from contextlib import redirect_stdout
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from catalog.evidence.kinds import Perplexity
from catalog.evidence.paired import compare
from catalog.evidence.records import Evidence
from catalog.evidence.store import Store
from catalog.quantization.levels import usual_levels
from probes.checkpoint.target import DEMO, DEMO_FAMILY
from tests.forked import probes_are_forked
from tui.cli import run

LLAMAS = ("demo-llama-s", "demo-llama-m", "demo-llama-l")


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Any], list[Evidence]]:
    """The JSON of `basefit demo --json`, and the store it filled."""
    home, printed = tmp_path_factory.mktemp("home"), io.StringIO()
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(printed):
        patch.setenv("BASEFIT_HOME", str(home))
        patch.setenv("BASEFIT_LANG", "en")
        probes_are_forked(patch)
        assert run(["demo", "--json"]) == 0
    store = Store(home / "evidence.sqlite")
    try:
        return json.loads(printed.getvalue()), store.find()
    finally:
        store.close()


def of(evidence: list[Evidence], kind: str, model: str, level: str) -> Evidence:
    (found,) = [e for e in evidence if (e.kind, e.model, e.level) == (kind, model, level)]
    return found


def scored(evidence: list[Evidence], model: str, level: str) -> Perplexity:
    return Perplexity.of(of(evidence, "perplexity", model, level))


def test_everything_is_measured(demo: tuple[dict[str, Any], list[Evidence]]) -> None:
    verdict, evidence = demo
    measured = {(e.model, e.level) for e in evidence if e.kind == "perplexity"}
    assert measured == {(model, level) for model in DEMO_FAMILY for level in usual_levels()}
    assert len({e.model for e in evidence if e.kind == "trial"}) == 2
    assert {e.model for e in evidence if e.kind == "tokenizer"} == set(DEMO_FAMILY)
    assert all(row["provenance"] == "measured" for row in verdict["ranking"])


def test_quantization_decides_on_the_simulated_card(demo: tuple[dict[str, Any], list[Evidence]]) -> None:
    verdict, _ = demo
    rows = {(row["model"], row["level"]): row for row in verdict["ranking"]}
    assert verdict["budget"]["simulated"]
    assert rows["demo-llama-l", "nf4"]["fits"] == "yes"
    assert rows["demo-llama-l", "bf16"]["fits"] == "no"
    assert rows["demo-llama-m", "bf16"]["fits"] == "yes"
    winner = verdict["winner"]
    assert rows[winner["model"], winner["level"]]["verdict"] == "recommended"
    assert verdict["would_change"]


def test_bits_per_byte_falls_with_size(demo: tuple[dict[str, Any], list[Evidence]]) -> None:
    _, evidence = demo
    for smaller, larger in pairwise(LLAMAS):
        gap = compare(*(scored(evidence, name, "bf16") for name in (smaller, larger)))
        assert gap.value > 0
        assert gap.significant


def test_larger_at_4_bits_beats_smaller_at_16(demo: tuple[dict[str, Any], list[Evidence]]) -> None:
    _, evidence = demo
    for smaller, larger in pairwise(LLAMAS):
        gap = compare(scored(evidence, smaller, "bf16"), scored(evidence, larger, "nf4"))
        assert gap.paired
        assert gap.value > 2 * gap.se, (smaller, larger, gap)


def test_a_bilingual_vocabulary_needs_fewer_tokens(demo: tuple[dict[str, Any], list[Evidence]]) -> None:
    _, evidence = demo
    cost = {e.model: e.values["tokens_per_han_char"] for e in evidence if e.kind == "tokenizer"}
    assert cost["demo-glm"] < 0.7 * cost["demo-llama-l"]


def test_the_trial_learns_the_form(demo: tuple[dict[str, Any], list[Evidence]]) -> None:
    _, evidence = demo
    for trial in (e for e in evidence if e.kind == "trial"):
        assert trial.values["bits_per_byte"] < trial.values["before"] / 2


def test_the_bundle_is_small() -> None:
    size = sum(path.stat().st_size for path in Path(DEMO).rglob("*") if path.is_file())
    assert size <= 32 * 2**20
