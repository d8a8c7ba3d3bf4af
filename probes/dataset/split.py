"""Holdout and training examples, by the hash of their content: no example, and no prompt, is in both."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from probes.dataset.examples import Example, content_sha256

HOLDOUT = 40
HELD_MOST = 400
"""Of a holdout file at most so many rows are scored: beyond, evaluation outweighs training."""
LARGEST_SHARE = 0.25
"""Of the examples, at most this share is held out."""


@dataclass(frozen=True)
class Split:
    """`train` in the order it is used, `holdout` in the order it is scored.

    `duplicates` were dropped because the same content came before, `shared_prompts` because the holdout
    asks the same thing. `leaked` of a separate holdout file's rows also stood in the training file, from
    which they were dropped.
    """

    train: tuple[Example, ...]
    holdout: tuple[Example, ...]
    duplicates: int
    shared_prompts: int
    leaked: int = 0

    @property
    def holdout_sha256(self) -> str:
        """The holdout's content: two results with the same one may be paired example by example."""
        return content_sha256(self.holdout)


def split(examples: Sequence[Example], holdout: int = HOLDOUT, seed: int = 0) -> Split:
    """Hold out about `holdout` examples, at most a quarter, chosen by a seeded hash of their prompts.

    Every row of a prompt goes to the same side, so that nothing held out was seen with another answer.
    Where that would leave a side empty (one prompt for all rows), rows are chosen one by one instead, and
    those that share a prompt with the holdout stay. The choice of a row never depends on the other rows
    of the file but through `holdout`, so a longer file keeps most of the split.
    """
    unique = list({example.id: example for example in reversed(examples)}.values())
    wanted = max(1, min(holdout, int(len(unique) * LARGEST_SHARE)))
    by_prompt = len({_prompt(example) for example in unique}) > 4 * wanted
    if by_prompt:
        order = sorted(unique, key=lambda example: (_rank(_prompt(example), seed), _rank(example.id, seed)))
        held_prompts: set[str] = set()
        held: list[Example] = []
        for example in order:
            if len(held) >= wanted:
                break
            if (
                _prompt(example) not in held_prompts
            ):  # one row a prompt: rows of one prompt are not independent
                held_prompts.add(_prompt(example))
                held.append(example)
        left = [example for example in unique if _prompt(example) not in held_prompts]
    else:
        order = sorted(unique, key=lambda example: _rank(example.id, seed))
        held, left = order[:wanted], order[wanted:]
    train = sorted(left, key=lambda example: _rank("train" + example.id, seed))
    dropped = len(unique) - len(held) - len(train)
    return Split(tuple(train), tuple(held), len(examples) - len(unique), dropped)


def against(examples: Sequence[Example], held: Sequence[Example], seed: int = 0) -> Split:
    """Train on `examples`, score on `held` of another file: what is held out is never trained on.

    Rows that the holdout has too, and rows that ask what it asks, leave the training side. Of a long
    holdout HELD_MOST rows are scored, chosen by a seeded hash.
    """
    unique = list({example.id: example for example in reversed(examples)}.values())
    order = sorted(
        {example.id: example for example in reversed(held)}.values(), key=lambda e: _rank(e.id, seed)
    )
    ids, prompts = {example.id for example in order}, {_prompt(example) for example in order}
    leaked = {example.id for example in unique} & ids
    left = [example for example in unique if example.id not in ids and _prompt(example) not in prompts]
    if len(prompts) == 1:  # one prompt for all rows: it tells nothing apart
        left = [example for example in unique if example.id not in ids]
    train = sorted(left, key=lambda example: _rank("train" + example.id, seed))
    shared = len(unique) - len(leaked) - len(train)
    dropped = len(examples) - len(unique)
    return Split(tuple(train), tuple(order[:HELD_MOST]), dropped, shared, len(leaked))


def _prompt(example: Example) -> str:
    """What an example is known by; a plain text by itself."""
    return example.prompt or example.id


def _rank(text: str, seed: int) -> bytes:
    return hashlib.sha256(f"{seed}:{text}".encode()).digest()
