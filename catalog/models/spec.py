"""The shapes of a decoder-only language model, and what follows from them by counting.

Shapes are the truth: every parameter count here is a sum over tensors, never a rounded "7B".
"""

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal

from catalog.models.architecture import PLAIN, Traits


@dataclass(frozen=True)
class Linear:
    """A weight matrix that a quantizer may touch; `count` copies of it in the layer (experts).

    `part` is what it does: the attention's projections of its input ("qkv") and of its output, the MLP's
    "gate" (with "up" beside it or fused into it), "up" and "down".
    """

    name: str
    part: Literal["qkv", "output", "gate", "up", "down"]
    inputs: int
    outputs: int
    count: int = 1
    bias: bool = False

    @property
    def weights(self) -> int:
        return self.inputs * self.outputs * self.count

    @property
    def in_mlp(self) -> bool:
        return self.part in ("gate", "up", "down")

    @property
    def biases(self) -> int:
        return self.outputs * self.count if self.bias else 0


@dataclass(frozen=True)
class Mla:
    """Multi-head latent attention (DeepSeek-V2, arXiv:2405.04434): ranks and head widths."""

    kv_rank: int
    rope_dim: int
    nope_dim: int
    value_dim: int
    q_rank: int | None = None


@dataclass(frozen=True)
class Experts:
    """Mixture of experts: the first `dense_layers` layers keep the plain MLP."""

    routed: int
    per_token: int
    intermediate: int
    shared: int = 0
    dense_layers: int = 0


@dataclass(frozen=True)
class ModelSpec:
    """Shapes of one model. `context` is the native context in tokens, widths are in elements.

    `local_layers` lists the layers whose attention sees only the last `sliding_window` tokens.
    """

    name: str
    architecture: str
    layers: int
    hidden: int
    intermediate: int
    heads: int
    kv_heads: int
    head_dim: int
    vocabulary: int
    tied: bool
    context: int
    traits: Traits = PLAIN
    sliding_window: int | None = None
    local_layers: tuple[int, ...] = ()
    mla: Mla | None = None
    experts: Experts | None = None

    def __hash__(self) -> int:
        """Of a few fields that tell models apart: a spec is the key of many tables."""
        return hash((self.name, self.layers, self.hidden, self.vocabulary))

    def linears(self, layer: int | None = None) -> tuple[Linear, ...]:
        """The linear layers of one decoder layer, named as in transformers.

        Without `layer` it is the last one, which is like every other except in models whose
        first layers are dense and the rest mixtures of experts.
        """
        return self._last_linears if layer is None else self._attention() + self._mlp(layer)

    @cached_property
    def _last_linears(self) -> tuple[Linear, ...]:
        return self._attention() + self._mlp(self.layers - 1)

    def all_linears(self) -> tuple[Linear, ...]:
        """Each kind of linear layer once, `count` being its copies in the whole model."""
        return self._kinds_of_linears

    @cached_property
    def _kinds_of_linears(self) -> tuple[Linear, ...]:
        kinds: dict[Linear, int] = {}
        for layers, layer in self._layer_groups():
            for linear in self.linears(layer):
                one = replace(linear, count=1)
                kinds[one] = kinds.get(one, 0) + linear.count * layers
        return tuple(replace(linear, count=count) for linear, count in kinds.items())

    @cached_property
    def largest_matrix(self) -> int:
        """Weights of the largest matrix of a layer, one expert's where there are several."""
        return max(linear.inputs * linear.outputs for linear in self.linears())

    @cached_property
    def parameters(self) -> int:
        """Every parameter, exactly; a tied head is counted once."""
        return self.quantized_parameters + self.unquantized_parameters

    @cached_property
    def quantized_parameters(self) -> int:
        """Weights of the linear layers inside the decoder layers: what a quantizer replaces."""
        return sum(linear.weights for linear in self.all_linears())

    @cached_property
    def unquantized_parameters(self) -> int:
        """Embedding, untied head, norms, biases and routers."""
        head = 0 if self.tied else self.embedding_parameters
        biases = sum(linear.biases for linear in self.all_linears())
        return (
            self.embedding_parameters
            + head
            + (self.vocabulary if self.traits.head_bias else 0)
            + biases
            + self._norm_parameters()
            + self._router_parameters()
        )

    @property
    def embedding_parameters(self) -> int:
        return self.vocabulary * self.hidden

    @cached_property
    def active_parameters(self) -> int:
        """Parameters multiplied per token: without the embedding table and the idle experts."""
        table = 0 if self.tied else self.embedding_parameters
        if self.experts is None:
            return self.parameters - table
        expert_layers = self.layers - self.experts.dense_layers
        idle = self.experts.routed - self.experts.per_token
        return self.parameters - table - 3 * self.hidden * self.experts.intermediate * idle * expert_layers

    @property
    def query_width(self) -> int:
        """Elements of the query of one token in one layer."""
        if self.mla:
            return self.heads * (self.mla.nope_dim + self.mla.rope_dim)
        return self.heads * self.head_dim

    @property
    def kv_width(self) -> int:
        """Elements of the key, or of the value, of one token in one layer."""
        return self.kv_heads * self.head_dim

    def _layer_groups(self) -> tuple[tuple[int, int], ...]:
        """(how many layers, the index of one of them) for each kind of layer."""
        dense = self.experts.dense_layers if self.experts else 0
        groups = ((dense, 0), (self.layers - dense, self.layers - 1))
        return tuple(group for group in groups if group[0])

    def _attention(self) -> tuple[Linear, ...]:
        if self.mla:
            return self._latent_attention(self.mla)
        h, q, kv, traits = self.hidden, self.query_width, self.kv_width, self.traits
        widths = (q, kv, kv) if len(traits.qkv) == 3 else (q + 2 * kv,)
        return (
            *(
                Linear(name, "qkv", h, width, bias=traits.qkv_bias)
                for name, width in zip(traits.qkv, widths, strict=True)
            ),
            Linear(traits.output, "output", q, h, bias=traits.output_bias),
        )

    def _latent_attention(self, mla: Mla) -> tuple[Linear, ...]:
        h, q = self.hidden, self.query_width
        if mla.q_rank is None:
            queries: tuple[Linear, ...] = (Linear("self_attn.q_proj", "qkv", h, q),)
        else:
            queries = (
                Linear("self_attn.q_a_proj", "qkv", h, mla.q_rank, bias=self.traits.qkv_bias),
                Linear("self_attn.q_b_proj", "qkv", mla.q_rank, q),
            )
        expanded = self.heads * (mla.nope_dim + mla.value_dim)
        return (
            *queries,
            Linear(
                "self_attn.kv_a_proj_with_mqa",
                "qkv",
                h,
                mla.kv_rank + mla.rope_dim,
                bias=self.traits.qkv_bias,
            ),
            Linear("self_attn.kv_b_proj", "qkv", mla.kv_rank, expanded),
            Linear(
                "self_attn.o_proj", "output", self.heads * mla.value_dim, h, bias=self.traits.output_bias
            ),
        )

    def _mlp(self, layer: int) -> tuple[Linear, ...]:
        if self.experts and layer >= self.experts.dense_layers:
            return self._expert_mlp(self.experts)
        h, i, mlp, bias = self.hidden, self.intermediate, self.traits.mlp, self.traits.mlp_bias
        down = Linear(mlp.down, "down", i, h, bias=bias)
        if not mlp.gated:
            return (*(Linear(up, "up", h, i, bias=bias) for up in mlp.up), down)
        if len(mlp.up) == 1:
            return (Linear(mlp.up[0], "gate", h, 2 * i, bias=bias), down)
        gate, up = mlp.up
        return (Linear(gate, "gate", h, i, bias=bias), Linear(up, "up", h, i, bias=bias), down)

    def _expert_mlp(self, experts: Experts) -> tuple[Linear, ...]:
        h, i = self.hidden, experts.intermediate
        routed = (
            Linear("mlp.experts.gate_proj", "gate", h, i, experts.routed),
            Linear("mlp.experts.up_proj", "up", h, i, experts.routed),
            Linear("mlp.experts.down_proj", "down", i, h, experts.routed),
        )
        if not experts.shared:
            return routed
        wide = i * experts.shared
        return (
            *routed,
            Linear("mlp.shared_experts.gate_proj", "gate", h, wide),
            Linear("mlp.shared_experts.up_proj", "up", h, wide),
            Linear("mlp.shared_experts.down_proj", "down", wide, h),
        )

    def _norm_parameters(self) -> int:
        width = self.hidden * self.traits.norm.parameters
        on_heads = {
            "": 0,
            "head": 2 * self.head_dim,
            "head-with-bias": 4 * self.head_dim,
            "width": self.query_width + self.kv_width,
        }
        per_layer = self.traits.norms_per_layer * width + on_heads[self.traits.qk_norm]
        if self.mla:
            per_layer += self.mla.kv_rank + (self.mla.q_rank or 0)
        return self.layers * per_layer + width

    def _router_parameters(self) -> int:
        if self.experts is None:
            return 0
        return (self.layers - self.experts.dense_layers) * self.experts.routed * self.hidden
