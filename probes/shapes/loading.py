"""What transformers makes of a model's parameters as it loads them at a level."""

import re

import torch
from torch import Tensor, nn
from transformers import PreTrainedModel
from transformers.pytorch_utils import Conv1D
from transformers.quantizers.base import get_keys_to_not_convert
from transformers.quantizers.quantizers_utils import should_convert_module

from probes.shapes.layers import decoder_of, senses_of


class Loading:
    """Of one model, with or without weights, that computes in `dtype`.

    `kept` are the names of modules that no level replaces: those that bitsandbytes' quantizers gather, and
    other senses than the text.
    """

    def __init__(self, model: PreTrainedModel, dtype: torch.dtype) -> None:
        senses = {id(module) for module in senses_of(model, decoder_of(model))}
        self.kept = [name for name, module in model.named_modules() if id(module) in senses]
        self.kept += [*get_keys_to_not_convert(model), *(model._keep_in_fp32_modules or ())]
        plan = model._get_dtype_plan(dtype)
        self._plan = [(re.compile(part.replace("*", ".*")), wide) for part, wide in plan.items()]

    def replaces(self, name: str, module: nn.Module) -> bool:
        """Whether that is a linear layer that a quantized level puts its own in the place of: one of a
        class of its own is not.
        """
        linear = type(module) is nn.Linear or isinstance(module, Conv1D)
        return linear and should_convert_module(name, self.kept)

    def dtype(self, name: str, empty: Tensor) -> torch.dtype:
        """What a parameter is loaded as: some are float32 whatever the model's dtype is."""
        return next((dtype for part, dtype in self._plan if part.search(name)), empty.dtype)
