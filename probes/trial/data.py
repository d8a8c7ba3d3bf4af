"""A dataset with its holdout: a part of the same file, or a file of its own."""

from dataclasses import dataclass

from catalog.evidence.kinds import Cut
from catalog.problem import Problem
from probes.dataset.clipping import clip
from probes.dataset.examples import Example
from probes.dataset.load import MINIMUM_EXAMPLES, Dataset, load_dataset
from probes.dataset.split import Split, against, split
from probes.trial.job import TrialJob

LEAST_HELD = 2


@dataclass(frozen=True)
class Parts:
    """`held` is the holdout's own file, None where the holdout is taken from the data."""

    dataset: Dataset
    held: Dataset | None
    split: Split

    @property
    def cut(self) -> Cut:
        """What `max_chars` took from the rows of both sides."""
        shorter = [row for row in (*self.split.train, *self.split.holdout) if row.lost]
        return Cut(len(shorter), sum(row.lost for row in shorter), sum(row.cut for row in shorter))


def read_parts(asked: TrialJob) -> Parts:
    """The data that a trial asks for, read, clipped and split.

    Problems: those of load_dataset, for either file; data-leaks, where the holdout leaves too little.
    """
    dataset = load_dataset(asked.data, asked.format, asked.columns, encoding=asked.encoding)
    if asked.holdout_file is None:
        return Parts(dataset, None, split(_clipped(dataset, asked), asked.holdout, asked.seed))
    held = load_dataset(asked.holdout_file, asked.format, asked.columns, LEAST_HELD, asked.encoding)
    parts = against(_clipped(dataset, asked), _clipped(held, asked), asked.seed)
    if len(parts.train) < MINIMUM_EXAMPLES // 2:
        raise Problem("data-leaks", path=asked.data, holdout=asked.holdout_file, left=len(parts.train))
    return Parts(dataset, held, parts)


def _clipped(dataset: Dataset, asked: TrialJob) -> list[Example]:
    return [clip(example, asked.max_chars) for example in dataset.examples]
