"""Which tokens are scored, and after which context: three conventions, each exact.

`probe` cuts the raw text by bytes, so that every model is asked for the same characters. `gptq` and
`llama.cpp` cut by tokens as those tools do, so that published tables can be checked.
"""

import re
from bisect import bisect_left
from dataclasses import dataclass, replace

from catalog.problem import Problem
from probes.tokenization.base import TextTokenizer

CONTEXT_BYTES = 1024
SCORED_BYTES = 1024
REACH_BYTES = 256
"""How far an edge of a probe window may move to meet a line or sentence break."""
GPTQ_TOKENS = 2048
LLAMA_CPP_TOKENS = 512

# On bytes a class of wide characters would match their parts: alternatives.
_BREAK = re.compile("\n|。|！|？|；|…|[.!?;](?=\\s)".encode())


@dataclass(frozen=True)
class Window:
    """One forward pass: `ids` in, and the targets `ids[first:]` scored; `first` is at least 1.

    `bytes` and `chars` are of the scored text, `start` and `end` its place in the text in bytes.
    """

    ids: tuple[int, ...]
    first: int
    bytes: int
    chars: int
    start: int
    end: int

    @property
    def tokens(self) -> int:
        """Targets scored."""
        return len(self.ids) - self.first


def cut(frame: str, text: str, tokenizer: TextTokenizer, windows: int) -> list[Window]:
    """At most `windows` windows of `text`. Problems: frame-unknown, windows-few, text-too-short."""
    if windows < 1:
        raise Problem("windows-few", windows=windows)
    if frame == "probe":
        return probe_windows(text, tokenizer, windows)
    if frame == "gptq":
        return gptq_windows(text, tokenizer, windows)
    if frame == "llama.cpp":
        return llama_cpp_windows(text, tokenizer, windows)
    raise Problem("frame-unknown", name=frame)


def within(window: Window, context: int, prefix: int) -> Window:
    """The window with as little of its context cut off, from the left behind the `prefix` ids, as makes it
    fit a model of `context` tokens; what is scored stays. Where that alone is too long, all but one token
    of the context is cut off, and the window stays too long.
    """
    kept = max(prefix, 1)
    drop = min(len(window.ids) - context, window.first - kept)
    if drop <= 0:
        return window
    ids = (*window.ids[:prefix], *window.ids[prefix + drop :])
    return replace(window, ids=ids, first=window.first - drop)


def probe_windows(text: str, tokenizer: TextTokenizer, windows: int) -> list[Window]:
    """Windows spread evenly, 1 KiB of context then 1 KiB scored, edges at line or sentence breaks.

    A token belongs to the span in which its first character lies. Scored spans never overlap.
    """
    data = text.encode("utf-8")
    span = CONTEXT_BYTES + SCORED_BYTES
    if len(data) < span:
        raise Problem("text-too-short", bytes=len(data), needed_bytes=span)
    count = min(windows, (len(data) - CONTEXT_BYTES) // SCORED_BYTES)
    room = len(data) - span
    found = []
    for index in range(count):
        at = room // 2 if count == 1 else room * index // (count - 1)
        begin, middle, end = (nearest_break(data, at + offset) for offset in (0, CONTEXT_BYTES, span))
        found.append(_probe_window(data, begin, middle, end, tokenizer))
    return found


def _probe_window(data: bytes, begin: int, middle: int, end: int, tokenizer: TextTokenizer) -> Window:
    scored = data[middle:end].decode("utf-8")
    context = data[begin:middle].decode("utf-8")
    ids, offsets = tokenizer.encode_with_offsets(context + scored)
    prefix = tokenizer.prefix_ids
    first = len(prefix) + bisect_left([start for start, _ in offsets], len(context))
    return Window((*prefix, *ids), first, end - middle, len(scored), middle, end)


def nearest_break(data: bytes, at: int) -> int:
    """The line or sentence end nearest to byte `at`, else the next character's first byte."""
    if at <= 0 or at >= len(data):
        return max(0, min(at, len(data)))
    low, high = max(0, at - REACH_BYTES), min(len(data), at + REACH_BYTES)
    ends = [low + match.end() for match in _BREAK.finditer(data[low:high])]
    if ends:
        return min(ends, key=lambda end: (abs(end - at), end))
    while at < len(data) and data[at] & 0xC0 == 0x80:
        at += 1
    return at


def gptq_windows(
    text: str, tokenizer: TextTokenizer, windows: int, length: int = GPTQ_TOKENS
) -> list[Window]:
    """GPTQ's evaluation: the prefix once at the very start, disjoint windows, all targets, tail dropped.

    Where no row can do without the prefix (ChatGLM-6B), it takes every window's first slots.
    """
    if tokenizer.prefix_always:
        return _prefixed_windows(text, tokenizer, windows, length)
    ids, starts = _whole(text, tokenizer)
    if len(ids) < length:
        raise Problem("text-too-short-tokens", tokens=len(ids), needed=length)
    begins = range(0, len(ids) - length + 1, length)[:windows]
    return [_token_window(text, ids[b : b + length], 1, starts, b) for b in begins]


def _prefixed_windows(text: str, tokenizer: TextTokenizer, windows: int, length: int) -> list[Window]:
    """Disjoint pieces of the text, each behind the prefix, `length` with it; all their ids are targets."""
    prefix = tokenizer.prefix_ids
    ids, offsets = tokenizer.encode_with_offsets(text)
    piece = length - len(prefix)
    if len(ids) < piece:
        raise Problem("text-too-short-tokens", tokens=len(ids) + len(prefix), needed=length)
    starts = [0] * len(prefix) + [start for start, _ in offsets]
    begins = range(0, len(ids) - piece + 1, piece)[:windows]
    return [_token_window(text, [*prefix, *ids[b : b + piece]], len(prefix), starts, b) for b in begins]


def llama_cpp_windows(
    text: str, tokenizer: TextTokenizer, windows: int, length: int = LLAMA_CPP_TOKENS
) -> list[Window]:
    """llama.cpp's perplexity: a BOS in each window's first slot, the last half of its targets scored.

    Where the family has several prefix tokens they take as many first slots.
    """
    ids, starts = _whole(text, tokenizer)
    if len(ids) < length:
        raise Problem("text-too-short-tokens", tokens=len(ids), needed=length)
    prefix = tokenizer.prefix_ids
    begins = range(0, len(ids) - length + 1, length)[:windows]
    return [
        _token_window(text, [*prefix, *ids[b + len(prefix) : b + length]], length // 2 + 1, starts, b)
        for b in begins
    ]


def _whole(text: str, tokenizer: TextTokenizer) -> tuple[list[int], list[int]]:
    """The prefix and all ids, and for each the character it starts at."""
    ids, offsets = tokenizer.encode_with_offsets(text)
    prefix = tokenizer.prefix_ids
    return [*prefix, *ids], [0] * len(prefix) + [start for start, _ in offsets]


def _token_window(text: str, ids: list[int], first: int, starts: list[int], begin: int) -> Window:
    low = starts[begin + first]
    following = begin + len(ids)
    high = starts[following] if following < len(starts) else len(text)
    scored = text[low:high]
    size, before = len(scored.encode("utf-8")), len(text[:low].encode("utf-8"))
    return Window(tuple(ids), first, size, len(scored), before, before + size)
