"""Values as a person reads them."""

import pytest

from catalog.problem import Problem
from catalog.verdict.request import Reason
from tui.wording import problem_words, reason_words, time_words, tuned_words


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


def test_a_trial_elsewhere_is_named_by_its_level() -> None:
    assert tuned_words("1.227 ± 0.038", "nf4", "int8", "en") == "1.227 ± 0.038 (nf4 trial)"
    assert tuned_words("1.227", "nf4", "int8", "en", short=True) == "(nf4)"
    assert tuned_words("1.227", "nf4", "int8", "zh") == "1.227 （nf4 试训）"
    assert tuned_words("1.227", "nf4", "nf4", "en") == tuned_words("1.227", "", "nf4", "en") == "1.227"


def test_a_difference_is_that_of_the_figures_as_they_are_shown() -> None:
    """1.2344 less 1.2286 is .0058; whoever subtracts 1.229 from 1.234 finds .005."""
    params = {"model": "m", "level": "nf4", "difference": 0.0058, "se": 0.001, "by": "probe"}

    def told(**more: object) -> str:
        return reason_words(Reason("beats", params | more, ("0123456789ab",)), "en")

    assert "by 0.005 ±0.003 bits per byte of your text" in told(margin=0.0031, figures=[1.2286, 1.2344])
    assert "by 0.006 ±0.002 bits" in told(), "1.96 standard errors where nothing else is told"
    assert "±?" in told(margin=None)


def test_a_sentence_is_one_line_whatever_a_library_said() -> None:
    words = problem_words(Problem("config-refused", architecture="llama", detail="first\n    second"), "en")
    assert "(first second)" in words
