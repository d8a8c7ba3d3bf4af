"""What a fine-tune costs: by tokens, or by hours of a card."""

import pytest

from tests.tui.cli.conftest import Basefit
from tests.tui.cli.test_bad_input import assert_one_sentence


def test_an_own_card_by_the_hour(basefit: Basefit) -> None:
    card = ("cost", "--gpu-hour", 0.5, "--hours", 7.5, "--currency", "CNY", "--rate", 7.2)
    answer = basefit(*card, "--json")
    assert answer.status == 0, answer.err
    assert answer.json["hosted"] is None
    assert answer.json["own"] == {"hours": 7.5, "amount": pytest.approx(27.0), "currency": "CNY"}
    beside = basefit(*card, "--tokens", "2M", "--hosted", "gpt-3.5-turbo-16k", "--json")
    assert beside.json["own"] == answer.json["own"]
    assert beside.json["hosted"]["amount"] > 0


@pytest.mark.parametrize(
    ("options", "named"),
    [
        (("--gpu-hour", 1), "--hours"),
        (("--hosted", "gpt-3.5-turbo"), "--tokens"),
        (("--tokens", "2M", "--gpu-hour", 1), "--tokens-per-second"),
        (("--tokens", "2M", "--gpu-hour", 1, "--hours", 2, "--tokens-per-second", 3), "--hours"),
        (("--hours", 2, "--gpu-hour", "nan"), "gpu-hour"),
        (("--tokens", "2M", "--gpu-hour", 1, "--tokens-per-second", "inf"), "tokens-per-second"),
    ],
)
def test_what_cannot_be_priced(basefit: Basefit, options: tuple[object, ...], named: str) -> None:
    assert_one_sentence(basefit("cost", *options), named)
