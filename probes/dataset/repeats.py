"""Rows that nearly repeat another: most of their words are the same, and not because all rows have them."""

from collections.abc import Iterator, Sequence
from typing import Any

from probes.dataset.examples import Example
from probes.dataset.groups import plain

ALIKE = 0.8
"""Rows are nearly the same when they share so much of all their shingles (Jaccard's index)."""
_CHARS = 8
"""Of a shingle, white space and case aside."""
_COMMON = 0.02
"""What stands in more of the rows, and in 20 of them, is the form of the data, not what a row says."""
_LEAST_COMMON = 20
_LEAST_SHINGLES = 16
"""Of a row: shorter ones are alike by chance."""
_MOST_SHINGLES = 4_000_000
"""Of all rows together: of longer data a part is looked at, the same in every row."""
_AT_ONCE = 2_000_000
"""Characters."""


def near_repeats(examples: Sequence[Example]) -> int:
    """How many of the different rows nearly repeat an earlier one."""
    return len({later for _, later in _pairs(examples)})


def near_held(train: Sequence[Example], holdout: Sequence[Example]) -> int:
    """How many held-out rows nearly repeat one that is trained on."""
    pairs = _pairs([*train, *holdout])
    return len({later for earlier, later in pairs if earlier < len(train) <= later})


def _blocks(texts: Sequence[str]) -> Iterator[tuple[int, Sequence[str]]]:
    """The texts a block at a time, each with the place of its first."""
    first = size = 0
    for place, text in enumerate(texts):
        size += len(text)
        if size >= _AT_ONCE or place == len(texts) - 1:
            yield first, texts[first : place + 1]
            first, size = place + 1, 0


def _shingles(texts: Sequence[str], first: int, every: int) -> tuple[Any, Any]:
    """(hashes, rows) of shingles, one in `every`: uint64, and the text's place from `first` on, int64."""
    import numpy as np

    points = np.frombuffer("".join(texts).encode("utf-32-le", "surrogatepass"), np.uint32).astype(np.uint64)
    rows = np.repeat(np.arange(first, first + len(texts)), [len(text) for text in texts])
    count = max(0, len(points) - _CHARS + 1)
    hashes: Any = np.zeros(count, np.uint64)
    for offset in range(_CHARS):  # FNV's multiplication, over code points
        hashes = (hashes ^ points[offset : offset + count]) * np.uint64(1099511628211)
    hashes ^= hashes >> np.uint64(29)
    inside = rows[:count] == rows[len(rows) - count :]
    chosen = inside & (hashes % np.uint64(every) == 0)
    return hashes[chosen], rows[:count][chosen]


def _pairs(examples: Sequence[Example]) -> list[tuple[int, int]]:
    """Places of rows that are nearly the same, the earlier first; of three or more alike not each pair."""
    import numpy as np

    texts = [plain("\n".join(turn.written for turn in example.turns)) for example in examples]
    every = max(1, sum(map(len, texts)) // _MOST_SHINGLES)
    found = [_shingles(block, first, every) for first, block in _blocks(texts)]
    if not found:
        return []
    hashes, rows = (np.concatenate(parts) for parts in zip(*found, strict=True))
    if not len(hashes):
        return []
    order = np.lexsort((rows, hashes))
    hashes, rows = hashes[order], rows[order]
    once = np.r_[True, (hashes[1:] != hashes[:-1]) | (rows[1:] != rows[:-1])]
    hashes, rows = hashes[once], rows[once]
    starts = np.flatnonzero(np.r_[True, hashes[1:] != hashes[:-1]])
    held_by = np.diff(np.r_[starts, len(hashes)])
    rare = np.repeat(held_by, held_by) <= max(_LEAST_COMMON, int(_COMMON * len(texts)))
    hashes, rows = hashes[rare], rows[rare]
    counts = np.bincount(rows, minlength=len(texts))
    near = [
        rows[:-step][same] * len(texts) + rows[step:][same]
        for step in (1, 2, 3)
        for same in [hashes[:-step] == hashes[step:]]
    ]
    pairs, shared = np.unique(np.concatenate(near), return_counts=True)
    one, other = pairs // len(texts), pairs % len(texts)
    either = counts[one] + counts[other] - shared
    alike = (shared >= ALIKE * either) & (np.minimum(counts[one], counts[other]) >= _LEAST_SHINGLES)
    return list(zip(one[alike].tolist(), other[alike].tolist(), strict=True))
