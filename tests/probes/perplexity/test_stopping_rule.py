"""Looks at a text, and what a few windows may foresee of all of them."""

import math
import random

import pytest

from catalog.evidence.statistics import clustered_ratio
from probes.perplexity.scores import word_for
from probes.perplexity.stopping_rule import FIRST, foreseen, looks, settled


@pytest.mark.parametrize("windows", range(1, 70))
def test_looks_cover_all_windows_once(windows: int) -> None:
    planned = looks(windows)
    assert sorted(index for look in planned for index in look) == list(range(windows))
    sizes = [len(look) for look in planned]
    assert min(sizes) >= 2 or sizes == [1]
    assert windows < FIRST or sizes[0] >= FIRST


def test_looks_grow_and_spread() -> None:
    assert [len(look) for look in looks(32)] == [4, 4, 8, 16]
    assert looks(16)[0] == (2, 6, 10, 14)
    assert looks(8) == [(1, 3, 5, 7), (0, 2, 4, 6)]


@pytest.mark.parametrize(
    ("kl", "se", "answer"),
    [
        (0.03, 0.001, True),
        (0.03, 0.02, False),
        (0.001, 0.0002, True),
        (math.nan, math.nan, True),
        (0.1, math.nan, False),
    ],
)
def test_a_word_is_settled_when_both_ends_say_it(kl: float, se: float, answer: bool) -> None:
    assert settled(kl, se, clusters=4, noise_floor=0.0) is answer
    assert foreseen(kl, se, 4, 16, 2, noise_floor=0.0) is answer


def test_the_windows_read_are_no_longer_open() -> None:
    kl, se = 0.045, 0.0025  # `slightly worse` ends at .05, two standard errors away
    assert not settled(kl, se, clusters=8, noise_floor=0.0)
    assert not foreseen(kl, se, 8, 800, 1, 0.0)
    assert foreseen(kl, se, 8, 12, 1, 0.0)
    assert not foreseen(kl, se, 8, 12, 40, 0.0), "asked more often, it must be surer each time"


@pytest.mark.parametrize("windows", [8, 16, 32])
@pytest.mark.parametrize("kl", [0.0045, 0.045, 0.19, 0.2, 0.22])
def test_words_of_few_windows_are_those_of_all_as_often_as_is_said(windows: int, kl: float) -> None:
    chance = random.Random(windows)
    planned = looks(windows)
    early = wrong = 0
    for _ in range(400):
        tokens = [chance.randint(200, 300) for _ in range(windows)]
        sums = [kl * chance.lognormvariate(0, 0.15) * size for size in tokens]
        word = word_for(clustered_ratio(sums, tokens).value, 0.0)
        read: list[int] = []
        for look in planned[:-1]:
            read += look
            found = clustered_ratio([sums[i] for i in read], [tokens[i] for i in read])
            if foreseen(found.value, found.se, len(read), windows, len(planned) - 1, 0.0):
                early += 1
                wrong += word_for(found.value, 0.0) != word
                break
    assert wrong <= 0.05 * 400
    assert early > 0
