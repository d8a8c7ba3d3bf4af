"""The matrices of a model without weights, as a quantized level finds them when it is loaded."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor, nn
from transformers import PreTrainedModel
from transformers.pytorch_utils import Conv1D

from catalog.models.counted import Linear, Part
from probes.shapes.layers import decoder_of, senses_of
from probes.shapes.loading import Loading

ROUTED = re.compile(r"experts?(\.|$)")
"""Names of modules that hold experts."""
_ATTENTION = re.compile(r"att(n|ention)|mixer|mamba|ssm|conv|rnn|temporal|recurrent")
_OUTPUT = re.compile(r"(^|\.)(o|out|output|c|wo|dense)(_?proj)?$|out_lin$")
_DOWN = re.compile(r"(^|\.)(down_proj|w2|c_proj|fc2|wo|fc_out|.*_to_h|output_linear|linear_2|lin2|ff_out)$")


@dataclass(frozen=True)
class Matrices:
    """Those of each layer, those alike but for their number as one and a shared one in its first; those of
    the decoder that stand in no layer; how many parameters in none of them are float32 at 16 bits; and the
    bytes of the buffers that a checkpoint holds.
    """

    of_layers: tuple[tuple[Linear, ...], ...]
    outside: tuple[Linear, ...]
    wide: int
    buffers: int


def matrices_of(model: PreTrainedModel, layers: Sequence[nn.Module], hidden: int) -> Matrices:
    """Of a model on the meta device, built in bfloat16; `hidden` is the width of its stream."""
    found = _Found(model, hidden)
    of_layers = tuple(found.within([layer]) for layer in layers)
    outside = found.within([decoder_of(model)])
    return Matrices(of_layers, outside, found.other_wide(), found.buffers())


class _Found:
    """Goes through a model's modules, each once."""

    def __init__(self, model: PreTrainedModel, hidden: int) -> None:
        self._model = model
        self._hidden = hidden
        self._loading = Loading(model, torch.bfloat16)
        self._names = {id(module): name for name, module in model.named_modules()}
        self._wide = {
            id(weight): weight.numel()
            for name, weight in model.named_parameters()
            if self._loading.dtype(name, weight) == torch.float32
        }
        apart = [model.get_input_embeddings(), model.get_output_embeddings()]
        apart += senses_of(model, decoder_of(model))
        self._apart = {id(weight) for part in apart if part is not None for weight in part.parameters()}
        self._seen: set[int] = set()

    def within(self, tops: Iterable[nn.Module]) -> tuple[Linear, ...]:
        """The matrices below these modules that nothing has gone through before."""
        kinds: Counter[Linear] = Counter()
        for top in tops:
            for path, module in top.named_modules():
                name = ".".join(part for part in path.split(".") if not part.isdigit())
                kinds.update(self._held(name, module))
        return tuple(replace(linear, count=linear.count * times) for linear, times in kinds.items())

    def other_wide(self) -> int:
        """float32 parameters that are in no matrix."""
        return sum(size for key, size in self._wide.items() if key not in self._seen)

    def buffers(self) -> int:
        """Bytes of those that a checkpoint holds."""
        stored = self._model.state_dict()
        return sum(
            buffer.numel() * self._loading.dtype(name, buffer).itemsize
            for name, buffer in self._model.named_buffers()
            if name in stored
        )

    def _held(self, name: str, module: nn.Module) -> Iterable[Linear]:
        if isinstance(module, nn.Linear | Conv1D):
            replaced = self._loading.replaces(self._names[id(module)], module)
            if (replaced or "Router" not in type(module).__name__) and self._is_new(module.weight):
                yield self._marked(_matrix(name, module, self._hidden, not replaced), module.weight)
        elif not isinstance(module, nn.modules.conv._ConvNd):
            for own, weight in module.named_parameters(recurse=False):
                if weight.ndim == 3 and ROUTED.search(name) and self._is_new(weight):
                    yield self._marked(_stacked(f"{name}.{own}", tuple(weight.shape), self._hidden), weight)

    def _is_new(self, weight: Tensor) -> bool:
        key = id(weight)
        if key in self._seen or key in self._apart:
            return False
        self._seen.add(key)
        return True

    def _marked(self, linear: Linear, weight: Tensor) -> Linear:
        return replace(linear, wide=True) if id(weight) in self._wide else linear


def _matrix(name: str, module: nn.Linear | Conv1D, hidden: int, kept: bool) -> Linear:
    outputs, inputs = module.weight.shape
    if isinstance(module, Conv1D):
        inputs, outputs = outputs, inputs
    part = _part(name, outputs, hidden)
    return Linear(name, part, inputs, outputs, bias=module.bias is not None, kept=kept)


def _stacked(name: str, shape: tuple[int, ...], hidden: int) -> Linear:
    """Experts as one parameter; which side is the input follows from the width of the stream."""
    count, rows, columns = shape
    part = _part(name, 0, hidden)
    outward = part == "down"
    straight = rows == hidden if outward else columns == hidden
    turned = columns == hidden if outward else rows == hidden
    inputs, outputs = (rows, columns) if turned and not straight else (columns, rows)
    return Linear(name, part, inputs, outputs, count, stacked=True)


def _part(name: str, outputs: int, hidden: int) -> Part:
    if _ATTENTION.search(name.rpartition(".")[0]) and "mlp" not in name:
        return "output" if _OUTPUT.search(name) else "qkv"
    if "gate" in name.rpartition(".")[2]:
        return "gate"
    return "down" if _DOWN.search(name) or outputs == hidden else "up"
