"""Rows that nearly repeat another are counted; rows of one form are not repeats."""

import random

import pytest

from probes.dataset import repeats
from probes.dataset.examples import Example, single
from probes.dataset.repeats import near_held, near_repeats

HAN = [chr(0x4E00 + i) for i in range(3000)]


def said(seed: int, length: int) -> str:
    chance = random.Random(seed)
    return "".join(chance.choice(HAN) for _ in range(length))


def rows(count: int, form: str = "{}", length: int = 120) -> list[Example]:
    return [single(form.format(said(i, length)), said(1000 + i, length), i) for i in range(count)]


def changed(row: Example, number: int) -> Example:
    """With one character other in its question."""
    text = row.turns[0].text
    return single(text[:40] + "改" + text[41:], row.target, number)


def test_a_row_with_one_word_other_is_a_near_repeat() -> None:
    some = rows(60)
    assert near_repeats(some) == 0
    assert near_repeats([*some, changed(some[7], 61), changed(some[9], 62)]) == 2
    assert near_held(some[:50], [*some[50:], changed(some[7], 61)]) == 1
    assert near_held([*some[:50], changed(some[55], 61)], some[50:]) == 1


def test_case_and_white_space_are_no_difference() -> None:
    words = [single(" ".join(f"Word{i}x{j}" for j in range(30)), "a", i) for i in range(30)]
    again = single(words[3].turns[0].text.lower().replace(" ", "\n"), "a", 31)
    assert near_repeats([*words, again]) == 1


def test_the_form_that_all_rows_have_makes_no_repeats() -> None:
    form = "请仔细阅读下面的文字，用一句话概括其主要内容，不要超过二十个字：" * 3 + "{}"
    assert near_repeats(rows(60, form, 40)) == 0


def test_short_rows_are_not_compared() -> None:
    assert near_repeats([single("是不是", "是", i) for i in range(30)]) == 0
    assert near_repeats([]) == near_repeats(rows(1)) == 0


def test_a_part_of_long_data_tells_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    some = rows(60, length=600)
    monkeypatch.setattr(repeats, "_MOST_SHINGLES", 20_000)
    monkeypatch.setattr(repeats, "_AT_ONCE", 5_000)
    assert near_repeats(some) == 0
    assert near_repeats([*some, changed(some[7], 61), changed(some[9], 62)]) == 2
