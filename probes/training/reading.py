"""The split as one model reads it: its layout, its tokens, and what its context does not hold."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from probes import chatglm
from probes.chatglm.config import has_own_dialogues
from probes.dataset import layouts
from probes.dataset.examples import Example
from probes.dataset.rows import Skipped
from probes.dataset.split import Split
from probes.templates.of_tokenizer import templated_tokenizer
from probes.tokenization.load import load_tokenizer
from probes.training import encode_chatglm
from probes.training.encode import Cutter, Encoded, TemplateCutter, encode, encode_all, encode_prompt
from probes.training.limits import Bounds


@dataclass(frozen=True)
class Reading:
    """`too_long` counts the examples left out because the context does not hold them; `refused` are those
    that the layout does not take.

    `opening` gives the ids before an example's last answer: where generation begins. `rows` gives a whole
    example's, fitting the context or not. `render` is the layout itself, None for dialogues that have no
    text of their own.
    """

    layout: str
    opening: Callable[[Example], list[int]]
    rows: Callable[[Example], list[Encoded]]
    cutter: Cutter
    train: tuple[Encoded, ...]
    holdout: tuple[Encoded, ...]
    too_long: int
    refused: tuple[Skipped, ...] = ()
    render: layouts.Layout | None = None

    @property
    def unthought(self) -> int:
        """Answers whose thoughts the layout leaves out."""
        return sum(row.unthought for row in (*self.train, *self.holdout))


def read(directory: Path, layout: str | None, parts: Split, bounds: Bounds) -> Reading:
    """Tokenize both parts. Problems: those of layouts.choose, load_tokenizer and encode_all."""
    if layout in (None, "chat") and has_own_dialogues(directory):
        return _read_chatglm(directory, parts, bounds)
    templated = templated_tokenizer(directory) if layout in (None, "chat") else None
    name, render = layouts.choose(layout, templated)
    cutter: Cutter = TemplateCutter(templated) if name == "chat" else load_tokenizer(directory)
    train, long, refused = encode_all(parts.train, render, cutter, bounds.end_id, bounds.context)
    holdout, held_long, held_refused = encode_all(
        parts.holdout, render, cutter, bounds.end_id, bounds.context
    )
    opening = partial(encode_prompt, layout=render, cutter=cutter, end=bounds.end_id)
    left_out = tuple(sorted((*refused, *held_refused), key=lambda row: row.number))

    def rows(example: Example) -> list[Encoded]:
        return [encode(example, render, cutter, bounds.end_id)]

    fitting = (tuple(train), tuple(holdout), long + held_long)
    return Reading(name, opening, rows, cutter, *fitting, left_out, render)


def _read_chatglm(directory: Path, parts: Split, bounds: Bounds) -> Reading:
    """In the rounds or roles of the model's own dialogues, for which it has no template file."""
    tokenizer = chatglm.load_tokenizer(directory)
    train, longer = encode_chatglm.encode_all(parts.train, tokenizer, bounds.context)
    holdout, longer_held = encode_chatglm.encode_all(parts.holdout, tokenizer, bounds.context)
    opening = partial(encode_chatglm.encode_prompt, tokenizer=tokenizer)
    rows = partial(encode_chatglm.encode, tokenizer=tokenizer)
    cutter = encode_chatglm.TextCutter(tokenizer)
    return Reading("chat", opening, rows, cutter, tuple(train), tuple(holdout), longer + longer_held)
