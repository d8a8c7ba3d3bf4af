"""What fits, how fast, and what others have published."""

import math
import time
from typing import Any

import pytest

from catalog.evidence.published import load_lora_land, load_perplexity, published_for
from catalog.hardware.gpu import GIB, load_gpus, parse_budget
from catalog.models.registry import KINDS, load_models
from catalog.problem import Problem
from catalog.quantization.levels import find_level, tuning_level, usual_levels
from catalog.verdict.ability import ability_of, asked_of
from catalog.verdict.candidates import candidates_for
from catalog.verdict.fit import FitRow, rows, starting_point
from catalog.verdict.prior import expected as expected_of
from catalog.verdict.recommend import recommend
from catalog.verdict.request import Candidate, Request
from catalog.verdict.wishes import USES, Wishes, uses_of, usual_kind
from tui.strings.catalog import WORDS


def ask(budget: str, use: str = "infer", *, language: str = "", **changes: Any) -> Request:
    """Of the whole catalog, or of what lists a language."""
    models = candidates_for(load_models(), language) if language else load_models()
    candidates = tuple(Candidate(name, entry.spec, facts=entry) for name, entry in models.items())
    return Request(parse_budget(budget), candidates, usual_levels(), use, **changes)


def test_every_model_has_a_row_and_the_winner_is_first() -> None:
    found = rows(ask("24GiB"))
    assert {row.model for row in found} == set(load_models())
    assert starting_point(found) is found[0]
    words = [row.verdict for row in found]
    assert set(words) == {"recommended", "possible", "rejected"}
    assert words == sorted(words, key=["recommended", "possible", "rejected"].index)
    rejected = [("yes", "tight", "no").index(row.fits) for row in found if row.verdict == "rejected"]
    assert rejected == sorted(rejected)
    for row in found:
        assert row.low_bytes <= row.expected_bytes <= row.high_bytes
        assert row.fits == row.footprint.fits(24 * 2**30)
        assert bool(row.closed) == (row.verdict == "rejected")


def test_the_best_level_that_fits_is_named() -> None:
    found = {row.model: row for row in rows(ask("rtx-4090"))}
    assert (found["llama-2-7b"].level, found["llama-2-7b"].reason) == ("bf16", "best-level-fits")
    assert found["llama-2-13b"].level == "int8"
    assert (found["llama-2-70b"].fits, found["llama-2-70b"].reason) == ("no", "does-not-fit")
    assert found["llama-2-7b"].tokens_per_second_estimate is not None


def test_a_size_alone_gives_no_speed() -> None:
    assert all(row.tokens_per_second_estimate is None for row in rows(ask("24GiB")))


def test_what_does_not_list_the_language_is_no_candidate() -> None:
    chinese = candidates_for(load_models(), "zh")
    assert "qwen2.5-7b" in chinese
    assert "llama-2-7b" not in chinese
    assert {"llama-2-7b", "qwen2.5-7b"} <= candidates_for(load_models(), "en").keys()
    with pytest.raises(Problem, match="language-unspoken"):
        candidates_for(load_models(), "tlh")


def test_a_wish_keeps_out_and_says_so_and_stands_last() -> None:
    long = rows(ask("24GiB", context=32768))
    short = {row.model: row.left_out for row in long}
    assert short["llama-3-8b"] is not None
    assert short["llama-3-8b"].code == "context-too-short"
    assert short["llama-3.1-8b"] is None
    kept_out = [row.left_out is not None for row in long]
    assert kept_out == sorted(kept_out)


@pytest.mark.parametrize("kind", KINDS)
def test_only_the_kind_that_is_asked_for_leads(kind: str) -> None:
    request = ask("24GiB", wishes=Wishes(kind=kind))
    best = starting_point(rows(request))
    others = {row.entry.kind for row in rows(request) if row.left_out}
    assert others == {entry.kind for entry in load_models().values()} - {kind}
    assert best is not None
    assert best.entry.kind == kind


def test_a_base_is_tuned_and_anything_served_by_default() -> None:
    assert [usual_kind(use) for use in USES] == ["any", "base", "base", "base"]
    assert uses_of("both") == ("infer", "qlora")
    with pytest.raises(Problem, match="use-unknown"):
        uses_of("serve")


def test_more_budget_never_loses_a_model() -> None:
    smaller = {row.model for row in rows(ask("12GiB")) if row.fits == "yes"}
    larger = {row.model for row in rows(ask("24GiB")) if row.fits == "yes"}
    assert smaller < larger


def test_what_is_tuned_where_no_level_is_named() -> None:
    assert [tuning_level(use) for use in ("qlora", "lora", "both")] == ["nf4", "bf16", "nf4"]


def test_the_starting_point_fits_and_grows_no_worse_with_memory() -> None:
    expected = []
    for size in ("6GiB", "8GiB", "12GiB", "16GiB", "24GiB", "48GiB", "80GiB"):
        best = starting_point(rows(ask(size, language="zh")))
        assert best is not None
        assert best.fits == "yes"
        expected.append(prior(best))
    assert expected == sorted(expected, reverse=True)
    assert starting_point(rows(ask("1MiB", language="zh"))) is None


def prior(row: FitRow) -> float:
    spec, facts = row.candidate.spec, row.candidate.facts
    ability = ability_of(spec, facts, asked_of((("zh", 1.0),), "general"))
    return expected_of(spec, find_level(row.level), facts, ability).nats


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("use", USES)
def test_the_first_row_is_the_winner_for_cards_of_every_size(use: str, language: str) -> None:
    wishes = Wishes(languages=((language, 1.0),), kind=usual_kind(use))
    one_of_each_size = {round(gpu.memory_bytes / GIB): name for name, gpu in load_gpus().items()}
    for budget in (*one_of_each_size.values(), "2x a40"):
        request = ask(budget, use, language=language, wishes=wishes)
        first, winner = rows(request)[0], recommend(request, ()).winner
        assert winner is not None
        assert (first.model, first.level, first.verdict) == (winner.model, winner.level, "recommended")


def test_the_whole_catalog_is_quick() -> None:
    load_models()
    load_perplexity()
    request = ask("2x a40")
    best = min(_seconds(lambda: rows(request)) for _ in range(3))
    assert best < 0.15


def _seconds(call: object) -> float:
    started = time.process_time()
    call()  # type: ignore[operator]
    return time.process_time() - started


def test_published_tables_load_whole() -> None:
    perplexities = load_perplexity()
    assert len(perplexities) == 183
    assert len(load_lora_land()) == 12
    assert all(row.source and row.ppl > 1 for row in perplexities)
    assert all(row.level for row in perplexities if row.method not in ("efficientqat",))
    known = load_models()
    assert {row.model for row in perplexities} <= set(known)


def test_comparisons_stay_within_one_source_and_frame() -> None:
    gptq = [
        row
        for row in published_for("llama-7b")
        if row.source.startswith("GPTQ") and row.corpus == "wikitext-2"
    ]
    four = next(row for row in gptq if row.method == "gptq" and row.bits == 4 and row.group == 128)
    assert four.delta_ln_ppl == pytest.approx(math.log(5.85 / 5.68))
    assert four.frame == "gptq"
    llama_cpp = next(row for row in published_for("llama-7b") if row.level == "gguf-q4_0")
    assert llama_cpp.delta_ln_ppl == pytest.approx(math.log(6.1565 / 5.9066))
    assert llama_cpp.frame == "llama.cpp"
    c4 = next(row for row in published_for("llama-13b", "nf4"))
    assert c4.delta_ln_ppl is None


def test_lora_land_is_as_printed() -> None:
    best = {row.model: row for row in load_lora_land()}["zephyr-7b-beta"]
    assert (best.base_average, best.finetuned_average, best.tasks_best) == (0.350, 0.742, 10)


def test_every_problem_of_the_catalog_has_words_in_both_languages() -> None:
    for key, (english, chinese) in WORDS.items():
        assert key.startswith("problem.")
        assert english.endswith(".")
        assert chinese.endswith("。")
        assert {part.split("}")[0] for part in english.split("{")[1:]} == {
            part.split("}")[0] for part in chinese.split("{")[1:]
        }, key
