"""The shapes of a decoder-only language model, and what follows from them by counting.

Shapes are the truth: every parameter count here is a sum over tensors, never a rounded "7B".
"""

from dataclasses import dataclass, replace
from functools import cached_property

from catalog.models.architecture import PLAIN, Traits
from catalog.models.counted import Cache, Counted, Layers
from catalog.models.counted import Linear as Linear


@dataclass(frozen=True)
class ModelSpec:
    """Shapes of one model. `context` is the native context in tokens, widths are in elements.

    `local_layers` lists the layers whose attention sees only the last `sliding_window` tokens. `counted`
    is there where the layers follow from no formula: then it says what they are, and the traits are
    those of a plain block.
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
    counted: Counted | None = None

    @classmethod
    def of(cls, counted: Counted, name: str) -> "ModelSpec":
        """The shapes of a model that was counted on its own class."""
        return cls(
            name=name,
            architecture=counted.model_type,
            layers=max(1, sum(len(group.indices) for group in counted.groups)),
            hidden=counted.hidden,
            intermediate=counted.mlp_width,
            heads=counted.heads,
            kv_heads=counted.kv_heads,
            head_dim=counted.head_dim,
            vocabulary=counted.vocabulary,
            tied=counted.tied,
            context=counted.context,
            traits=replace(PLAIN, eager=counted.scores),
            sliding_window=min(
                (group.cache.window for group in counted.groups if group.cache.window), default=None
            ),
            counted=counted,
        )

    def __hash__(self) -> int:
        """Of a few fields that tell models apart: a spec is the key of many tables."""
        return hash((self.name, self.layers, self.hidden, self.vocabulary))

    @cached_property
    def groups(self) -> tuple[Layers, ...]:
        """The decoder's layers, those that are alike together."""
        if self.counted:
            return self.counted.groups
        matrices = self._attention() + self._mlp()
        cache = Cache("full", 2 * self.kv_width)
        local = replace(cache, kind="sliding", window=self.sliding_window)
        full = tuple(sorted(set(range(self.layers)) - set(self.local_layers)))
        groups = (Layers(self.local_layers, matrices, local), Layers(full, matrices, cache))
        return tuple(group for group in groups if group.indices)

    def linears(self) -> tuple[Linear, ...]:
        """The linear layers of one decoder layer, the largest, named as in transformers."""
        return self._largest_layer

    @cached_property
    def _largest_layer(self) -> tuple[Linear, ...]:
        return max(self.groups, key=lambda group: group.weights).linears if self.groups else ()

    def all_linears(self) -> tuple[Linear, ...]:
        """Each kind of linear layer once, `count` being its copies in the whole model."""
        return self._kinds_of_linears

    @cached_property
    def _kinds_of_linears(self) -> tuple[Linear, ...]:
        kinds: dict[Linear, int] = {replace(x, count=1): x.count for x in self.linears_outside}
        for group in self.groups:
            for linear in group.linears:
                one = replace(linear, count=1)
                kinds[one] = kinds.get(one, 0) + linear.count * len(group.indices)
        return tuple(replace(linear, count=count) for linear, count in kinds.items())

    @property
    def linears_outside(self) -> tuple[Linear, ...]:
        """Those of the text part that stand in no layer, without embedding and head."""
        return self.counted.outside if self.counted else ()

    @cached_property
    def largest_matrix(self) -> int:
        """Weights of the largest matrix of a layer, one expert's where there are several."""
        return max((linear.inputs * linear.outputs for linear in self.linears()), default=0)

    @cached_property
    def parameters(self) -> int:
        """Every parameter, exactly; a tied head is counted once."""
        return self.quantized_parameters + self.unquantized_parameters

    @property
    def parameters_vision(self) -> int:
        """Those outside of the text part of a model with other senses, which no level quantizes."""
        return self.counted.vision if self.counted else 0

    @property
    def parameters_text(self) -> int:
        """Those of the text part, to which levels, caches and adapters apply."""
        return self.parameters - self.parameters_vision

    @property
    def parameters_active(self) -> int | None:
        """Those of the text part that one token goes through; None where that is not known."""
        return self.counted.active if self.counted else self.parameters

    @property
    def unknown(self) -> tuple[str, ...]:
        """What could not be counted: what the record names, and the activations of its block."""
        return (*self.counted.unknown, "activations") if self.counted else ()

    @cached_property
    def quantized_parameters(self) -> int:
        """Weights of the linear layers, embedding and head left out: what a quantizer may replace."""
        return sum(linear.weights for linear in self.all_linears())

    @cached_property
    def routed_parameters(self) -> int:
        """Weights of the experts that a router chooses among."""
        return sum(linear.weights for linear in self.all_linears() if linear.routed)

    @cached_property
    def routed_share(self) -> float:
        """Of those the share that one token goes through; all of them where that is not known."""
        if self.parameters_active is None or not self.routed_parameters:
            return 1.0
        always = self.parameters_text - self.routed_parameters
        return max(0, self.parameters_active - always) / self.routed_parameters

    @cached_property
    def layers_with_experts(self) -> int:
        """How many layers have such experts."""
        return sum(
            len(group.indices) for group in self.groups if any(linear.routed for linear in group.linears)
        )

    @cached_property
    def unquantized_parameters(self) -> int:
        """Embedding, untied head, norms, biases and routers, and the parts of other senses."""
        if self.counted:
            return self.counted.parameters - self.quantized_parameters
        head = 0 if self.tied else self.embedding_parameters
        biases = sum(linear.biases for linear in self.all_linears())
        return (
            self.embedding_parameters
            + head
            + (self.vocabulary if self.traits.head_bias else 0)
            + biases
            + self._norm_parameters()
        )

    @property
    def wide_parameters(self) -> int:
        """Those of the unquantized that are float32 at 16 bits too."""
        return self.counted.wide if self.counted else 0

    @property
    def buffer_bytes(self) -> int:
        """Of what a checkpoint holds beside parameters, such as what balances experts."""
        return self.counted.buffers if self.counted else 0

    @property
    def embedding_parameters(self) -> int:
        return self.counted.embedding if self.counted else self.vocabulary * self.hidden

    @property
    def multiplied_parameters(self) -> int:
        """Parameters multiplied per token: the active ones without the embedding table."""
        active = self.parameters_text if self.parameters_active is None else self.parameters_active
        return active - (0 if self.tied else self.embedding_parameters)

    @property
    def query_width(self) -> int:
        """Elements of the query of one token in one layer."""
        return self.heads * self.head_dim

    @property
    def kv_width(self) -> int:
        """Elements of the key, or of the value, of one token in one layer."""
        return self.kv_heads * self.head_dim

    def _attention(self) -> tuple[Linear, ...]:
        h, q, kv, traits = self.hidden, self.query_width, self.kv_width, self.traits
        widths = (q, kv, kv) if len(traits.qkv) == 3 else (q + 2 * kv,)
        return (
            *(
                Linear(name, "qkv", h, width, bias=traits.qkv_bias)
                for name, width in zip(traits.qkv, widths, strict=True)
            ),
            Linear(traits.output, "output", q, h, bias=traits.output_bias),
        )

    def _mlp(self) -> tuple[Linear, ...]:
        h, i, mlp, bias = self.hidden, self.intermediate, self.traits.mlp, self.traits.mlp_bias
        down = Linear(mlp.down, "down", i, h, bias=bias)
        if not mlp.gated:
            return (*(Linear(up, "up", h, i, bias=bias) for up in mlp.up), down)
        if len(mlp.up) == 1:
            return (Linear(mlp.up[0], "gate", h, 2 * i, bias=bias), down)
        gate, up = mlp.up
        return (Linear(gate, "gate", h, i, bias=bias), Linear(up, "up", h, i, bias=bias), down)

    def _norm_parameters(self) -> int:
        width = self.hidden * self.traits.norm.parameters
        on_heads = {
            "": 0,
            "head": 2 * self.head_dim,
            "head-with-bias": 4 * self.head_dim,
            "width": self.query_width + self.kv_width,
        }
        per_layer = self.traits.norms_per_layer * width + on_heads[self.traits.qk_norm]
        return self.layers * per_layer + width
