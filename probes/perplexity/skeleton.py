"""A causal language model without its weights: transformers' own code, layers built one at a time.

The modules live on the meta device. Only embedding, final norm and head are ever filled here, and what
happens around the layers (scaled embeddings, masks, rotary angles, soft-capped logits) is transformers'
own forward pass: for it the layers are stand-ins that note how they are called.
"""

import copy
import threading
from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor, nn
from transformers import AutoModelForCausalLM, PretrainedConfig
from transformers.initialization import no_init_weights

from catalog.models.architectures import scored
from catalog.problem import Problem
from probes.checkpoint.buffers import fill_buffers
from probes.checkpoint.tensors import TensorSource
from probes.open_checkpoint import Weights, load
from probes.quantize.dense import Dense

Call = dict[str, Any]
"""The keyword arguments a decoder layer is called with: mask, rotary angles, positions."""
Calls = dict[tuple[torch.dtype, int], list[Call]]
"""How each layer is called, by dtype and row length: rows of one length share masks and angles."""


class _StandIn(nn.Module):
    """In a layer's place: notes the call and passes the states on, or passes on given ones."""

    def __init__(self, layer: nn.Module) -> None:
        super().__init__()
        # Some models ask their layers what kind of mask they want.
        self.attention_type = getattr(layer, "attention_type", None)
        self.call: Call = {}
        self.came: Tensor | None = None
        self._own = threading.local()

    @property
    def passes(self) -> Tensor | None:
        """What is passed on instead of what came; each thread has its own."""
        return getattr(self._own, "passes", None)

    @passes.setter
    def passes(self, states: Tensor | None) -> None:
        self._own.passes = states

    def forward(self, hidden_states: Tensor, *args: Any, **kwargs: Any) -> Tensor:
        assert not args, "a decoder layer called with more than the states by position"
        if self.passes is not None:
            return self.passes
        self.call, self.came = kwargs, hidden_states
        return hidden_states


class Skeleton:
    """One architecture in one dtype on one device."""

    def __init__(
        self,
        config: PretrainedConfig,
        tensors: TensorSource,
        dtype: torch.dtype,
        device: torch.device,
    ) -> None:
        if config.model_type not in scored():
            architecture = ", ".join(config.architectures or [config.model_type])
            raise Problem(
                "architecture-unsupported", architecture=architecture, path=str(tensors.directory)
            )
        self.dtype, self.device = dtype, device
        self._tensors = tensors
        with torch.device("meta"), no_init_weights():
            self._model = AutoModelForCausalLM.from_config(config, dtype=dtype).eval()
        self._base = self._model.base_model
        self._prefix = self._model.base_model_prefix + "."
        fill_buffers(self._model, self.device)
        self.layers: list[nn.Module] = list(self._base.layers)
        self._stand_ins = [_StandIn(layer) for layer in self.layers]
        self._base.layers = nn.ModuleList(self._stand_ins)
        self._head = self._model.get_output_embeddings()
        ends = {id(self._model.get_input_embeddings()), id(self._model.get_output_embeddings())}
        self._between = {
            name: module
            for name, module in self._model.named_modules()
            if id(module) not in ends and next(module.parameters(recurse=False), None) is not None
        }
        self.parameters = self._count()
        for name, module in self._between.items():
            self._fill(module, name)

    def layer_names(self, index: int) -> list[tuple[str, str, tuple[int, ...]]]:
        """(name in the layer, name in the checkpoint, shape) of the weights of layer `index`."""
        layer = self.layers[index]
        return [
            (name, self._stored(self.full_name(index, name)), tuple(parameter.shape))
            for name, parameter in layer.named_parameters()
        ]

    def ends(self) -> list[tuple[str, str, tuple[int, ...]]]:
        """(name, name in the checkpoint, shape) of all that is no layer; a tied head is left out."""
        modules = [self._model.get_input_embeddings(), *self._between.values()]
        modules += [] if self._tied else [self._model.get_output_embeddings()]
        names = [(self._name(module), module) for module in modules]
        return [
            (f"{name}.{key}", self._stored(f"{name}.{key}"), tuple(parameter.shape))
            for name, module in names
            for key, parameter in module.named_parameters(recurse=False)
        ]

    def full_name(self, index: int, name: str) -> str:
        """A module's name in the model, by its name in layer `index`."""
        return f"{self._prefix}layers.{index}.{name}"

    def layer(self, index: int) -> nn.Module:
        """A copy of layer `index`, its weights still on the meta device."""
        return copy.deepcopy(self.layers[index])

    def layer_linears(self, index: int) -> list[str]:
        """The names, within layer `index`, of its linear modules."""
        modules = self.layers[index].named_modules()
        return [name for name, module in modules if type(module) is nn.Linear]

    @property
    def linears(self) -> list[tuple[str, tuple[int, int]]]:
        """(name, (out, in)) of the linear modules of all layers."""
        return [
            (self.full_name(index, name), (module.out_features, module.in_features))
            for index, layer in enumerate(self.layers)
            for name, module in layer.named_modules()
            if type(module) is nn.Linear
        ]

    @property
    def vocabulary(self) -> int:
        """Rows of the embedding."""
        return int(self._model.get_input_embeddings().weight.shape[0])

    def open_embedding(self) -> None:
        """Fill the embedding; `close` lets it go again."""
        self._fill(self._model.get_input_embeddings(), self._name(self._model.get_input_embeddings()))

    def read_head(self) -> Weights:
        """The head's parameters as they are stored; the embedding's where the two are tied."""
        name = self._name(self._model.get_input_embeddings() if self._tied else self._head)
        return self._read(self._head, name)

    def open_head(self, weights: Weights) -> None:
        """Put a head of what `read_head` gave in place, without a copy where that is narrower."""
        widens = self.dtype == torch.float32
        ready = {
            key: tensor.to(self.device, None if widens else self.dtype) for key, tensor in weights.items()
        }
        self._model.set_output_embeddings(Dense(ready["weight"], ready.get("bias")))

    def close(self) -> None:
        """Let embedding and head go: back to the meta device."""
        self._model.set_output_embeddings(self._head)
        embedding = self._model.get_input_embeddings()
        for name, parameter in list(embedding.named_parameters(recurse=False)):
            setattr(embedding, name, nn.Parameter(parameter.to("meta"), requires_grad=False))

    def enter(self, ids: Tensor) -> tuple[Tensor, list[Call]]:
        """[1, T] token ids -> the states that reach the first layer [1, T, H], and each layer's call."""
        for stand_in in self._stand_ins:
            stand_in.passes = None
        self._base(input_ids=ids, use_cache=False)
        first = self._stand_ins[0].came
        assert first is not None
        return first, [stand_in.call for stand_in in self._stand_ins]

    def leave(self, states: Tensor, keep: Tensor) -> Tensor:
        """The last layer's states [1, T, H] -> logits [len(keep), V] at the positions `keep`."""
        self._stand_ins[-1].passes = states
        nothing = torch.zeros_like(states)
        logits: Tensor = self._model(inputs_embeds=nothing, use_cache=False, logits_to_keep=keep).logits
        self._stand_ins[-1].passes = None
        return logits[0]

    def _count(self) -> int:
        """All parameters, a tied head counted once."""
        modules = [*self.layers, *self._between.values(), self._model.get_input_embeddings()]
        modules += [] if self._tied else [self._model.get_output_embeddings()]
        return sum(parameter.numel() for module in modules for parameter in module.parameters())

    @property
    def _tied(self) -> bool:
        return bool(self._model.config.get_text_config().tie_word_embeddings)

    def _read(self, module: nn.Module, name: str) -> Weights:
        wanted = [
            (key, self._stored(f"{name}.{key}"), tuple(parameter.shape))
            for key, parameter in module.named_parameters(recurse=False)
        ]
        return load(self._tensors, wanted)

    def _fill(self, module: nn.Module, name: str) -> None:
        for key, tensor in self._read(module, name).items():
            ready = tensor.to(self.device, self.dtype)
            setattr(module, key, nn.Parameter(ready, requires_grad=False))

    def _name(self, wanted: nn.Module) -> str:
        name: str = next(name for name, module in self._model.named_modules() if module is wanted)
        return name

    def _stored(self, name: str) -> str:
        """The checkpoint's name for a parameter: some leave out the base model's prefix."""
        bare = name.removeprefix(self._prefix)
        return bare if name not in self._tensors and bare in self._tensors else name


def fill(
    layer: nn.Module,
    weights: Weights,
    dtype: torch.dtype,
    linear: Callable[[str, Tensor, Tensor | None], nn.Module],
) -> None:
    """Give a meta layer its weights; each linear module becomes what `linear(name, weight, bias)` makes.

    All else is cast to `dtype`.
    """
    linears = {name for name, module in layer.named_modules() if type(module) is nn.Linear}
    for name in linears:
        layer.set_submodule(name, linear(name, weights[f"{name}.weight"], weights.get(f"{name}.bias")))
    for key, tensor in _others(weights, linears).items():
        owner, _, attribute = key.rpartition(".")
        setattr(layer.get_submodule(owner), attribute, nn.Parameter(tensor.to(dtype), requires_grad=False))


def _others(weights: Mapping[str, Tensor], linears: set[str]) -> Weights:
    return {key: tensor for key, tensor in weights.items() if key.rpartition(".")[0] not in linears}
