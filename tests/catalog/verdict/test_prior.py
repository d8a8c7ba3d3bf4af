"""What is expected where nothing was measured: by published scores, by covariates, less the level's
damage.
"""

import csv
import math
from dataclasses import replace

import pytest

from catalog.evidence.published import FOLDER, source_of_table
from catalog.hardware.gpu import parse_budget
from catalog.models.registry import find_model, load_models
from catalog.quantization.levels import find_level, usual_levels
from catalog.verdict.ability import ability_of, asked_of, scales
from catalog.verdict.candidates import candidates_for
from catalog.verdict.option import Option
from catalog.verdict.prior import LEAST_POINTS, Expected, Gain, expected, gain, gain_of_model
from catalog.verdict.ranking import EASY_NATS, Comparison
from catalog.verdict.reasons import why
from catalog.verdict.request import Candidate, Request
from catalog.verdict.standing import standing
from catalog.verdict.wishes import Wishes
from tests.bench.prior_data import FEATURES

ENGLISH = asked_of((("en", 1.0),), "general")


def of(name: str, level: str = "bf16", asked: tuple[tuple[str, float], ...] = ENGLISH) -> Expected:
    entry = find_model(name)
    return expected(entry.spec, find_level(level), entry, ability_of(entry.spec, entry, asked))


def over(better: str, other: str, level: str = "bf16") -> Gain:
    return gain(of(better, level), of(other, level), True)


def test_what_is_asked_is_leant_on() -> None:
    assert asked_of((("en", 1.0),), "writing") == (("en", 1.0),)
    chinese = dict(asked_of((("zh", 1.0),), "general"))
    assert chinese["zh"] > chinese["en"] > 0
    code = dict(asked_of((("zh", 0.5), ("en", 0.5)), "code"))
    assert code["code"] == 0.5
    assert sum(code.values()) == pytest.approx(1)
    assert asked_of((("de", 1.0),), "general") == ENGLISH


def test_every_model_of_the_catalog_is_placed() -> None:
    """After a model was added: `python -m tests.bench.prior_fit`, and a line of it in
    model_features.csv.
    """
    for scale in scales().values():
        assert list(scale.models) == list(load_models())
        assert len(scale.apart) == len(load_models()) * (len(load_models()) - 1) // 2
        for name, place in scale.models.items():
            assert place.parameters == load_models()[name].spec.parameters
            assert 0 < place.sd < 2, (scale.name, name)


def test_published_scores_pin_a_model_and_tables_have_sources() -> None:
    """MMLU of Qwen2.5-7B and LLaMA-65B as their tables print it, within what is said to be uncertain."""
    for name, printed in (("qwen2.5-7b", 74.2), ("llama-65b", 63.4), ("qwen3-8b", 76.9)):
        found = of(name)
        assert abs(found.points - printed) < 2.5 * found.points_sd + 0.5
        assert found.points_sd < 1.5
        assert found.ability.tables
        assert found.source
    with (FOLDER / "benchmarks.csv").open(encoding="utf-8", newline="") as file:
        assert all(source_of_table(table) for table in {row["table"] for row in csv.DictReader(file)})


def test_what_no_table_has_is_less_sure() -> None:
    assert not of("qwen3.5-9b").ability.tables
    assert of("qwen3.5-9b").points_sd > 3 * of("qwen3-8b").points_sd
    assert of("qwen3.5-9b").source == ""


def test_what_two_share_is_in_neither() -> None:
    """Sizes of one maker's generation are told apart better than each is known."""
    for scale in scales().values():
        big, small = scale.models["qwen3.5-27b"], scale.models["qwen3.5-9b"]
        assert scale.sd_apart(big, small) < math.hypot(big.sd, small.sd)
        assert scale.sd_apart(big, small) == scale.sd_apart(small, big)
        assert scale.sd_apart(big, big) == 0


def test_an_unknown_model_lies_where_its_covariates_put_it() -> None:
    entry = find_model("qwen2.5-7b")
    stranger = replace(entry, spec=replace(entry.spec, name="stranger"))
    told = ability_of(stranger.spec, stranger, ENGLISH)
    untold = ability_of(stranger.spec, None, ENGLISH)
    assert not told.tables
    assert told.points() == pytest.approx(of("qwen2.5-7b").points, abs=8)
    assert of("qwen2.5-7b").points_sd < told.points_sd() < untold.points_sd()
    fewer = ability_of(stranger.spec, replace(stranger, training_tokens=10**12), ENGLISH)
    assert fewer.logits < told.logits - 1


def test_a_tuned_model_lies_by_its_base() -> None:
    base = find_model("qwen2.5-7b")
    own = replace(
        base, spec=replace(base.spec, name="mine"), tuned_from="qwen2.5-7b", chat=True, kind="chat"
    )
    mine, theirs = ability_of(own.spec, own, ENGLISH), ability_of(base.spec, base, ENGLISH)
    assert mine.logits == pytest.approx(theirs.logits, abs=0.3)
    assert 0 < mine.sd_apart(theirs) < mine.sd_apart(ability_of(base.spec, None, ENGLISH))


def test_a_level_costs_what_its_method_costs_a_model_of_that_size() -> None:
    whole, four, three = (of("qwen3-14b", level) for level in ("bf16", "gptq-4-g128", "gptq-3-col"))
    assert whole.points > four.points > three.points
    assert four.nats - whole.nats == pytest.approx(four.damage.nats)
    assert "GPTQ-for-LLaMa" in of("llama-7b", "gptq-4-g128").source


def test_a_gain_is_worth_memory_where_it_is_likely_and_a_point_or_more() -> None:
    assert over("qwen2.5-72b", "qwen2.5-7b").worth_memory
    assert over("qwen2.5-72b", "qwen2.5-7b").chance > 0.99
    assert not over("qwen2.5-7b", "qwen2.5-72b").worth_memory
    level = gain(of("qwen2.5-72b", "bf16"), of("qwen2.5-72b", "int8"), False)
    assert 0 < level.points < LEAST_POINTS
    assert not level.worth_memory
    assert not Gain(0.1, 0.5, 5.0, 25.0).worth_memory  # likely with .58
    assert Gain(0.13, 0.5, 6.5, 25.0).worth_memory  # with .60


def test_a_base_does_not_answer() -> None:
    asked = asked_of((("en", 1.0),), "chat")
    assert of("llama-3.1-8b-instruct", asked=asked).points > of("llama-3.1-8b", asked=asked).points + 15


def test_a_model_that_sees_lies_by_the_text_model_it_was_built_on() -> None:
    """To the last parameter: what is not its tower is the text model."""
    with FEATURES.open(encoding="utf-8", newline="") as file:
        built = {row["model"]: row["backbone"] for row in csv.DictReader(file) if row["backbone"]}
    assert "qwen3-vl-32b-thinking" in built
    for name, backbone in built.items():
        mine, text = load_models()[name].spec, load_models()[backbone].spec
        assert mine.parameters - mine.parameters_vision == text.parameters
        for scale in scales().values():
            assert abs(scale.models[name].mean - scale.models[backbone].mean) < 1.0 + scale.answers
    chinese = asked_of((("zh", 1.0),), "general")
    sees, text_only = of("qwen3-vl-32b-thinking", asked=chinese), of("qwq-32b", asked=chinese)
    assert not gain(sees, text_only, True).worth_memory


def offered(*names: str, budget: str = "48GiB", levels: tuple[str, ...] = ("nf4",)) -> list[Option]:
    models = tuple(Candidate(name, find_model(name).spec, facts=find_model(name)) for name in names)
    request = Request(parse_budget(budget), models, levels, language="en")
    return list(standing(request, (), Comparison()).order)


def test_among_equals_the_one_made_for_text_leads() -> None:
    weaker, equal, sees = "qwen3-14b-chat", "qwq-32b", "qwen3-vl-32b-thinking"
    assert offered(weaker, sees)[0].candidate.name == sees
    assert offered(weaker, equal, sees)[0].candidate.name == equal
    assert of(sees, "nf4").points > of(equal, "nf4").points, "by less than a point"


def test_a_gain_that_is_the_levels_alone_changes_no_model() -> None:
    """Two models of one ability: int8 of the other is no reason to leave nf4 of the first."""
    first, other = of("qwen3-32b", "nf4"), of("qwq-32b", "int8")
    assert gain(other, first, False).worth_memory
    assert not gain_of_model(other, first).worth_memory
    order = offered("qwen3-32b", "qwq-32b", levels=("nf4", "int8"))
    assert order[0].candidate.name == "qwen3-32b"
    names = [(one.candidate.name, one.level.name) for one in order]
    passed_over = order[names.index(("qwq-32b", "int8"))]
    codes = {reason.code for reason in why(passed_over, order, Comparison())}
    assert codes == {"gain-of-level-here"}


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("task", ["general", "chat", "extraction"])
def test_with_more_memory_the_expected_winner_gets_no_worse(task: str, language: str) -> None:
    models = candidates_for(load_models(), language)
    known = tuple(Candidate(name, entry.spec, facts=entry) for name, entry in models.items())
    ask = Request(parse_budget("4GiB"), known, usual_levels(), language=language, wishes=Wishes(task=task))
    before = math.inf
    for size in (4, 6, 8, 12, 16, 20, 24, 28, 32, 40, 48, 80, 160):
        found = standing(replace(ask, budget=parse_budget(f"{size}GiB")), (), Comparison(task)).order
        now = found[0].prior if found and found[0].fits == "yes" else math.inf
        assert now <= before + (EASY_NATS if task == "extraction" else 0.0), size
        before = min(now, before)
