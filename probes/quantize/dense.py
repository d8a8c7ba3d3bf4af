"""A linear layer with a given weight, and the type of what makes one."""

from collections.abc import Callable

from torch import Tensor, nn

from probes.quantize.products import linear, widened

MakeLinear = Callable[[str, Tensor, Tensor | None], nn.Module]
"""(name in the model, weight [out, in], bias [out] or None), in the level's dtype -> the module there."""


class Dense(nn.Module):
    """A linear layer with a given weight [out, in]; no copy is made.

    A weight in a narrower dtype than the states is widened as it is used, some rows at a time: exact, and
    it saves the memory of the wide copy. Where it `narrows` it is multiplied in its own dtype instead, as
    bitsandbytes' layers do, and the result widened.
    """

    def __init__(self, weight: Tensor, bias: Tensor | None, narrows: bool = False) -> None:
        super().__init__()
        self.weight, self.bias, self._narrows = weight, bias, narrows

    def forward(self, states: Tensor) -> Tensor:
        """[..., in] -> [..., out]."""
        if self.weight.dtype == states.dtype:
            return linear(states, self.weight, self.bias)
        if self._narrows:
            bias = None if self.bias is None else self.bias.to(self.weight.dtype)
            return linear(states.to(self.weight.dtype), self.weight, bias).to(states.dtype)
        return widened(states, self.weight, self.bias)
