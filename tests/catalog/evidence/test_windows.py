"""Which windows a level was hurt on."""

import math

import pytest

from catalog.evidence.kinds import Perplexity, Window
from catalog.evidence.windows import hurt_windows


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
