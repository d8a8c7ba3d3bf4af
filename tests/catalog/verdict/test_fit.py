"""What fits, how fast, and what others have published."""

import math
import time

import pytest

from catalog.evidence.published import load_lora_land, load_perplexity, published_for
from catalog.hardware import speed
from catalog.hardware.gpu import find_gpu, parse_budget
from catalog.models.registry import find_model, load_models
from catalog.quantization.levels import find_level, ladder
from catalog.verdict.fit import rows
from tui.strings.catalog import WORDS


def test_every_model_has_a_row_and_those_that_fit_come_first() -> None:
    found = rows(parse_budget("24GiB"), everything=True)
    assert {row.model for row in found} == set(load_models())
    order = [("yes", "tight", "no").index(row.fits) for row in found]
    assert order == sorted(order)
    fitting = [row.parameters for row in found if row.fits == "yes"]
    assert fitting == sorted(fitting, reverse=True)
    for row in found:
        assert row.low_bytes <= row.expected_bytes <= row.high_bytes
        assert row.fits == row.footprint.fits(24 * 2**30)


def test_the_best_level_that_fits_is_named() -> None:
    found = {row.model: row for row in rows(parse_budget("rtx-4090"), everything=True)}
    assert (found["llama-2-7b"].level, found["llama-2-7b"].reason) == ("bf16", "best-level-fits")
    assert found["llama-2-13b"].level == "int8"
    assert found["llama-33b"].fits != "no"
    assert (found["llama-2-70b"].fits, found["llama-2-70b"].reason) == ("no", "does-not-fit")
    assert found["llama-2-7b"].tokens_per_second_estimate is not None


def test_a_size_alone_gives_no_speed() -> None:
    assert all(row.tokens_per_second_estimate is None for row in rows(parse_budget("24GiB")))


def test_language_and_context_leave_models_out() -> None:
    chinese = {row.model for row in rows(parse_budget("24GiB"), language="zh")}
    assert "qwen2.5-7b" in chinese
    assert "llama-2-7b" not in chinese
    long = {row.model for row in rows(parse_budget("24GiB"), context=32768)}
    assert "llama-3-8b" not in long
    assert "llama-3.1-8b" in long


def test_more_budget_never_loses_a_model() -> None:
    smaller = {row.model for row in rows(parse_budget("12GiB"), everything=True) if row.fits == "yes"}
    larger = {row.model for row in rows(parse_budget("24GiB"), everything=True) if row.fits == "yes"}
    assert smaller < larger


@pytest.mark.parametrize("use", ["infer", "qlora", "lora"])
def test_ladders_are_levels_of_that_use(use: str) -> None:
    for name in ladder(use):
        level = find_level(name)
        assert use == "infer" or level.trains_with
        assert level.quantized == (use == "qlora") or use == "infer"


def test_the_whole_catalog_is_quick() -> None:
    load_models()
    load_perplexity()
    budget = parse_budget("2x a40")
    best = min(_seconds(lambda: rows(budget, everything=True)) for _ in range(3))
    assert best < 0.15


def _seconds(call: object) -> float:
    started = time.process_time()
    call()  # type: ignore[operator]
    return time.process_time() - started


def test_decoding_is_bound_by_bandwidth() -> None:
    model = find_model("llama-2-7b").spec
    rate = speed.decode(model, find_level("bf16"), find_gpu("a100-80gb"))
    assert rate.low < rate.expected < rate.high < 2.039e12 / (2 * 6.6e9)
    faster = speed.decode(model, find_level("nf4"), find_gpu("h200"))
    assert faster.high > rate.high


def test_a_published_decoding_speed_is_in_range() -> None:
    """ChatGLM2-6B's README: 44.62 characters/s, bf16, one sequence, A100-SXM4-80G."""
    entry = find_model("chatglm2-6b")
    assert entry.tokens_per_character is not None
    rate = speed.decode(entry.spec, find_level("bf16"), find_gpu("a100-80gb"))
    characters = rate.characters(entry.tokens_per_character)
    assert characters.low < 44.62 < characters.high


def test_published_training_times_are_in_range() -> None:
    """FACTS.md section 5: A10G, 1,000 Alpaca examples of about 100 tokens: 5.8 minutes for 7-8B models."""
    rate = speed.training(find_model("llama-3-8b").spec, find_level("bf16"), find_gpu("a10g"))
    assert 100_000 / rate.high < 5.8 * 60 < 100_000 / rate.low
    slower = speed.training(find_model("llama-3-8b").spec, find_level("nf4"), find_gpu("a10g"))
    assert slower.expected == pytest.approx(rate.expected / 1.44)


def test_prefill_is_faster_than_decoding() -> None:
    model, card = find_model("qwen2.5-7b").spec, find_gpu("rtx-4090")
    assert speed.prefill(model, card).low > speed.decode(model, find_level("nf4"), card).high


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
