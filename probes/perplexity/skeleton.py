"""A language model without its weights: transformers' own code, layers built one at a time.

The modules live on the meta device. Only embeddings, final norm and head are ever filled here, and what
happens around the layers (scaled embeddings, masks, rotary angles, soft-capped logits) is transformers'
own forward pass: for it the layers are stand-ins that note how they are called.
"""

import copy
from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor, nn
from transformers import PretrainedConfig, PreTrainedModel
from transformers.initialization import no_init_weights
from transformers.pytorch_utils import Conv1D

from catalog.problem import Problem
from probes.checkpoint.buffers import fill_buffers, kept_buffers
from probes.checkpoint.classes import auto_class
from probes.checkpoint.configuration import making
from probes.checkpoint.stored_names import StoredNames, Wanted
from probes.checkpoint.tensors import TensorSource
from probes.open_checkpoint import Weights
from probes.perplexity.around import Around, NotStraight, Row
from probes.perplexity.experts import Experts, experts_of, stacked_of
from probes.perplexity.filling import Filling
from probes.perplexity.modules import (
    Empty,
    empty,
    joined,
    matrix_shape,
    name_of,
    no_logits,
)
from probes.quantize import Level
from probes.quantize.dense import Dense
from probes.shapes.layers import decoder_of, layers_of, senses_of
from probes.shapes.loading import Loading


class Skeleton:
    """One model in one dtype on one device.

    With a `level` its linear layers outside of the decoder's layers are that level's; else they are left
    in `dtype`. Problem("architecture-unsupported") for what is not walked: no list of layers, or states
    that do not go straight from one to the next.
    """

    def __init__(
        self,
        config: PretrainedConfig,
        tensors: TensorSource,
        dtype: torch.dtype,
        device: torch.device,
        level: Level | None = None,
    ) -> None:
        self.dtype, self.device = dtype, device
        self._nothing = torch.zeros((), dtype=dtype, device=device)
        self._unsupported = Problem(
            "architecture-unsupported",
            architecture=", ".join(config.architectures or [config.model_type]),
            path=str(tensors.directory),
        )
        with torch.device("meta"), no_init_weights():
            auto: Any = auto_class(config, str(tensors.directory))
            with making(config):
                model: PreTrainedModel = auto.from_config(config, dtype=dtype).eval()
        self._model = model
        self._known = model.state_dict()
        self.names = self.names_in(tensors)
        self._loading = Loading(model, dtype)
        self._filling = Filling(self._loading, self.names, device)
        self._tied: dict[str, str] = dict(model.all_tied_weights_keys)
        text = model.config.get_text_config(decoder=True)
        if getattr(text, "output_router_logits", False):
            text.output_router_logits = False  # for a loss, which nobody asks for
        decoder = decoder_of(model)
        senses = senses_of(model, decoder)
        self._senses = {id(module) for sense in senses for module in sense.modules()}
        held = layers_of(decoder, int(getattr(text, "num_hidden_layers", 0) or 0))
        self._head = model.get_output_embeddings()
        if not len(held) or self._head is None:
            raise self._unsupported
        fill_buffers(model, device, without=senses)
        self._list = name_of(model, held)
        self.layers: list[nn.Module] = list(held)
        self.experts: list[Experts | None] = [experts_of(layer) for layer in self.layers]
        self.parameters = self._count()
        for sense in senses:  # some wrappers look at where their first weight lies
            empty(sense, self._nothing)
        self._around = Around(model, held)
        self._head_name = name_of(model, self._head)
        table = model.get_input_embeddings()
        self._embeddings = {
            name: module
            for name, module in self._own_modules()
            if isinstance(module, nn.Embedding) or module is table
        }
        self._linears_between = [
            (name, matrix_shape(module)) for name, module in self._between() if self._converts(name, module)
        ]
        self._fill_between(level)
        self.close()

    @property
    def vocabulary(self) -> int:
        """Rows of the embedding."""
        return int(next(self._model.get_input_embeddings().parameters()).shape[0])

    @property
    def quantizes_between(self) -> bool:
        """Whether there are linear layers outside of the decoder's layers that a level replaces."""
        return bool(self._linears_between)

    @property
    def linears(self) -> list[tuple[str, tuple[int, int]]]:
        """(name, (out, in)) of the linear modules of all layers, and of those between them."""
        inside = [
            (self.full_name(index, name), matrix_shape(layer.get_submodule(name)))
            for index, layer in enumerate(self.layers)
            for name in self.layer_linears(index)
        ]
        return inside + self._linears_between

    @property
    def stacked(self) -> list[tuple[int, tuple[int, int]]]:
        """(count, (out, in)) of matrices that are held in one parameter: experts."""
        return [one for layer in self.layers for one in stacked_of(layer)]

    def names_in(self, source: TensorSource) -> StoredNames:
        """The model's parameters in a checkpoint of its own, or of another level."""
        return StoredNames(self._model, self._known, source)

    def full_name(self, index: int, name: str) -> str:
        """A module's name in the model, by its name in layer `index`."""
        return f"{self._list}.{index}.{name}"

    def layer(self, index: int) -> nn.Module:
        """A copy of layer `index`, its weights still on the meta device."""
        return copy.deepcopy(self.layers[index])

    def layer_linears(self, index: int) -> list[str]:
        """The names, within layer `index`, of the linear modules that a level replaces."""
        modules = self.layers[index].named_modules()
        return [name for name, module in modules if self._converts(self.full_name(index, name), module)]

    def wanted(self, index: int) -> list[Wanted]:
        """(name in the layer, name in the model, shape) of what layer `index` holds.

        Experts that are read by themselves are not among it.
        """
        experts = self.experts[index]
        apart = experts.names if experts else frozenset()
        return [
            (name, self.full_name(index, name), tuple(tensor.shape))
            for name, tensor in self.layers[index].state_dict().items()
            if name not in apart
        ]

    def wanted_experts(self, index: int) -> list[Wanted]:
        """The same of its experts: (name in the experts' module, name in the model, whole shape)."""
        experts = self.experts[index]
        if experts is None:
            return []
        return [
            (key, self.full_name(index, f"{experts.path}.{key}"), shape)
            for key, shape in experts.shapes.items()
        ]

    def read_layer(self, index: int, names: StoredNames | None = None) -> Weights:
        """What `wanted` names, as it is stored, linear weights as [out, in]; from a source of its own,
        what that has.
        """
        source = names or self.names
        wanted = [one for one in self.wanted(index) if names is None or one[1] in names]
        found = source.weights(wanted)
        for name in self.layer_linears(index):
            if isinstance(self.layers[index].get_submodule(name), Conv1D) and f"{name}.weight" in found:
                found[f"{name}.weight"] = found[f"{name}.weight"].t().contiguous()
        return found

    def ready(self, index: int, weights: Weights, widens: bool = False) -> Weights:
        """Weights of layer `index` on the device, in the dtypes that they are computed with.

        Where a linear layer `widens` as it multiplies, its weight stays as it is stored.
        """
        narrow = {f"{name}.weight" for name in self.layer_linears(index)} if widens else ()
        held = self.layers[index].state_dict()
        return {
            key: tensor.to(
                self.device,
                None if key in narrow else self._filling.dtype(self.full_name(index, key), held[key]),
            )
            for key, tensor in weights.items()
        }

    def ready_experts(self, index: int, weights: Weights) -> Weights:
        """The same of its experts' weights, by their names in the experts' module."""
        experts = self.experts[index]
        assert experts is not None
        return {
            key: tensor.to(
                self.device,
                self._filling.dtype(self.full_name(index, f"{experts.path}.{key}"), self._nothing),
            )
            for key, tensor in weights.items()
        }

    def open_embedding(self) -> None:
        """Fill the embeddings; `close` lets them go again."""
        for name, module in self._embeddings.items():
            module.__dict__.pop("forward", None)
            self._filling.fill(name, module)

    def read_head(self) -> Weights:
        """The head's parameters as they are stored; the embedding's where the two are tied."""
        return self.names.weights(
            (key, self._tied.get(f"{self._head_name}.{key}", f"{self._head_name}.{key}"), tuple(p.shape))
            for key, p in self._head.named_parameters(recurse=False)
        )

    def open_head(self, weights: Weights) -> None:
        """Put a head of what `read_head` gave in place, without a copy where that is narrower."""
        held, widens = self._head.state_dict(), self.dtype == torch.float32
        ready = {
            key: one.to(
                self.device,
                None if widens else self._filling.dtype(joined(self._head_name, key), held[key]),
            )
            for key, one in weights.items()
        }
        self._model.set_submodule(self._head_name, Dense(ready["weight"], ready.get("bias")))

    def close(self) -> None:
        """Let embeddings and head go: from here on they answer with zeros that take no memory."""
        self._model.set_submodule(self._head_name, self._head)
        self._head.__dict__["forward"] = no_logits
        for module in self._embeddings.values():
            empty(module, self._nothing)
            width = next(module.parameters()).shape[-1]
            module.__dict__["forward"] = Empty(width, self.dtype, self.device)

    def enter(self, ids: Tensor) -> Row:
        """[1, T] token ids -> the row before the first layer, its states [1, T, H]."""
        try:
            return self._around.enter(ids)
        except NotStraight as error:
            raise self._unsupported from error

    def leave(self, ids: Tensor, row: Row, keep: Tensor) -> Tensor:
        """The row of `ids` [1, T] after the last layer -> logits [len(keep), V] at positions `keep`."""
        stubs = [module.__dict__["forward"] for module in self._embeddings.values()]
        try:
            return self._around.leave(ids, row, keep, stubs)
        except NotStraight as error:
            raise self._unsupported from error

    def ends(self) -> Iterator[tuple[str, Tensor]]:
        """(name, as it is stored) of all that is no layer, one after another; a tied head is left out."""
        for name, module in self._own_modules():
            yield from ((f"{name}.{key}", one) for key, one in self._filling.stored(name, module).items())
        if f"{self._head_name}.weight" not in self._tied:
            yield from ((f"{self._head_name}.{key}", one) for key, one in self.read_head().items())

    def _own_modules(self) -> Iterator[tuple[str, nn.Module]]:
        """Those of the text part outside of the layers that hold something themselves, less the head."""
        for name, module in self._model.named_modules():
            holds = next(module.parameters(recurse=False), None) is not None or kept_buffers(module)
            if holds and id(module) not in self._senses and module is not self._head:
                yield name, module

    def _between(self) -> list[tuple[str, nn.Module]]:
        return [pair for pair in self._own_modules() if pair[0] not in self._embeddings]

    def _fill_between(self, level: Level | None) -> None:
        for name, module in self._between():
            if level is not None and self._converts(name, module):
                read = self._filling.read(name, module)
                weight = read["weight"].t().contiguous() if isinstance(module, Conv1D) else read["weight"]
                self._model.set_submodule(name, level.linear(name, weight, read.get("bias")))
            else:
                self._filling.fill(name, module)

    def _converts(self, name: str, module: nn.Module) -> bool:
        return module is not self._head and self._loading.replaces(name, module)

    def _count(self) -> int:
        """All parameters, those of other senses too; a tied one counted once."""
        named = self._model.named_parameters()
        return sum(parameter.numel() for name, parameter in named if name not in self._tied)
