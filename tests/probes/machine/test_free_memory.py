"""A job looks at the card's free memory before it puts anything there, and says who holds the rest."""

import io
import json
from typing import Any

import pytest
import torch

from catalog.problem import Problem
from probes.jobs.events import Emit
from probes.machine import free_memory
from probes.machine.free_memory import embedding_bytes, holders_of, look
from probes.machine.nvml import read_cards
from tests.probes.machine.fake_nvml import GIB, FakeCard, FakeNvml
from tui.wording import problem_words

CUDA = torch.device("cuda:0")


@pytest.fixture
def on_card(monkeypatch: pytest.MonkeyPatch):
    """`on_card(FakeCard(...))`: the job's process sees this card alone."""

    def put(card: FakeCard, names: dict[int, str] | None = None) -> None:
        cards = read_cards(FakeNvml(card, names=names), visible=None)
        monkeypatch.setenv("CUDA_VISIBLE_DEVICES", card.uuid)
        monkeypatch.setattr(free_memory, "read_cards", lambda: cards)
        monkeypatch.setattr(free_memory, "free_bytes", lambda device: card.free)

    return put


def told(needed: int, device: torch.device = CUDA) -> list[dict[str, Any]]:
    stream = io.StringIO()
    look(device, "a-model", needed, Emit(stream))
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_too_little_is_refused_with_who_holds_it(on_card: Any):
    card = FakeCard(free=GIB, processes=((4_000_001, 22 * GIB),))
    on_card(card, {4_000_001: "/opt/python"})
    with pytest.raises(Problem) as refused:
        told(2 * GIB)
    assert refused.value.code == "card-full"
    words = problem_words(refused.value, "en")
    assert "a-model needs 2.1 GiB at least on NVIDIA GeForce RTX 4090, and 1.0 GiB are free" in words
    assert "(held: python 22.0 GiB; others 1.0 GiB)" in words


def test_what_others_hold_is_told_though_there_is_enough(on_card: Any):
    on_card(FakeCard(processes=((4_000_001, 4 * GIB),)), {4_000_001: "Xorg"})
    (event,) = told(GIB)
    assert (event["event"], event["code"]) == ("told", "card-shared")
    assert event["params"]["holders"] == [{"holder": "Xorg", "bytes": 4 * GIB}]


def test_a_free_card_is_no_news(on_card: Any):
    on_card(FakeCard(free=24 * GIB - 1))
    assert told(GIB) == []


def test_a_processor_is_not_looked_at():
    assert told(2**60, torch.device("cpu")) == []


def test_what_is_hidden_is_counted_all_the_same():
    (card,) = read_cards(
        FakeNvml(FakeCard(free=10 * GIB, processes=((4_000_001, None),))), visible=None
    ).cards
    assert holders_of(card) == [{"holder": "", "bytes": 14 * GIB}]
    assert holders_of(None) == []


def test_a_card_whose_holders_are_not_told_has_words(on_card: Any):
    on_card(FakeCard(total=2 * GIB, free=2 * GIB - 1))
    with pytest.raises(Problem) as refused:
        told(3 * GIB)
    assert "(held: others)" in problem_words(refused.value, "en")


def test_the_largest_matrix_stands_there_whole():
    assert embedding_bytes(151_936, 8192) == 151_936 * 8192 * 2
