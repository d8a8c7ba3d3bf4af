"""Holdout and training examples, by the hash of their content: no example, and no beginning, is in both."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace

from probes.dataset.examples import Example, Turn, content_sha256
from probes.dataset.groups import Groups

HOLDOUT = 40
HELD_MOST = 400
"""Of a holdout file at most so many rows are scored: beyond, evaluation outweighs training."""
LARGEST_SHARE = 0.25
"""Of the examples, and of their groups, at most this share is held out."""
LEAST_GROUPS = 20
"""Data of fewer groups is split row by row: a holdout of their quarter would say nothing."""


@dataclass(frozen=True)
class Split:
    """`train` in the order it is used, `holdout` in the order it is scored.

    `duplicates` were dropped because the same content came before, `shared_prompts` because a row of their
    group is held out. `leaked` of a separate holdout file's rows also stood in the training file, from
    which they were dropped. `groups` are there of all rows; `unscored` answers of held-out rows are trained
    on too, after the same words, and therefore only read.
    """

    train: tuple[Example, ...]
    holdout: tuple[Example, ...]
    duplicates: int
    shared_prompts: int
    leaked: int = 0
    groups: int = 0
    unscored: int = 0

    @property
    def holdout_sha256(self) -> str:
        """The holdout's content: two results with the same one may be paired example by example."""
        return content_sha256(self.holdout)


def split(examples: Sequence[Example], holdout: int = HOLDOUT, seed: int = 0) -> Split:
    """Hold out about `holdout` examples, at most a quarter, chosen by a seeded hash of their prompts.

    Every row of a group (see `Groups`) goes to the same side, so that nothing held out was seen with
    another answer, or as the beginning of another row; of a group one row is scored, that with most
    answers. Where there are too few groups (one prompt for all rows), rows are chosen one by one instead,
    none that another begins with, and those that share a prompt with the holdout stay.
    """
    unique = _unique(examples)
    groups = Groups(unique)
    by_id = sorted(unique, key=lambda example: _rank(example.id, seed))
    wanted = max(1, min(holdout, int(len(unique) * LARGEST_SHARE)))
    if groups.count >= LEAST_GROUPS:
        wanted = min(wanted, int(groups.count * LARGEST_SHARE))
        ranks: dict[int, bytes] = {}
        for example in unique:
            group, rank = groups.of(example), _rank(example.prompt or example.id, seed)
            ranks[group] = min(rank, ranks.get(group, rank))
        chosen = set(sorted(ranks, key=lambda group: ranks[group])[:wanted])
        fullest: dict[int, Example] = {}
        for example in by_id:
            group = groups.of(example)
            if group in chosen and _answers(example) > _answers(fullest.get(group)):
                fullest[group] = example
        held = [fullest[group] for group in sorted(chosen, key=lambda group: ranks[group])]
        left = [example for example in unique if groups.of(example) not in chosen]
    else:
        leaves = [example for example in by_id if groups.answers(example)[-1] not in groups.go_on]
        held = leaves[: min(wanted, max(1, len(leaves) // 4))]
        ids = {example.id for example in held}
        left = [example for example in unique if example.id not in ids]
    train = sorted(left, key=lambda example: _rank("train" + example.id, seed))
    scored, unscored = _unseen(held, train, groups)
    dropped = len(unique) - len(scored) - len(train)
    return Split(
        tuple(train), scored, len(examples) - len(unique), dropped, groups=groups.count, unscored=unscored
    )


def against(examples: Sequence[Example], held: Sequence[Example], seed: int = 0) -> Split:
    """Train on `examples`, score on `held` of another file: what is held out is never trained on.

    Rows that the holdout has too, and rows of a group of which it has any, leave the training side. Of a
    long holdout HELD_MOST rows are scored, chosen by a seeded hash.
    """
    unique = _unique(examples)
    order = sorted(_unique(held), key=lambda example: _rank(example.id, seed))
    groups = Groups([*unique, *order])
    ids, taken = {example.id for example in order}, {groups.of(example) for example in order}
    leaked = {example.id for example in unique} & ids
    left = [example for example in unique if groups.of(example) not in taken]
    if groups.count == 1:  # one prompt for all rows: it tells nothing apart
        left = [example for example in unique if example.id not in ids]
    train = sorted(left, key=lambda example: _rank("train" + example.id, seed))
    scored, unscored = _unseen(order, train, groups)
    return Split(
        tuple(train),
        scored[:HELD_MOST],
        len(examples) - len(unique),
        len(unique) - len(leaked) - len(train),
        len(leaked),
        Groups(unique).count,
        unscored,
    )


def _unseen(
    held: Sequence[Example], train: Sequence[Example], groups: Groups
) -> tuple[tuple[Example, ...], int]:
    """The held-out rows without those whose last answer is trained on after the same words, and how many
    of their earlier answers are: these are only read. All of the rows where nothing would be left.
    """
    seen = {
        number
        for example in train
        for turn, number in zip(_assistant(example), groups.answers(example), strict=True)
        if turn.trained
    }
    rows, count = [], 0
    for example in held:
        if groups.answers(example)[-1] in seen:
            continue
        numbers = iter(groups.answers(example))
        turns = tuple(
            replace(turn, trained=False) if turn.role == "assistant" and next(numbers) in seen else turn
            for turn in example.turns
        )
        count += _answers(example) - sum(turn.is_target for turn in turns)
        rows.append(replace(example, turns=turns))
    return (tuple(rows), count) if rows else (tuple(held), 0)


def _assistant(example: Example) -> list[Turn]:
    return [turn for turn in example.turns if turn.role == "assistant"]


def _unique(examples: Sequence[Example]) -> list[Example]:
    return list({example.id: example for example in reversed(examples)}.values())


def _answers(example: Example | None) -> int:
    return sum(turn.is_target for turn in example.turns) if example else 0


def _rank(text: str, seed: int) -> bytes:
    return hashlib.sha256(f"{seed}:{text}".encode()).digest()
