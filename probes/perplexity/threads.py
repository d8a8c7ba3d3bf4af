"""Independent work shared out over threads that each compute alone.

Two threads inside every operation wait for one another thousands of times a layer: with another program
on the same cores that took ten times as long as no sharing at all. A window's way through a layer needs
nothing of another window's, so each thread takes whole windows, and computes them by itself.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from types import TracebackType
from typing import Self, TypeVar

import torch

_In = TypeVar("_In")
_Out = TypeVar("_Out")


class Crew:
    """`count` threads of `each` threads of torch's own; one alone is the calling thread itself."""

    def __init__(self, count: int, each: int = 1) -> None:
        self._threads = torch.get_num_threads()
        self._pool = None
        if count > 1:
            self._pool = ThreadPoolExecutor(count, "crew", torch.set_num_threads, (each,))

    def map(self, work: Callable[[_In], _Out], items: Iterable[_In]) -> Iterator[_Out]:
        """What `work` makes of each item, in their order; all are begun, whether asked for or not."""
        if self._pool is None:
            return map(work, items)

        def alone(item: _In) -> _Out:
            with torch.inference_mode():  # a mode is a thread's own
                return work(item)

        return self._pool.map(alone, items)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)
            torch.set_num_threads(self._threads)  # the crew's own setting is what new threads would take


def crew_for(windows: Sequence[object], device: torch.device) -> Crew:
    """As many threads as torch has been given, or as there are windows; a card wants a single one."""
    threads = torch.get_num_threads()
    count = min(threads, len(windows)) if device.type == "cpu" else 1
    return Crew(count, max(1, threads // max(1, count)))
