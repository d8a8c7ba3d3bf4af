"""Which tokens are scored after which context, in each of the three conventions."""

import itertools
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.problem import Problem
from probes.perplexity.frames import Window, cut, nearest_break, within


class Letters:
    """One token per byte (as a byte fallback gives them), one BOS; only what frames need of a tokenizer."""

    def __init__(self, prefix: Sequence[int] = (256,), always: bool = False) -> None:
        self.prefix_ids = tuple(prefix)
        self.prefix_always = always

    def encode(self, text: str) -> list[int]:
        return list(text.encode("utf-8"))

    def encode_with_offsets(self, text: str) -> tuple[list[int], list[tuple[int, int]]]:
        offsets = [(i, i + 1) for i, char in enumerate(text) for _ in char.encode("utf-8")]
        return self.encode(text), offsets


LINES = "".join(f"Line {number}: 这是一行中文。And some English too!\n" for number in range(400))


def test_probe_windows_tile_what_they_score_and_start_at_breaks() -> None:
    data = LINES.encode()
    windows = cut("probe", LINES, Letters(), 8)
    assert len(windows) == 8
    assert windows[-1].end == len(data)
    for before, after in itertools.pairwise(windows):
        assert before.end <= after.start
    for window in windows:
        scored = data[window.start : window.end]
        assert bytes(window.ids[window.first :]) == scored
        assert window.bytes == len(scored) == window.tokens
        assert window.chars == len(scored.decode())
        assert data[window.start - 1 : window.start] in (b"\n", b"!", b"\x82")
        assert window.ids[0] == 256
        assert 768 <= window.first - 1 <= 1024 + 512


def test_every_model_is_asked_for_the_same_text() -> None:
    one, other = cut("probe", LINES, Letters(), 5), cut("probe", LINES, Letters((300, 301)), 5)
    places = [[(w.start, w.end, w.bytes, w.chars) for w in windows] for windows in (one, other)]
    assert places[0] == places[1]
    assert other[0].ids[:2] == (300, 301)


def test_as_many_windows_as_the_text_holds() -> None:
    assert len(cut("probe", LINES[:1500], Letters(), 16)) == 1
    short = cut("probe", "word " * 2000, Letters(), 16)
    assert len(short) == (10_000 - 1024) // 1024
    assert all(a.end <= b.start for a, b in itertools.pairwise(short))


@given(st.text(alphabet="ab字.。\n ", min_size=2048, max_size=5000), st.integers(1, 20))
def test_scored_spans_never_overlap(text: str, count: int) -> None:
    windows = cut("probe", text, Letters(), count)
    assert windows
    assert all(a.end <= b.start for a, b in itertools.pairwise(windows))
    assert all(0 < w.first < len(w.ids) for w in windows)


def test_nearest_break_moves_to_a_sentence_end_or_a_character() -> None:
    data = ("x" * 500 + "。" + "y" * 500).encode()
    assert nearest_break(data, 480) == 503
    assert nearest_break(data, 0) == 0
    assert nearest_break(data, len(data)) == len(data)
    unbroken = ("字" * 900).encode()
    assert nearest_break(unbroken, 1000) == 1002


def test_gptq_scores_all_targets_of_disjoint_windows_with_one_bos() -> None:
    windows = cut("gptq", "a" * 5000, Letters(), 99)
    assert len(windows) == 2
    assert windows[0].ids[0] == 256
    assert windows[1].ids[0] == ord("a")
    assert [w.tokens for w in windows] == [2047, 2047]
    # The BOS takes a slot: the second window begins at character 2047, its first target is the next.
    assert (windows[1].start, windows[1].end) == (2048, 2048 + 2047)


def test_gptq_puts_a_prefix_that_must_be_there_before_every_window() -> None:
    """ChatGLM-6B's: the two take slots of the 2048, and every token of the text is scored once."""
    text = "".join(chr(97 + number % 26) for number in range(5000))
    windows = cut("gptq", text, Letters((300, 301), always=True), 99)
    assert [w.ids[:2] for w in windows] == [(300, 301)] * 2
    assert [(len(w.ids), w.first, w.tokens, w.bytes) for w in windows] == [(2048, 2, 2046, 2046)] * 2
    assert [(w.start, w.end) for w in windows] == [(0, 2046), (2046, 4092)]
    assert all(bytes(w.ids[2:]).decode() == text[w.start : w.end] for w in windows)
    with pytest.raises(Problem) as caught:
        cut("gptq", text[:2045], Letters((300, 301), always=True), 1)
    assert caught.value.code == "text-too-short-tokens"


def test_llama_cpp_scores_255_of_512_behind_a_bos() -> None:
    text = "".join(chr(97 + number % 26) for number in range(1100))
    windows = cut("llama.cpp", text, Letters(), 99)
    assert len(windows) == 2
    whole = [256, *text.encode()]
    for index, window in enumerate(windows):
        assert window.ids[0] == 256
        assert list(window.ids[1:]) == whole[index * 512 + 1 : index * 512 + 512]
        # Logits at 256...510 against the tokens at 257...511.
        assert window.first == 257
        assert window.tokens == 255


def test_windows_are_the_first_n_of_a_token_frame() -> None:
    assert len(cut("llama.cpp", "a" * 6000, Letters(), 3)) == 3


@pytest.mark.parametrize(
    ("frame", "text", "windows", "code"),
    [
        ("probe", "short", 4, "text-too-short"),
        ("gptq", "a" * 2000, 4, "text-too-short-tokens"),
        ("llama.cpp", "a" * 400, 4, "text-too-short-tokens"),
        ("sideways", LINES, 4, "frame-unknown"),
        ("probe", LINES, 0, "windows-few"),
    ],
)
def test_what_cannot_be_cut(frame: str, text: str, windows: int, code: str) -> None:
    with pytest.raises(Problem) as caught:
        cut(frame, text, Letters(), windows)
    assert caught.value.code == code


def test_a_window_is_shortened_to_the_models_context_and_scores_the_same() -> None:
    window = Window(tuple(range(20)), first=12, bytes=30, chars=30, start=40, end=70)
    short = within(window, 15, prefix=2)
    assert short.ids == (0, 1, *range(7, 20))
    assert short.ids[short.first :] == window.ids[window.first :]
    assert (short.bytes, short.start, short.end) == (30, 40, 70)
    assert within(window, 20, prefix=2) is window
    least = within(window, 5, prefix=2)
    assert least.ids == (0, 1, *range(12, 20)), "what is scored stays, and the window too long"
    assert within(window, 5, prefix=0).ids == tuple(range(11, 20)), "a first target needs one before it"
