"""Windows shared out over threads: the same numbers, one thread each, errors passed on."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from probes.checkpoint.target import DEMO
from probes.open_checkpoint import open_checkpoint
from probes.perplexity.frames import Window
from probes.perplexity.one_pass import Track, one_pass
from probes.perplexity.threads import Crew
from probes.quantize import find

LEVELS = ("bf16", "int8", "nf4", "fp32")


@pytest.fixture(autouse=True)
def _threads() -> Iterator[None]:
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


def scored(threads: int) -> dict[str, list[float]]:
    torch.set_num_threads(threads)
    windows = [Window(tuple(range(5 + i, 101 + i)), 32, 64, 64, 0, 64) for i in range(5)]
    tracks = [Track(find(name), tuple(range(5))) for name in LEVELS]
    checkpoint = open_checkpoint(Path(DEMO, "demo-llama-s"))
    passed = one_pass(checkpoint, windows, tracks, "bf16", torch.device("cpu"), lambda *_: None)
    return {name: [score.nats for score in scores] for name, scores in passed.scores.items()}


def test_threads_change_no_number() -> None:
    alone, shared = scored(1), scored(3)
    for name in LEVELS:
        assert shared[name] == pytest.approx(alone[name], rel=1e-6), name


def test_each_computes_alone_and_the_setting_comes_back() -> None:
    torch.set_num_threads(2)
    with Crew(2) as crew:
        told = list(crew.map(lambda item: (item, torch.get_num_threads()), range(6)))
    assert told == [(item, 1) for item in range(6)]
    assert torch.get_num_threads() == 2


def test_an_error_in_a_thread_is_raised() -> None:
    def work(item: int) -> float:
        return 1 / item

    with Crew(2) as crew, pytest.raises(ZeroDivisionError):
        list(crew.map(work, [1, 0, 2]))
