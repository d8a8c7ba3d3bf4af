"""From published ChatGLM tensor names to those of the native architectures, tensor by tensor.

ChatGLM2 and 3 become transformers' Glm: names change, and the rows of `query_key_value` (all query heads,
then all key groups, then all value groups) are cut in three. ChatGLM-6B keeps its names. Rotary
frequencies are left out (they are computed), and so is ChatGLM-6B's head, which is its embedding.
"""

import re
from dataclasses import dataclass
from math import prod

import torch

from catalog.models.stored_tensors import Shape
from catalog.problem import Problem
from probes.chatglm.config import Family, Published
from probes.checkpoint.tensors import Tensors, times

_OUTER = {
    "model.embed_tokens.weight": "transformer.embedding.word_embeddings.weight",
    "model.norm.weight": "transformer.encoder.final_layernorm.weight",
    "lm_head.weight": "transformer.output_layer.weight",
}
_INNER = {
    "input_layernorm.weight": "input_layernorm.weight",
    "self_attn.o_proj.weight": "self_attention.dense.weight",
    "post_attention_layernorm.weight": "post_attention_layernorm.weight",
    "mlp.gate_up_proj.weight": "mlp.dense_h_to_4h.weight",
    "mlp.down_proj.weight": "mlp.dense_4h_to_h.weight",
}
_PROJECTIONS = ("q_proj", "k_proj", "v_proj")
_LAYER = re.compile(r"model\.layers\.(\d+)\.(.+)")
_FIRST_EMBEDDING = "transformer.word_embeddings.weight"


@dataclass(frozen=True)
class Origin:
    """A native tensor is `rows` (None: all) of the published tensor `name`, which has `shape`."""

    name: str
    shape: Shape
    rows: slice | None = None


def native_shapes(published: Published) -> dict[str, Shape]:
    """Every native name -> shape, in the order of the model. Their sizes sum to the parameter count."""
    return _first_shapes(published) if published.family is Family.FIRST else _glm_shapes(published)


def parameter_count(published: Published) -> int:
    """Exact number of parameters, tied ones once."""
    return sum(prod(shape) for shape in native_shapes(published).values())


def layer_names(published: Published, layer: int) -> tuple[str, ...]:
    """The native names of one decoder layer's tensors."""
    first = published.family is Family.FIRST
    prefix = f"transformer.layers.{layer}." if first else f"model.layers.{layer}."
    return tuple(name for name in native_shapes(published) if name.startswith(prefix))


def origin(published: Published, name: str) -> Origin:
    """The published tensor, and its rows, that make the native tensor `name`; KeyError if none does."""
    shape = native_shapes(published)[name]
    if published.family is Family.FIRST:
        return Origin(name, shape)
    if name in _OUTER:
        return Origin(_OUTER[name], shape)
    match = _LAYER.fullmatch(name)
    if match is None:
        raise KeyError(name)
    prefix = f"transformer.encoder.layers.{match[1]}."
    part = match[2]
    if part in _INNER:
        return Origin(prefix + _INNER[part], shape)
    _, projection, kind = part.split(".")
    start, stop, whole = _rows(published)[projection]
    packed = (whole, *shape[1:])
    return Origin(f"{prefix}self_attention.query_key_value.{kind}", packed, slice(start, stop))


class NativeTensors:
    """A published checkpoint under native names (a TensorSource): one tensor at a time."""

    def __init__(self, tensors: Tensors, published: Published) -> None:
        self.directory = tensors.directory
        self._tensors = tensors
        self._shapes = native_shapes(published)
        self._origins = {name: origin(published, name) for name in self._shapes}
        for place in self._origins.values():
            if place.name not in tensors:
                self._refuse(place.name)

    def names(self) -> tuple[str, ...]:
        """Every native name, those that lie in one shard together."""
        order = {name: place for place, name in enumerate(self._tensors.names())}
        return tuple(sorted(self._origins, key=lambda name: order[self._origins[name].name]))

    def shape(self, name: str) -> Shape:
        """The native shape."""
        self._known(name)
        return self._shapes[name]

    def dtype(self, name: str) -> torch.dtype:
        """The stored dtype."""
        return self._tensors.dtype(self._known(name).name)

    def load(self, name: str, rows: slice | None = None, shape: Shape | None = None) -> torch.Tensor:
        """The native tensor or some of its rows, as probes.checkpoint.tensors.Tensors gives them.

        Problem("tensor-shape") where the file contradicts its configuration (or `shape`).
        """
        place = self._known(name)
        if shape is not None and tuple(shape) != self._shapes[name]:
            self._contradict(name, shape, self._shapes[name])
        tensor = self._tensors.load(place.name, place.rows, place.shape)
        return tensor if rows is None else tensor[rows]

    def __contains__(self, name: object) -> bool:
        return name in self._shapes

    def reads_rows(self, name: str) -> bool:
        """Whether some rows are read without the others."""
        return True

    def close(self) -> None:
        """Let the open shard go."""
        self._tensors.close()

    def check(self) -> None:
        """Compare all shapes with those stored, from the headers alone: Problem("tensor-shape")."""
        for name in self.names():
            place = self._origins[name]
            found = self._tensors.shape(place.name)
            if found != place.shape:
                self._contradict(place.name, place.shape, found)

    def _known(self, name: str) -> Origin:
        if name not in self._origins:
            self._refuse(name)
        return self._origins[name]

    def _refuse(self, name: str) -> None:
        raise Problem("tensor-missing", tensor=name, path=str(self.directory))

    def _contradict(self, name: str, wanted: Shape, found: Shape) -> None:
        raise Problem(
            "tensor-shape",
            tensor=name,
            path=str(self.directory),
            expected=times(wanted),
            found=times(found),
        )


def _rows(published: Published) -> dict[str, tuple[int, int, int]]:
    """Projection -> first row, last row + 1, and all rows of `query_key_value`."""
    queries, groups = published.heads * published.head_dim, published.kv_heads * published.head_dim
    edges = (0, queries, queries + groups, queries + 2 * groups)
    return {
        name: (start, stop, edges[-1])
        for name, start, stop in zip(_PROJECTIONS, edges, edges[1:], strict=False)
    }


def _glm_shapes(published: Published) -> dict[str, Shape]:
    hidden, inner = published.hidden, published.intermediate
    shapes: dict[str, Shape] = {"model.embed_tokens.weight": (published.vocabulary, hidden)}
    for layer in range(published.layers):
        prefix = f"model.layers.{layer}."
        shapes[f"{prefix}input_layernorm.weight"] = (hidden,)
        for name, (start, stop, _) in _rows(published).items():
            shapes[f"{prefix}self_attn.{name}.weight"] = (stop - start, hidden)
            if published.options.get("add_qkv_bias", True):
                shapes[f"{prefix}self_attn.{name}.bias"] = (stop - start,)
        shapes[f"{prefix}self_attn.o_proj.weight"] = (hidden, published.heads * published.head_dim)
        shapes[f"{prefix}post_attention_layernorm.weight"] = (hidden,)
        shapes[f"{prefix}mlp.gate_up_proj.weight"] = (2 * inner, hidden)
        shapes[f"{prefix}mlp.down_proj.weight"] = (hidden, inner)
    shapes["model.norm.weight"] = (hidden,)
    shapes["lm_head.weight"] = (published.vocabulary, hidden)
    return shapes


def _first_shapes(published: Published) -> dict[str, Shape]:
    hidden, inner = published.hidden, published.intermediate
    linears = {
        "attention.query_key_value": (3 * hidden, hidden),
        "attention.dense": (hidden, hidden),
        "mlp.dense_h_to_4h": (inner, hidden),
        "mlp.dense_4h_to_h": (hidden, inner),
    }
    shapes: dict[str, Shape] = {_FIRST_EMBEDDING: (published.vocabulary, hidden)}
    for layer in range(published.layers):
        prefix = f"transformer.layers.{layer}."
        for norm in ("input_layernorm", "post_attention_layernorm"):
            shapes[f"{prefix}{norm}.weight"] = shapes[f"{prefix}{norm}.bias"] = (hidden,)
        for name, shape in linears.items():
            shapes[f"{prefix}{name}.weight"], shapes[f"{prefix}{name}.bias"] = shape, shape[:1]
    shapes["transformer.final_layernorm.weight"] = shapes["transformer.final_layernorm.bias"] = (hidden,)
    return shapes
