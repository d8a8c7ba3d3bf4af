"""Values as a person reads them."""

import pytest

from catalog.problem import Problem
from catalog.verdict.request import Reason
from tui.wording import problem_words, reason_words, time_words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(16.2, "16 s"), (90, "90 s"), (138, "2.3 min"), (2280, "38 min"), (5400, "90 min"), (12240, "3.4 h")],
)
def test_a_time_has_one_unit(seconds: float, words: str) -> None:
    assert time_words(seconds, "en") == words
    assert time_words(seconds, "zh") == words.replace("min", "分钟").replace(" s", " 秒").replace(
        "h", "小时"
    )


def test_a_sentence_cuts_what_a_stranger_made_too_long() -> None:
    words = problem_words(Problem("model-type-unsupported", architecture="x" * 3000, near="llama"), "en")
    assert "x" * 300 + "…" in words
    assert len(words) < 500
    assert words.endswith("llama.")


def test_a_reason_says_its_minutes_as_a_time_and_its_thousands_apart() -> None:
    reason = Reason("try-challenger", {"model": "m", "minutes": 0.27, "chance": 0.43})
    assert "about 16 s: 43% likely" in reason_words(reason, "en")
    assert "约 16 秒" in reason_words(reason, "zh")
    assert "19,725 tokens" in reason_words(
        Reason("vocabulary-corpus-unknown", {"corpus_tokens": 19725}), "en"
    )


def test_a_share_of_experts_is_told_in_percent() -> None:
    reason = Reason("same-experts", {"same_experts": 0.874, "level": "nf4"}, ("e1",))
    assert reason_words(reason, "en") == "Of its choices of experts 87% are the reference's at nf4."
    assert "87%" in reason_words(reason, "zh")
