"""Modules' own parameters read from a checkpoint, on the device and in the dtypes they compute in."""

import re

import torch
from torch import Tensor, nn
from transformers import PreTrainedModel

from probes.checkpoint.stored_names import StoredNames
from probes.open_checkpoint import Weights
from probes.perplexity.modules import joined, kept_buffers, put


class Filling:
    """Of one model without weights; `names` says where its parameters are stored."""

    def __init__(
        self, model: PreTrainedModel, names: StoredNames, dtype: torch.dtype, device: torch.device
    ) -> None:
        self.names = names
        self._device = device
        self._plan = model._get_dtype_plan(dtype)

    def dtype(self, name: str, empty: Tensor) -> torch.dtype:
        """What transformers loads a parameter as: some are float32 whatever the model's dtype is."""
        wide = (dtype for part, dtype in self._plan.items() if re.search(part.replace("*", ".*"), name))
        return next(wide, empty.dtype)

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
