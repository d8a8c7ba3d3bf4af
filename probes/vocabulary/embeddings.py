"""Rows for new pieces, in every table that has a row a token: the embedding, and a head of its own.

`mean`: of the rows of the base tokens that the piece was cut into. `weighted`: the same, weighted by their
order (AdaptiVocab, arXiv:2503.19693): in the embedding the last weighs most, as the model goes on from it,
in the head the first, as it is what is predicted; a tied table takes the mean of both. `random`: normal,
with the deviation of the old rows.
"""

from collections.abc import Sequence
from typing import Any, Protocol

import torch
from torch import Tensor, nn

from probes.vocabulary.extension import Merged

EMBEDDING, HEAD, TIED = "embedding", "head", "tied"
"""What a table is for."""
_STEP = 2.0
"""Weights grow by exp of it from one sub-piece to the next."""


class NewRows(Protocol):
    """What fills the rows of new pieces."""

    def extended(self, table: Tensor, role: str) -> Tensor:
        """`table` [rows, ...] with its new rows, in its dtype: rows it has to spare are used first."""


class Rows:
    """Rows made of those that there are."""

    def __init__(self, merged: Merged, how: str, seed: int) -> None:
        """`how`: `mean`, `weighted` or `random`."""
        self.first, self.count = merged.first, len(merged.added)
        self._parts, self._how = merged.parts(), how
        self._seed = seed

    def extended(self, table: Tensor, role: str) -> Tensor:
        """See NewRows. A row in between that the table did not have gets the mean of the others."""
        rows = max(len(table), self.first + self.count)
        known = min(len(table), self.first)
        numbers = table.float()
        grown = numbers[:known].mean(0).expand(rows, *table.shape[1:]).clone()
        grown[: len(table)] = numbers
        generator = torch.Generator().manual_seed(self._seed)
        deviation = float(numbers[:known].std())
        for index, ids in enumerate(self._parts):
            if self._how == "random":
                row = torch.randn(table.shape[1:], generator=generator) * deviation
            else:
                row = torch.tensordot(self._weights(len(ids), role), numbers[ids], 1)
            grown[self.first + index] = row
        return grown.to(table.dtype)

    def _weights(self, count: int, role: str) -> Tensor:
        if self._how == "mean":
            return torch.full((count,), 1 / count)
        later = torch.softmax(_STEP * torch.arange(count, dtype=torch.float32), 0)
        by_role = {EMBEDDING: later, HEAD: later.flip(0), TIED: (later + later.flip(0)) / 2}
        return by_role[role]


class LearntRows:
    """The rows that a loaded and extended model has come to."""

    def __init__(self, model: Any, first: int) -> None:
        self._first = first
        self._tables = [(table.detach().cpu(), role) for table, role in tables_of(model)]

    def extended(self, table: Tensor, role: str) -> Tensor:
        """See NewRows: old rows are those of `table`, to the bit."""
        fitting = [learnt for learnt, of in self._tables if of == role and learnt.dim() == table.dim()]
        grown = fitting[0].to(table.dtype)
        known = min(len(table), self._first)
        grown[:known] = table[:known]
        return grown


def tables_of(model: Any) -> list[tuple[nn.Parameter, str]]:
    """The parameters that have a row a token, each with its role."""
    embedding: nn.Module = model.get_input_embeddings()
    head: nn.Module | None = model.get_output_embeddings()
    weight = embedding.get_parameter("weight")
    if head is None:
        return [(weight, EMBEDDING)]
    own = [parameter for parameter in head.parameters() if parameter is not weight]
    role = EMBEDDING if len(own) == len(list(head.parameters())) else TIED
    return [(weight, role), *((parameter, HEAD) for parameter in own)]


def extend_embeddings(model: Any, rows: Rows) -> None:
    """Make room in a loaded model, and fill the new rows."""
    before = [(table.detach().cpu(), role) for table, role in tables_of(model)]
    grown: Sequence[Tensor] = [rows.extended(table, role) for table, role in before]
    model.resize_token_embeddings(len(grown[0]), mean_resizing=False)
    with torch.no_grad():
        for (table, _), values in zip(tables_of(model), grown, strict=True):
            table.copy_(values)
