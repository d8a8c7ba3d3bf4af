"""Modules' own parameters read from a checkpoint, on the device and in the dtypes they compute in."""

import torch
from torch import nn

from probes.checkpoint.buffers import kept_buffers
from probes.checkpoint.stored_names import StoredNames
from probes.open_checkpoint import Weights
from probes.perplexity.modules import joined, put
from probes.shapes.loading import Loading


class Filling:
    """Of one model without weights; `names` says where its parameters are stored."""

    def __init__(self, loading: Loading, names: StoredNames, device: torch.device) -> None:
        self.names = names
        self.dtype = loading.dtype
        self._device = device

    def stored(self, name: str, module: nn.Module) -> Weights:
        """What a module holds itself, as it is stored."""
        held = dict(module.named_parameters(recurse=False)) | kept_buffers(module)
        return self.names.weights((key, joined(name, key), tuple(one.shape)) for key, one in held.items())

    def read(self, name: str, module: nn.Module) -> Weights:
        """The same, ready."""
        held = module.state_dict()
        return {
            key: tensor.to(self._device, self.dtype(joined(name, key), held[key]))
            for key, tensor in self.stored(name, module).items()
        }

    def fill(self, name: str, module: nn.Module) -> None:
        """Put it in its place."""
        for key, tensor in self.read(name, module).items():
            put(module, key, tensor)
