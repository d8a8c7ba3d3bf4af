"""Ratios of cluster totals, and the words."""

import math
import random

import pytest

from catalog.evidence.kinds import Window
from catalog.evidence.statistics import clustered_ratio
from probes.perplexity.scores import Score, row, word_for


def test_clustered_ratio_of_equal_clusters_is_the_standard_error_of_the_mean() -> None:
    values = [1.0, 2.0, 4.0, 9.0]
    found = clustered_ratio(values, [1.0] * 4)
    variance = sum((v - 4.0) ** 2 for v in values) / 3
    assert found.value == 4.0
    assert found.se == pytest.approx(math.sqrt(variance / 4))


def test_one_window_has_no_known_error() -> None:
    found = clustered_ratio([3.0], [2.0])
    assert found.value == 1.5
    assert math.isnan(found.se)


def test_errors_cover_as_often_as_they_say() -> None:
    chance = random.Random(4)
    inside = 0
    for _ in range(2000):
        sizes = [chance.randint(300, 700) for _ in range(16)]
        sums = [chance.gauss(2.0, 0.3) * size for size in sizes]
        found = clustered_ratio(sums, sizes)
        inside += abs(found.value - 2.0) < 2 * found.se
    # Two standard errors of 16 clusters: a t of 15 degrees, 93.6 %.
    assert 0.91 < inside / 2000 < 0.96


@pytest.mark.parametrize(
    ("kl", "noise", "word"),
    [
        (0.001, 0.0, "indistinguishable"),
        (0.008, 0.01, "indistinguishable"),
        (0.005, 0.0, "slightly worse"),
        (0.03, 0.0, "slightly worse"),
        (0.10, 0.0, "worse"),
        (0.2, 0.0, "broken"),
        (math.nan, 0.0, "broken"),
        (math.inf, 0.0, "broken"),
    ],
)
def test_words(kl: float, noise: float, word: str) -> None:
    assert word_for(kl, noise) == word


def test_row_of_a_level_against_its_reference() -> None:
    base = [Score(100, 400, 300, 250.0, 0.0, 100), Score(50, 200, 200, 130.0, 0.0, 50)]
    level = [Score(100, 400, 300, 260.0, 3.0, 90), Score(50, 200, 200, 133.0, 1.5, 45)]
    found = row(level, base, 0.0)
    assert found.nll_per_token == pytest.approx(393 / 150)
    assert found.ppl == pytest.approx(math.exp(393 / 150))
    assert found.bits_per_byte == pytest.approx(393 / 600 / math.log(2))
    assert found.bits_per_char == pytest.approx(393 / 500 / math.log(2))
    assert found.delta_ln_ppl == pytest.approx(13 / 150)
    assert found.kl_nats == pytest.approx(0.03)
    assert found.same_top == pytest.approx(0.9)
    assert found.verdict == "slightly worse"
    assert found.windows[1] == Window(133.0, 200, 50, 1.5)
