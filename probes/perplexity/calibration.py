"""What GPTQ needs to know of the inputs: one Hessian per linear layer, from text that is not scored."""

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor, nn

from probes.open_checkpoint import Weights
from probes.perplexity.around import Row
from probes.perplexity.frames import Window, nearest_break
from probes.perplexity.modules import fill
from probes.perplexity.skeleton import Skeleton
from probes.quantize.dense import Dense
from probes.quantize.gptq import factor, solve
from probes.quantize.grid import Quantized
from probes.quantize.levels import Level
from probes.tokenization.base import TextTokenizer

CALIBRATION_TOKENS = 8192
_PIECE_BYTES = 2048


def calibration_rows(
    text: str, windows: Sequence[Window], tokenizer: TextTokenizer, tokens: int = CALIBRATION_TOKENS
) -> list[tuple[int, ...]]:
    """Rows of token ids from the parts of `text` that no window scores, about `tokens` in all.

    Pieces of up to 2 KiB are taken evenly from all of it, each with the family's prefix tokens.
    """
    data = text.encode("utf-8")
    edges = [0, *(edge for window in windows for edge in (window.start, window.end)), len(data)]
    pieces = []
    for begin, end in zip(edges[::2], edges[1::2], strict=True):
        while begin < end:
            stop = (
                end if end - begin <= _PIECE_BYTES else min(end, nearest_break(data, begin + _PIECE_BYTES))
            )
            pieces.append(data[begin:stop].decode("utf-8"))
            begin = stop
    rows = [(*tokenizer.prefix_ids, *ids) for ids in map(tokenizer.encode, pieces) if len(ids) > 1]
    total = sum(map(len, rows))
    kept, seen = [], 0.0
    for row in rows:
        # Keep a row whenever the share kept falls behind the share wanted: evenly spread, no chance.
        seen += len(row) * min(1.0, tokens / total)
        if seen >= len(row):
            kept.append(row)
            seen -= len(row)
    return kept or rows[:1]


class _Hessians:
    """Σ x xᵀ of each linear layer's inputs; layers that are given one and the same tensor share it."""

    def __init__(self) -> None:
        self._sums: dict[str, Tensor] = {}
        self._owner: dict[str, str] = {}
        self._last: tuple[Tensor, str] | None = None

    def linear(self, name: str, weight: Tensor, bias: Tensor | None) -> nn.Module:
        """A linear layer that notes its inputs."""
        module = Dense(weight, bias)
        module.register_forward_pre_hook(lambda _, inputs: self._note(name, inputs[0]))
        return module

    def groups(self) -> dict[str, list[str]]:
        """Linear layers by the one whose Hessian they share."""
        found: dict[str, list[str]] = {}
        for name, owner in self._owner.items():
            found.setdefault(owner, []).append(name)
        return found

    def take(self, owner: str) -> Tensor:
        """The Hessian [in, in]; it is let go."""
        return self._sums.pop(owner)

    def _note(self, name: str, states: Tensor) -> None:
        if self._last is not None and self._last[0] is states:
            self._owner.setdefault(name, self._last[1])
            return
        owner = self._owner.setdefault(name, name)
        self._last = (states, owner)
        if owner != name:
            return
        rows = states.reshape(-1, states.shape[-1]).float()
        if name not in self._sums:
            self._sums[name] = torch.zeros(rows.shape[1], rows.shape[1], device=rows.device)
        self._sums[name].addmm_(rows.t(), rows)


def as_weights(linears: Mapping[str, Quantized], dtype: torch.dtype) -> Weights:
    """The weights that quantized linear layers multiply with, by the names of the parameters."""
    return {f"{name}.weight": quantized.weight().to(dtype) for name, quantized in linears.items()}


class Calibration:
    """Calibration rows on their way through the layers, for some GPTQ levels at once."""

    def __init__(
        self,
        skeleton: Skeleton,
        rows: Sequence[Sequence[int]],
        levels: Sequence[Level],
        sequential: bool,
        device: torch.device,
    ) -> None:
        self._skeleton, self._levels = skeleton, levels
        self._sequential = sequential
        self._rows: list[Row] = []
        skeleton.open_embedding()
        for row in rows:
            self._rows.append(skeleton.enter(torch.tensor([row], device=device)))
        skeleton.close()

    @property
    def states(self) -> list[Tensor] | None:
        """The states of every row [1, T, H] before the next layer; None where they are not all it needs."""
        return None if any(row.wrote for row in self._rows) else [row.states for row in self._rows]

    def go_on(self, states: Sequence[Tensor]) -> None:
        """Stand where another with the same rows stood when these were its `states`."""
        for row, held in zip(self._rows, states, strict=True):
            row.states = held.to(row.states)

    def solve(self, index: int, weights: Weights) -> dict[str, dict[str, Quantized]]:
        """The linear layers of layer `index` at each level, by their names in the layer."""
        dtype = self._skeleton.dtype
        ready = self._skeleton.ready(index, weights)
        hessians = _Hessians()
        after = self._through(index, ready, hessians)
        solved: dict[str, dict[str, Quantized]] = {level.name: {} for level in self._levels}
        for owner, names in hessians.groups().items():
            hessian = hessians.take(owner)
            for act_order in (False, True):
                levels = [x for x in self._levels if x.calibrated and x.calibrated.act_order == act_order]
                if not levels:
                    continue
                inputs = factor(hessian, act_order)
                specs = [level.calibrated for level in levels if level.calibrated]
                for name in names:
                    weight = ready[f"{name}.weight"]
                    for level, found in zip(levels, solve(weight, inputs, specs), strict=True):
                        solved[level.name][name] = found
        if self._sequential:
            own = as_weights(solved[self._levels[0].name], dtype)
            after = self._through(index, ready | own, None)
        for row, states in zip(self._rows, after, strict=True):
            row.states = states
        return solved

    def _through(self, index: int, weights: Weights, hessians: _Hessians | None) -> list[Tensor]:
        layer = self._skeleton.layer(index)
        linear = hessians.linear if hessians else lambda _, weight, bias: Dense(weight, bias)
        fill(layer, weights, self._skeleton.layer_linears(index), linear)
        return [row.through(index, layer) for row in self._rows]
