"""What the catalog reads of the prior is what the fit makes of the published scores."""

import json

import pytest

from tests.bench.prior_check import by_model, families_left_out, inside, scale, within_tables
from tests.bench.prior_data import ABILITIES, models, scores
from tests.bench.prior_fit import OUT, written
from tests.bench.prior_model import fit

CHAT = next(one for one in ABILITIES if one.name == "chat")
"""The one with the fewest scores."""


def test_the_fit_is_that_of_the_file() -> None:
    found = fit(CHAT)
    family = families_left_out(found)
    widened = scale(family)
    made, kept = written(found, widened), json.loads(OUT.read_text("utf-8"))["chat"]
    assert made["models"].keys() == kept["models"].keys()
    for name, one in kept["models"].items():
        assert made["models"][name]["mean"] == pytest.approx(one["mean"], abs=0.02), name
        assert made["models"][name]["tables"] == one["tables"]
    assert 0.76 <= inside(family, widened) <= 0.86
    assert within_tables(family)[1] < 0.2
    assert by_model(family).spearman > 0.6


def test_what_is_to_be_left_out_is() -> None:
    chinese = next(one for one in ABILITIES if one.name == "zh")
    outlier = [row for row in scores(chinese) if row.model.name == "llama-3-70b-instruct"]
    assert outlier
    assert 36.85 not in {row.points for row in outlier}


def test_tokens_that_nobody_published_are_assumed_and_say_so() -> None:
    assert models()["mixtral-8x22b"].assumed
    assert not models()["qwen2.5-7b"].assumed
    assert models()["qwen3.5-9b"].tokens == models()["qwen3-8b"].tokens
