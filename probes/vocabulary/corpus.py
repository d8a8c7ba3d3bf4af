"""The person's corpus in two parts: one to learn from, one held out to measure on."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from catalog.problem import Problem
from probes.text import BLOCK_BYTES, Sampling, open_corpus

LEARN_BYTES = 32 * 1024 * 1024
"""More text hardly changes which pieces are learnt, and training on it takes memory."""
HELD_OUT_BYTES = 1024 * 1024
SMALLEST_BLOCK = 2048
_BLOCKS = 200


@dataclass(frozen=True)
class Parts:
    """`train` and `held_out` blocks; `total_bytes` is of the whole corpus, read or not."""

    train: list[str]
    held_out: list[str]
    total_bytes: int
    sampled: bool

    def lines(self) -> list[str]:
        """The training part line by line."""
        return [line for block in self.train for line in block.split("\n") if line.strip()]


def split(
    paths: Sequence[str], held_out: Sequence[str] = (), encoding: str | None = None, seed: int = 20
) -> Parts:
    """A tenth of the blocks, drawn by the seed, is held out; all of `held_out` where that is given."""
    size = sum(Path(path).stat().st_size for path in paths if Path(path).is_file())
    block = max(SMALLEST_BLOCK, min(BLOCK_BYTES, size // _BLOCKS))
    corpus = open_corpus(paths, Sampling(LEARN_BYTES, LEARN_BYTES, block, seed), encoding)
    blocks = [found.text for found in corpus.blocks()]
    if held_out:
        other = open_corpus(held_out, Sampling(HELD_OUT_BYTES, HELD_OUT_BYTES, block, seed), encoding)
        return Parts(blocks, [found.text for found in other.blocks()], corpus.total_bytes, corpus.sampled)
    if len(blocks) < 2:
        raise Problem(
            "vocabulary-text-too-short", path=str(paths[0]), bytes=size, needed=2 * SMALLEST_BLOCK
        )
    most = max(1, min(len(blocks) // 10, HELD_OUT_BYTES // block))
    chosen = set(random.Random(seed).sample(range(len(blocks)), most))
    return Parts(
        [text for index, text in enumerate(blocks) if index not in chosen],
        [text for index, text in enumerate(blocks) if index in chosen],
        corpus.total_bytes,
        corpus.sampled,
    )
