"""What a GPU would be asked for: aten calls, counted on tensors that have a shape and no numbers.

They lie on torch's `meta` device, where a number that the host would read is an error.
"""

from collections import Counter
from collections.abc import Callable
from typing import Any

from torch.utils._python_dispatch import TorchDispatchMode

VIEWS = frozenset(
    [
        "alias",
        "detach",
        "diagonal",
        "expand",
        "select",
        "slice",
        "split",
        "t",
        "transpose",
        "unsqueeze",
        "view",
    ]
)
"""Calls that give the same memory another shape: nothing is launched for them."""


class Launches(TorchDispatchMode):
    """Counts calls by name, those of views left out."""

    def __init__(self) -> None:
        super().__init__()
        self.calls: Counter[str] = Counter()

    def __torch_dispatch__(
        self, call: Callable[..., Any], types: Any, args: Any = (), kwargs: Any = None
    ) -> Any:
        name = call.__name__.partition(".")[0]
        if name not in VIEWS:
            self.calls[name] += 1
        return call(*args, **(kwargs or {}))
