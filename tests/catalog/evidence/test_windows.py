"""Which windows a level was hurt on."""

import math

import pytest

from catalog.evidence.kinds import Perplexity, Window
from catalog.evidence.windows import dependence, hurt_windows


def window(start: int, nats: float | None, kl: float | None = 0.0) -> Window:
    return Window(nats, 10, 5, kl, start, start + 10)


def level(*windows: Window) -> Perplexity:
    return Perplexity(windows=windows)


def test_the_worst_come_first_paired_by_place() -> None:
    base = level(window(0, 20.0), window(10, 30.0), window(20, 10.0))
    found = hurt_windows(level(window(20, 11.0, 0.5), window(0, 25.0, 1.0), window(10, 29.0)), base)
    assert [hurt.start for hurt in found] == [0, 20, 10]
    assert [hurt.delta for hurt in found] == pytest.approx([0.5, 0.1, -0.1])
    assert (found[0].nats_per_byte, found[0].kl_nats) == pytest.approx((2.5, 0.2))


def test_alone_the_hardest_come_first() -> None:
    found = hurt_windows(level(window(0, 20.0), window(10, 30.0)), None)
    assert [(hurt.start, hurt.delta, hurt.kl_nats) for hurt in found] == [(10, None, None), (0, None, None)]


def test_what_is_no_number_or_has_no_place_or_partner_is_left_out() -> None:
    base = level(window(0, 20.0), window(10, None), window(30, 1.0))
    placeless = Window(1.0, 10, 5, 0.0)
    lost = level(window(0, math.nan), window(10, 1.0), window(20, 1.0), placeless, window(30, None))
    assert hurt_windows(lost, base) == []
    assert hurt_windows(level(), level()) == []


def at(*rates: float, step: int = 4000) -> list[Window]:
    """Windows of 1,000 bytes, so far apart, with those nats a byte."""
    return [
        Window(rate * 1000, 1000, 300, 0.0, place * step + 1000, place * step + 2000)
        for place, rate in enumerate(rates)
    ]


MIXED = (0.5, 0.7, 0.4, 0.6, 0.65, 0.45, 0.7, 0.5, 0.55, 0.4)


def test_windows_far_apart_and_unlike_are_independent() -> None:
    assert dependence(at(*MIXED)) is None
    assert dependence(at(0.5)) is None
    assert dependence([Window(500.0, 1000)] * 4) is None, "nobody said where they lie"


def test_windows_side_by_side_are_not() -> None:
    found = dependence(at(*MIXED, step=1000))
    assert found is not None
    assert (found.touching, found.pairs, found.likeness) == (9, 9, None)


def test_neighbours_that_are_alike_are_not() -> None:
    """Half of the text is of one kind, half of another."""
    found = dependence(at(*([0.4, 0.45] * 4), *([0.8, 0.75] * 4)))
    assert found is not None
    assert found.touching == 0
    assert found.likeness is not None
    assert found.likeness > 0.6
    assert dependence(at(0.4, 0.4, 0.8, 0.8)) is None, "too few to tell"
