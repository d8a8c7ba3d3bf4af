"""The layers of a model, and what a model is known by that was counted on its own class.

The record is made by `probes.shapes` and read here, so that what is known of a configuration nobody
wrote a formula for is known without its library.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any, Literal

SCHEMA = 2
"""Of the record's JSON; part of the name it is kept by."""

Part = Literal["qkv", "output", "gate", "up", "down"]
CacheKind = Literal["none", "full", "sliding", "chunked", "latent", "state"]


@dataclass(frozen=True)
class Linear:
    """A weight matrix that a quantizer may touch; `count` copies of it in the layer (experts).

    `part` is what it does: the attention's projections of its input ("qkv") and of its output, the MLP's
    "gate" (with "up" beside it or fused into it), "up" and "down". `stacked`: its copies are one
    three-dimensional parameter, as transformers holds experts, and no module of their own. `kept`: it is
    of a class of its own or named among those to keep, so that what replaces linear layers leaves it.
    `wide`: it is float32 at 16 bits too, unless it is quantized.
    """

    name: str
    part: Part
    inputs: int
    outputs: int
    count: int = 1
    bias: bool = False
    stacked: bool = False
    kept: bool = False
    wide: bool = False

    @property
    def weights(self) -> int:
        return self.inputs * self.outputs * self.count

    @property
    def in_mlp(self) -> bool:
        return self.part in ("gate", "up", "down")

    @property
    def routed(self) -> bool:
        """Whether it belongs to experts that a router chooses among."""
        return "experts" in self.name and "shared" not in self.name

    @property
    def biases(self) -> int:
        return self.outputs * self.count if self.bias else 0


@dataclass(frozen=True)
class Cache:
    """What one layer keeps of a sequence: elements per token, of the last `window` tokens only where it
    has one (sliding and chunked attention), and `state_bytes` however long the sequence is.
    """

    kind: CacheKind = "none"
    per_token: int = 0
    window: int | None = None
    state_bytes: int = 0

    def elements(self, tokens: int, prompt: int = 1, piece: int = 1) -> int:
        """Elements kept of a sequence of so many tokens, the state left out.

        A window is cut out of what lay there when a `piece` of the `prompt` had come in: until the next
        tokens come, the whole of it stays.
        """
        if self.window is None:
            return self.per_token * tokens
        return self.per_token * max(min(tokens, self.window), min(prompt, self.window - 1 + piece))


@dataclass(frozen=True)
class Layers:
    """Decoder layers that are alike: their indices, the matrices of one of them, its cache."""

    indices: tuple[int, ...]
    linears: tuple[Linear, ...]
    cache: Cache

    @cached_property
    def weights(self) -> int:
        """Of the matrices of one of them."""
        return sum(linear.weights for linear in self.linears)


@dataclass(frozen=True)
class Counted:
    """One class of transformers with one configuration, counted.

    `parameters` are those of the whole class, of which `vision` are outside of its text part (projectors
    and other senses included); a tied head counts once. `active` are those of the text part that one token
    goes through, None where that is not known. `mlp_width` is what a token's MLP is wide, its experts
    together, `embedding` the parameters of the token table, `tied` that no head of its own stands beside
    it, `scores` whether the attention holds all its scores (a soft cap). `unknown` names what could not be
    counted: `cache`, `active`, or `config.FIELD`. `outside` are the matrices of the text part that stand in
    no layer, embedding and head left out; `wide` counts the parameters in no matrix that are float32 at 16
    bits too, and `buffers` the bytes of the buffers that a checkpoint holds.
    """

    class_name: str
    model_type: str
    parameters: int
    vision: int
    active: int | None
    embedding: int
    vocabulary: int
    hidden: int
    mlp_width: int
    heads: int
    kv_heads: int
    head_dim: int
    context: int
    tied: bool
    scores: bool
    groups: tuple[Layers, ...]
    unknown: tuple[str, ...] = ()
    outside: tuple[Linear, ...] = ()
    wide: int = 0
    buffers: int = 0

    def to_json(self) -> dict[str, Any]:
        """As it is written down; `from_json` reads it back as the same."""
        return asdict(self)

    @classmethod
    def from_json(cls, written: Mapping[str, Any]) -> "Counted":
        """Of what `to_json` wrote; KeyError, TypeError or ValueError for anything else."""
        groups = tuple(
            Layers(
                tuple(group["indices"]),
                tuple(Linear(**linear) for linear in group["linears"]),
                Cache(**group["cache"]),
            )
            for group in written["groups"]
        )
        outside = tuple(Linear(**linear) for linear in written.get("outside", ()))
        unknown = tuple(written["unknown"])
        return cls(**{**written, "groups": groups, "unknown": unknown, "outside": outside})
