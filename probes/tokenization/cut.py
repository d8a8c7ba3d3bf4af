"""The same sentence as each tokenizer cuts it, as data to colour."""

from dataclasses import asdict, dataclass

from catalog.han import count_han
from probes.tokenization.base import TextTokenizer

LONGEST_SENTENCE = 60
"""Characters; what fits a screen beside the name of the tokenizer."""
ENOUGH_HAN = 12
"""Chinese is what tokenizers differ in."""


@dataclass(frozen=True)
class Segment:
    """One token of a cut sentence.

    `kind` is `text`, `bytes` (part of a character: `hex` says which), `unknown` or `prefix` (stands for
    nothing in the sentence). `text` is the sentence's own characters from `start` to `end`.
    """

    token: int
    kind: str
    text: str
    hex: str
    start: int
    end: int


def cut(tokenizer: TextTokenizer, sentence: str) -> list[Segment]:
    """The tokens of `sentence`, in order."""
    segments = []
    for token, (start, end) in zip(*tokenizer.encode_with_offsets(sentence), strict=True):
        if token == tokenizer.unk_id:
            kind = "unknown"
        elif tokenizer.byte_fallback(token):
            kind = "bytes"
        else:
            kind = "text" if end > start else "prefix"
        segments.append(
            Segment(token, kind, sentence[start:end], tokenizer.piece(token).hex(" ").upper(), start, end)
        )
    return segments


def cut_row(tokenizer: TextTokenizer, sentence: str) -> dict[str, object]:
    """`cut` as JSON: name, tokens, segments."""
    segments = cut(tokenizer, sentence)
    return {
        "name": tokenizer.name,
        "tokens": len(segments),
        "segments": [asdict(segment) for segment in segments],
    }


def example_sentence(text: str) -> str:
    """A line of `text` that shows something, cut to `LONGEST_SENTENCE`.

    The first with ENOUGH_HAN Han characters; where there is none, the first of some length.
    """
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    chinese = next((line for line in lines if count_han(line) >= ENOUGH_HAN), None)
    long = next((line for line in lines if len(line) >= LONGEST_SENTENCE // 3), None)
    return (chinese or long or next(iter(lines), ""))[:LONGEST_SENTENCE]
