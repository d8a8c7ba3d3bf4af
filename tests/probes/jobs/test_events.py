"""The line protocol: what goes in comes out, and how often progress is told."""

import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probes.jobs.events import (
    Emit,
    Event,
    Failed,
    FailureKind,
    Finished,
    Metric,
    Progress,
    Started,
    Told,
    decode,
    encode,
)

words = st.text(max_size=20)
plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | words,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=3),
    max_leaves=8,
)
table = st.dictionaries(words, plain, max_size=4)
number = st.floats(0, 1e12)
events = st.one_of(
    st.builds(Started, words, st.integers(1, 2**22)),
    st.builds(
        Progress, words, number, number, words, number, words, number, st.dictionaries(words, number)
    ),
    st.builds(Metric, words, words, words, words, table, table),
    st.builds(Told, words, table),
    st.builds(Finished, table),
    st.builds(Failed, st.sampled_from(FailureKind), words, table, words),
)


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def written(stream: io.StringIO) -> list[Event]:
    return [decode(line) for line in stream.getvalue().splitlines()]


@given(events)
def test_every_event_survives_the_wire_on_one_line(event: Event):
    line = encode(event)
    assert "\n" not in line
    assert decode(line) == event


def test_chinese_stays_readable_on_the_wire():
    assert "中文" in encode(Finished({"text": "中文"}))


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_no_number_that_json_has_not(value: float):
    line = encode(Finished({"nested": [{"ppl": value}], "fine": 1.5}))
    assert json.loads(line)["result"] == {"nested": [{"ppl": None}], "fine": 1.5}


@pytest.mark.parametrize(
    "line", ["", "words", "[]", "3", "{}", '{"event": "unknown"}', '{"event": ["started"]}']
)
def test_what_is_no_event_is_an_error(line: str):
    with pytest.raises((ValueError, TypeError)):
        decode(line)


def test_rate_and_time_left():
    assert Progress("p", 10, 40, elapsed=5).rate == 2
    assert Progress("p", 10, 40, elapsed=5).eta == 15
    assert Progress("p", 0, 40, elapsed=5).eta is None
    assert Progress("p", 0, 40).rate == 0
    assert Progress("p", 10, 0, elapsed=5).eta is None


def test_progress_is_thinned_to_ten_a_second_and_its_end_is_told():
    stream, clock = io.StringIO(), Clock()
    emit = Emit(stream, clock)
    for step in range(1, 1001):
        clock.now = step / 1000
        emit.progress("layers", step, 1000, "layers")
    told = written(stream)
    assert 9 <= len(told) <= 12
    assert told[-1] == Progress("layers", 1000, 1000, "layers", 0.999)


def test_what_was_held_back_comes_before_what_follows_it():
    stream, clock = io.StringIO(), Clock()
    emit = Emit(stream, clock)
    for done in range(4):
        emit.progress("read", done, 9)
    clock.now = 2.0
    emit.progress("score", 0, 5)
    clock.now = 2.05
    emit.progress("score", 1, 5)
    emit.metric(kind="k", model="m", key={}, values={"ppl": 1.0})
    emit(Finished({}))
    assert written(stream) == [
        Progress("read", 0, 9),
        Progress("read", 3, 9),
        Progress("score", 0, 5),
        Progress("score", 1, 5, elapsed=0.05),
        Metric("k", "m", "", "", {}, {"ppl": 1.0}),
        Finished({}),
    ]
