"""Answers as text, against hand-made scores."""

import pytest

from probes.metrics.text import exact_match, fenced, rouge_l, spoken


@pytest.mark.parametrize(
    ("answer", "target"),
    [
        ("Paris.", "paris"),
        (' "Paris"\nIt is the capital.', "Paris"),
        ("**Paris**", "Paris"),
        ("```sql\nSELECT 1\n```", "select 1"),
        ('Here you are:\n```json\n{"a":1}\n```', '{"a":1}'),
        ("<think>Which city?\nParis?</think>\n\nParis", "Paris"),
        ("\n\n北京\n解释：首都", "北京"),
        ("北京。", "北京"),
        ("line one\nline two", "line one\nline two"),
        ("hello", "hello\n"),
        ("a  b", "a b"),
        ("１２３", "123"),
        ("３．１４", "3.14"),
        ("cafe\u0301", "café"),
        ("ｶﾞ", "ガ"),
        ("10⁵", "10⁵"),
        ("", ""),
        (".5", ".5"),
    ],
)
def test_the_same_answer_in_another_form_matches(answer: str, target: str) -> None:
    assert exact_match(answer, target) == 1


@pytest.mark.parametrize(
    ("answer", "target"),
    [
        ("Paris", "London"),
        ("", "x"),
        ("-5", "5"),
        ("5", "-5"),
        (".5", "5"),
        ("1.5", "1"),
        ("10", "1"),
        ("10⁵", "105"),
        ("2²", "22"),
        ("。", "，"),
        ("？", "！"),
        ("", "。"),
        ("C++", "C"),
        ("C#", "C"),
        ("x<y", "x>y"),
    ],
)
def test_another_answer_does_not(answer: str, target: str) -> None:
    assert exact_match(answer, target) == 0


@pytest.mark.parametrize(
    ("answer", "target"),
    [
        ("Yes, it is.", "1"),
        ("Yes, it is", "yes"),
        ("TRUE", "1"),
        ("1", "yes"),
        ("是", "1"),
        ("是的", "是"),
        ("是的，因为它是质数。", "是"),
        ("是，因为……", "是"),
        ("对的", "对"),
        ("對", "对"),
        ("正确", "是"),
        ("没错。", "对"),
        ("false", "0"),
        ("0", "no"),
        ("不是", "否"),
        ("不对", "否"),
        ("不，不是", "否"),
        ("不对，它是合数", "错"),
    ],
)
def test_a_yes_or_no_counts_in_any_wording(answer: str, target: str) -> None:
    assert exact_match(answer, target) == 1


@pytest.mark.parametrize(
    ("answer", "target"),
    [
        ("No", "1"),
        ("1", "yes but"),
        ("No problem, yes", "yes"),
        ("不是", "是"),
        ("不对", "对"),
        ("是否如此难说", "是"),
        ("对不起，我不知道", "对"),
        ("正确答案是否", "是"),
        ("", "是"),
        ("yes/no", "yes"),
    ],
)
def test_what_says_neither_or_the_other_does_not(answer: str, target: str) -> None:
    assert exact_match(answer, target) == 0


@pytest.mark.parametrize(
    "answer",
    [
        "A",
        "a",
        "(A)",
        "（A）",
        "[A]",
        "【A】",
        "「A」",
        "A.",
        "A)",
        "A、苹果",
        "A. apple",
        "(A) apple",
        "**A**",
        "答案是A",
        "答案：（A）",
        "选项A正确，答案为 A。",
        "The answer is (A).",
        "Let me see.\n\nAnswer: A",
    ],
)
def test_an_option_counts_in_any_bracket(answer: str) -> None:
    assert exact_match(answer, "A") == 1
    assert exact_match(answer, "(A)") == 1
    assert exact_match(answer, "B") == 0


@pytest.mark.parametrize("answer", ["A cat", "apple", "A++", "A或B", "答案是A，也可能答案是B", "AB", ""])
def test_what_chooses_no_one_option_does_not(answer: str) -> None:
    assert exact_match(answer, "A") == 0


def test_rouge_l_of_words_and_of_chinese_characters() -> None:
    assert rouge_l("the cat sat", "the cat sat on the mat") == pytest.approx(2 * 3 / 9)
    assert rouge_l("police killed the gunman", "police kill the gunman") == pytest.approx(0.75)
    assert rouge_l("我爱北京", "我爱上海") == pytest.approx(0.5)
    assert rouge_l("用GPU训练", "用GPU推理") == pytest.approx(2 * 2 / 8)
    assert rouge_l("寿司を食べた", "ラーメンを食べた") == pytest.approx(2 * 4 / 14)
    assert rouge_l("나는 밥을 먹었다", "나는 밥을 먹는다") == pytest.approx(2 / 3)
    assert rouge_l("", "x") == 0


def test_rouge_l_counts_all_lines_symbols_but_no_punctuation() -> None:
    assert rouge_l("第一行\n第二行", "第一行") == pytest.approx(2 * 3 / 9)
    assert rouge_l("Sure!\n```\nthe cat\n```", "the cat") == pytest.approx(2 * 2 / 5)
    assert rouge_l("Hello, world!", "hello world") == 1
    assert rouge_l("，。！", "，。？") == 0
    assert rouge_l("你好😀", "你好😃") == pytest.approx(2 / 3)
    assert rouge_l("हिन्दी", "हिन्दी भाषा") == pytest.approx(2 / 3)


def test_fences_and_thoughts_are_peeled() -> None:
    assert fenced("a\n```py\nx\n```\nb\n``` y ```\n```\nopen") == ["x", "y", "open"]
    assert spoken("so it is</think> yes") == "yes"
    assert spoken("<think>never ending") == ""
    assert spoken("no thoughts") == "no thoughts"
