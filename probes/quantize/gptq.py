"""GPTQ (arXiv:2210.17323): weights rounded one input at a time, each error carried to the inputs to come.

Everything that depends on the inputs alone is computed once and serves all widths: rows of a matrix do
not touch one another, so several widths are solved side by side as if they were more rows.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from catalog.problem import Problem
from probes.quantize.grid import Quantized, Spec, find_grid

DAMP = 0.01
"""Share of the mean diagonal added to it, as AutoGPTQ does; more where the factorisation needs it."""
BLOCK = 128
"""Errors reach the inputs after this many at once. Both tools use it, and take scales at its start."""
_STEP = 16
"""Errors reach the rest of their block after this many: fewer passes over memory, the same sums."""


@dataclass(frozen=True)
class Factor:
    """What one linear layer's inputs give: `upper` [in, in], the Cholesky factor of the damped inverse.

    Inputs are in `order` (by their energy, for activation order; None as they are); `dead` ones never
    differ from zero.
    """

    upper: Tensor
    order: Tensor | None
    dead: Tensor


def factor(hessian: Tensor, act_order: bool = False, damp: float = DAMP) -> Factor:
    """The factor of a Hessian [in, in], any multiple of Σ x xᵀ, which stays as it is.

    Takes one more matrix of its size: what is factored, inverted and factored again lies in one place. The
    host waits for the device once a damping. Problem("hessian-singular") where no damping makes it positive
    definite: NaN or inf among the inputs.
    """
    dead = hessian.diagonal() == 0
    order = None
    if act_order:
        order = hessian.diagonal().float().masked_fill(dead, 1.0).argsort(descending=True)
        dead = dead[order]
    while damp < 1:
        upper = _damped(hessian, dead, order, damp)
        if upper is not None:
            return Factor(upper, order, dead)
        damp += 0.05
    raise Problem("hessian-singular", inputs=len(hessian))


def _damped(hessian: Tensor, dead: Tensor, order: Tensor | None, damp: float) -> Tensor | None:
    """The factor at one damping; None where it is not positive definite."""
    work = torch.empty_like(hessian, dtype=torch.float32)
    if order is None:
        work.copy_(hessian)
    else:
        for begin in range(0, len(work), BLOCK):
            rows = order[begin : begin + BLOCK]
            work[begin : begin + BLOCK] = hessian[rows][:, order]
    diagonal = work.diagonal()
    diagonal.masked_fill_(dead, 1.0)
    diagonal.add_(diagonal.mean() * damp)
    failed, again = (torch.zeros((), dtype=torch.int32, device=work.device) for _ in range(2))
    torch.linalg.cholesky_ex(work, out=(work, failed))
    torch.cholesky_inverse(work, out=work)
    torch.linalg.cholesky_ex(work, upper=True, out=(work, again))
    return work if bool((failed == 0) & (again == 0) & work.sum().isfinite()) else None


def solve(weight: Tensor, inputs: Factor, specs: Sequence[Spec]) -> list[Quantized]:
    """`weight` [out, in] on the grid of each spec; all must have the act-order `inputs` was made with.

    Seven launches an input on a GPU, and the host never waits for it.
    """
    outputs, columns = weight.shape
    work = weight.float().t().contiguous()
    if inputs.order is not None:
        work = work[inputs.order]
    tables = [_Table(work, spec) for spec in specs]
    work.masked_fill_(inputs.dead[:, None], 0)
    work = work.repeat(1, len(specs))
    most = torch.tensor([spec.most for spec in specs], dtype=torch.float32, device=work.device)
    most = most.repeat_interleave(outputs)
    codes = torch.empty(work.shape, dtype=torch.uint8, device=work.device)
    upper, steps = inputs.upper, inputs.upper.diagonal()
    groups = tuple[int, ...]()
    for begin in range(0, columns, BLOCK):
        end = min(begin + BLOCK, columns)
        for table, rows in zip(tables, work.split(outputs, dim=1), strict=True):
            table.find(rows, begin, end)
        errors = torch.empty_like(work[begin:end])
        shifted = torch.empty_like(errors)
        for first in range(begin, end, _STEP):
            last = min(first + _STEP, end)
            for at in range(first, last):
                if groups != (groups := tuple(at // table.width for table in tables)):
                    scale = torch.cat([table.scale(at) for table in tables])
                    zero = torch.cat([table.zero(at) for table in tables])
                    least, largest = -zero, most - zero
                point = (work[at] / scale).round_()
                torch.clamp(point, least, largest, out=shifted[at - begin])
                error = work[at] - shifted[at - begin] * scale  # in two: fused, it would round otherwise
                torch.div(error, steps[at], out=errors[at - begin])
                if at + 1 < last:
                    work[at + 1 : last].addr_(upper[at, at + 1 : last], errors[at - begin], alpha=-1)
            carried = errors[first - begin : last - begin]
            if last < end:
                work[last:end].addmm_(upper[first:last, last:end].t(), carried, alpha=-1)
        for table, part, points in zip(
            tables, codes[begin:end].split(outputs, 1), shifted.split(outputs, 1), strict=True
        ):
            part.copy_(points.add_(table.zeros_of(begin, end)))
        if end < columns:
            work[end:].addmm_(upper[begin:end, end:].t(), errors, alpha=-1)
    split = codes.split(outputs, dim=1)
    return [table.done(part, inputs.order) for table, part in zip(tables, split, strict=True)]


class _Table:
    """The grids of one spec, found as the solution reaches their groups."""

    def __init__(self, work: Tensor, spec: Spec) -> None:
        self.spec = spec
        columns = len(work)
        self.width = spec.group or columns
        self.scales: list[Tensor] = []
        self.zeros: list[Tensor] = []
        if spec.group is None:
            self._add(work)

    def find(self, work: Tensor, begin: int, end: int) -> None:
        """Grids of the groups that begin in this block, from weights updated up to the block's start."""
        if self.spec.group is not None:
            for first in range(-(-begin // self.width) * self.width, end, self.width):
                self._add(work[first : first + self.width])

    def _add(self, part: Tensor) -> None:
        scale, zero = find_grid(part.amin(0), part.amax(0), self.spec)
        self.scales.append(scale)
        self.zeros.append(zero)

    def scale(self, at: int) -> Tensor:
        return self.scales[at // self.width]

    def zero(self, at: int) -> Tensor:
        return self.zeros[at // self.width]

    def zeros_of(self, begin: int, end: int) -> Tensor:
        """The zeros of these inputs [end - begin, out]."""
        return torch.stack([self.zero(at) for at in range(begin, end)])

    def done(self, codes: Tensor, order: Tensor | None) -> Quantized:
        """Inputs back in their own order."""
        groups = torch.arange(len(codes), device=codes.device) // self.width
        if order is not None:
            back = order.argsort()
            codes, groups = codes[back], groups[back]
        return Quantized(
            codes.t().contiguous(), torch.stack(self.scales, 1), torch.stack(self.zeros, 1), groups
        )
