"""A child that is kept for many calls, each with bounds; what goes beyond costs that call alone."""

import gc
import os
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

import psutil
import pytest

from probes.bounds.worker import BeyondBounds, Bounds, Raised, Worker
from tests.places import ROOT

BOUNDS = Bounds(seconds=30, memory_bytes=2**28, answer_bytes=2**20)


def deeds(greeting: str) -> Callable[..., Any]:
    """The child's side."""

    def run(what: str, value: Any = None) -> Any:
        if what == "say":
            return f"{greeting} {value}"
        if what == "pid":
            return os.getpid()
        if what == "print":
            os.write(1, b'{"answer": "a library"}\n')
            return "said"
        if what == "fill":
            return len(b"x" * value)
        if what == "sleep":
            time.sleep(value)
        if what == "answer":
            return "x" * value
        if what == "end":
            os.abort()
        raise KeyError(what * value)

    return run


@pytest.fixture(scope="module", autouse=True)
def importable() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(ROOT))
        yield


@pytest.fixture(scope="module")
def worker() -> Worker:
    return Worker(f"{__name__}:deeds", BOUNDS, "hello")


def test_one_child_answers_all_calls_to_the_letter(worker: Worker) -> None:
    assert worker.pid is None
    assert worker("say", "你好 \ud800\n\x00") == "hello 你好 \ud800\n\x00"
    assert worker("print") == "said"
    assert worker("pid") == worker("pid") == worker.pid != os.getpid()


def test_what_it_raises_is_told_by_name_and_cut(worker: Worker) -> None:
    with pytest.raises(Raised) as told:
        worker("nothing ", 10_000)
    assert told.value.kind == "KeyError"
    assert len(str(told.value)) == 400


@pytest.mark.parametrize(
    ("what", "value", "bound"), [("answer", 2**21, "output"), ("end", 0, "ended"), ("sleep", 60, "time")]
)
def test_beyond_a_bound_it_is_ended_and_another_takes_its_place(what: str, value: int, bound: str) -> None:
    worker = Worker(f"{__name__}:deeds", Bounds(0.5, 2**28, 2**20), "hello")
    before = worker("pid")
    with pytest.raises(BeyondBounds) as told:
        worker(what, value)
    assert told.value.bound == bound
    assert not psutil.pid_exists(before)
    assert worker("say", "again") == "hello again"
    assert worker.pid != before


@pytest.mark.skipif(sys.platform != "linux", reason="Linux limits addresses; elsewhere it is ended")
def test_memory_beyond_its_bound_is_refused(worker: Worker) -> None:
    before = worker("pid")
    assert worker("fill", 2**20) == 2**20
    with pytest.raises(BeyondBounds, match="memory"):
        worker("fill", 2**29)
    assert worker("pid") == before


def test_the_child_ends_with_its_worker() -> None:
    worker = Worker(f"{__name__}:deeds", BOUNDS, "hello")
    child = worker("pid")
    del worker
    gc.collect()
    assert not psutil.pid_exists(child)


def test_a_factory_that_is_not_there_is_no_answer() -> None:
    with pytest.raises(RuntimeError, match="did not start"):
        Worker("probes.nowhere:nothing", BOUNDS)("say")
