"""Memory that weights are read into, used again for the next layer's.

New memory costs a page fault for every 4 KiB: reading a file that the system holds in its cache then takes
five times as long as the copying.
"""

import ctypes
import weakref
from collections import deque
from math import prod

import torch

SMALL = 2**20
"""Bytes below which a tensor has memory of its own: the allocator keeps such blocks anyway."""


class ReadBuffers:
    """Gives out memory for tensors, and takes it back once the last tensor that leans on it is gone.

    Blocks are used again for tensors of their size, which the layers of a model have in common. Whoever
    asks for a size that no idle block has lets all idle ones go, so that no more is idle than was used at
    one time before. Threads may share one.
    """

    def __init__(self) -> None:
        self._idle: dict[int, deque[torch.Tensor]] = {}

    def empty(self, shape: tuple[int, ...], dtype: torch.dtype) -> torch.Tensor:
        """A tensor on the CPU whose numbers are whatever was there before."""
        size = prod(shape) * dtype.itemsize
        if size < SMALL:
            return torch.empty(shape, dtype=dtype)
        block = self._block(size)
        lent = (ctypes.c_char * size).from_address(block.data_ptr())
        weakref.finalize(lent, self._return, size, block).atexit = False
        return torch.frombuffer(lent, dtype=dtype).view(shape)

    @property
    def idle_bytes(self) -> int:
        """What is kept and not lent."""
        return sum(size * len(blocks) for size, blocks in self._idle.items())

    def _block(self, size: int) -> torch.Tensor:
        try:
            return self._idle[size].pop()
        except (KeyError, IndexError):
            self._idle = {}
            return torch.empty(size, dtype=torch.uint8)

    def _return(self, size: int, block: torch.Tensor) -> None:
        self._idle.setdefault(size, deque()).append(block)
