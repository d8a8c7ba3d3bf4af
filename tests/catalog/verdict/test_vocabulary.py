"""What an extension costs, when it pays, and that more never makes the advice worse."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.models.spec import ModelSpec
from catalog.verdict.vocabulary import (
    VERDICTS,
    Situation,
    advise,
    break_even_chars,
    extension_cost,
    flops_saved_per_char,
    saving,
    training_tokens,
)

LLAMA_7B = ModelSpec("llama-7b", "llama", 32, 4096, 11008, 32, 32, 128, 32_000, False, 2048)
LLAMA3_8B = ModelSpec("llama3-8b", "llama", 32, 4096, 14336, 32, 8, 128, 128_256, False, 8192)
CHINESE = Situation(before=1.43, after=0.65, corpus_tokens=4.7e9)
TOKENS = st.floats(1e6, 1e12)


def test_chinese_llama_pays_4_9_gb_more_while_training():
    cost = extension_cost(LLAMA_7B, 49_953 - 32_000)
    assert cost.extra_bytes_train == pytest.approx(4.9e9, rel=0.01)
    assert cost.new_parameters == 17_953 * 4096 * 2
    assert cost.extra_bytes_infer == cost.new_parameters * 2


def test_training_llama_3s_own_embeddings_takes_12_6_gb():
    assert extension_cost(LLAMA3_8B, 0).extra_bytes_train == pytest.approx(12.6e9, rel=0.01)


def test_a_tied_head_is_counted_once():
    tied = replace(LLAMA_7B, tied=True)
    assert extension_cost(tied, 1000).new_parameters == 1000 * 4096


def test_break_even_of_chinese_llama():
    low, high = break_even_chars(4.7e9, 1.43, 0.65)
    assert low == pytest.approx(1.2e10, rel=0.02)
    assert high == pytest.approx(1.8e10, rel=0.02)
    assert break_even_chars(4.7e9, 0.65, 0.65) is None


def test_saving():
    assert saving(1.3, 0.65) == pytest.approx(0.5)
    assert flops_saved_per_char(LLAMA_7B, 1.3, 0.8) == pytest.approx(LLAMA_7B.multiplied_parameters)
    assert training_tokens(1.0) == 2e9
    assert training_tokens(1e11) == 1e11


@pytest.mark.parametrize(
    ("changes", "verdict", "code"),
    [
        ({"use": "qlora", "corpus_tokens": 1e12}, "no", "vocabulary-qlora"),
        ({"use": "lora", "corpus_tokens": 1e12}, "no", "vocabulary-qlora"),
        ({"corpus_tokens": 4e8}, "no", "vocabulary-too-little-text"),
        ({"corpus_tokens": 4e8, "stated": False}, "no", "vocabulary-corpus-unknown"),
        ({"corpus_tokens": 3e9}, "maybe", "vocabulary-some-text"),
        ({"corpus_tokens": 6e10}, "yes", "vocabulary-enough-text"),
        ({"corpus_tokens": 6e10, "after": 1.35}, "no", "vocabulary-little-saving"),
        ({"corpus_tokens": 6e10, "inference_bound": False}, "no", "vocabulary-not-served"),
        ({"corpus_tokens": 6e10, "served_chars": 1e9}, "no", "vocabulary-served-too-few"),
        ({"corpus_tokens": 6e10, "served_chars": 1e13}, "yes", "vocabulary-enough-text"),
        ({"corpus_tokens": 6e10, "others": (("Qwen2-7B", 0.63),)}, "no", "vocabulary-change-base"),
        ({"corpus_tokens": 6e10, "others": (("Mistral-7B", 1.1),)}, "yes", "vocabulary-enough-text"),
    ],
)
def test_the_rule(changes, verdict, code):
    advice = advise(replace(CHINESE, **changes))
    assert (advice.verdict, advice.reasons[0].code) == (verdict, code)


def test_reasons_carry_their_numbers():
    advice = advise(replace(CHINESE, others=(("B", 0.70), ("A", 0.62))))
    assert advice.reasons[0].params == {"candidate": "A", "tokens_per_char": 0.62, "after": 0.65}
    assert advise(CHINESE).reasons[0].params["corpus_tokens"] == 4.7e9


@given(tokens=st.tuples(TOKENS, TOKENS), served=st.one_of(st.none(), st.floats(1e6, 1e14)))
def test_more_text_never_makes_it_worse_where_serving_is_not_stated(tokens, served):
    less, more = sorted(tokens)
    ranks = [VERDICTS.index(advise(replace(CHINESE, corpus_tokens=n)).verdict) for n in (less, more)]
    assert ranks[0] <= ranks[1]
    if served is not None:
        fewer = advise(replace(CHINESE, corpus_tokens=more, served_chars=served))
        many = advise(replace(CHINESE, corpus_tokens=more, served_chars=served * 10))
        assert VERDICTS.index(fewer.verdict) <= VERDICTS.index(many.verdict)


@given(after=st.tuples(st.floats(0.3, 1.4), st.floats(0.3, 1.4)), tokens=TOKENS)
def test_a_larger_saving_never_makes_it_worse(after, tokens):
    better, worse = sorted(after)
    ranks = [
        VERDICTS.index(advise(replace(CHINESE, corpus_tokens=tokens, after=value)).verdict)
        for value in (worse, better)
    ]
    assert ranks[0] <= ranks[1]
