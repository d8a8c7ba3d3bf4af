"""What one record says of an architecture, and how its configuration is read.

A configuration is read as transformers' class for it reads it: what the file leaves out has the class's
default, which differs between architectures.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal, NamedTuple

from catalog.problem import Problem

Config = Mapping[str, Any]
STRANGE = re.compile(
    r"(vision|visual|image|audio|video|speech)_(config|length|size|tower)|mm_.*|.*experts?"
)
"""Names of fields that change what a model is made of: where nobody reads them, that is said."""
QkNorm = Literal["", "head", "head-with-bias", "width"]
"""A norm on queries and keys: none, one scale for all heads (with a bias), or a scale for each element."""

Rotation = Literal["stream", "angles-in-float32", "float32"]
"""What queries and keys are rotated in: the stream's type, that by float32 angles, or float32."""


class Norm(NamedTuple):
    """`parameters` for each element of the stream; `copies`: it works on, and saves, a float32 copy."""

    parameters: int
    copies: bool


RMS = Norm(1, copies=True)


class Mlp(NamedTuple):
    """The matrices of an MLP by name, those from the residual stream first, gate before up.

    Per token and element of the MLP's width: `alive` elements at the fullest moment of a forward pass,
    `saved` by autograd for the backward pass, the input of `down` left out (an adapter there keeps it).
    """

    up: tuple[str, ...]
    down: str
    gated: bool
    alive: int
    saved: int


GATED = Mlp(("mlp.gate_proj", "mlp.up_proj"), "mlp.down_proj", gated=True, alive=3, saved=3)


@dataclass(frozen=True)
class Traits:
    """How a decoder layer is made, beyond its widths. `qkv` and `output` name the attention's matrices.

    `parallel`: attention and MLP read the same normed input. `rotary_fraction` is the share of a head
    that is rotated. `eager`: no fused kernel knows its soft cap, so that all scores are held.
    `beside_mlp` counts the tensors as wide as the stream that live while the MLP works: the residual and
    the normed input, one where norms come last, or what the modelling code's names hold besides.
    """

    qkv: tuple[str, ...] = ("self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj")
    output: str = "self_attn.o_proj"
    mlp: Mlp = GATED
    qkv_bias: bool = False
    output_bias: bool = False
    mlp_bias: bool = False
    head_bias: bool = False
    norms_per_layer: int = 2
    norm: Norm = RMS
    qk_norm: QkNorm = ""
    parallel: bool = False
    rotary_fraction: float = 1.0
    rotation: Rotation = "stream"
    eager: bool = False
    beside_mlp: int = 2


PLAIN = Traits()
"""Llama's."""


class Window(NamedTuple):
    """Attention to the last `sliding_window` tokens only: in which layers, where the class has one.

    `local` tells them from the configuration; `by_layer` is whether a written `layer_types` decides
    instead, `flag` the field without which the window is not used.
    """

    local: "Callable[[Fields, int], Iterable[int]]"
    by_layer: bool = True
    flag: str = ""


@dataclass(frozen=True)
class Architecture:
    """One `model_type`: what counts it, what the engine and the memory model need, how it is configured.

    `defaults` are its configuration class's own for absent fields. `switches` are flags of the file and
    the traits that each turns on; `traits` are those with every switch off. `fields` are names in the
    file where they are not the usual ones, `derived` fields that the class computes whatever the file
    says, `fixed` those that must have one value if written. `classes` are the names of its language
    models in small letters, one like the type's own unless told. `written` goes into every configuration
    made from shapes.
    """

    name: str
    traits: Traits = PLAIN
    defaults: Config = field(default_factory=dict)
    switches: Mapping[str, Config] = field(default_factory=dict)
    window: Window | None = None
    fields: Mapping[str, str] = field(default_factory=dict)
    derived: frozenset[str] = frozenset()
    fixed: Config = field(default_factory=dict)
    classes: tuple[str, ...] = ()
    # transformers' own ids lie outside small vocabularies.
    written: Config = field(
        default_factory=lambda: {"pad_token_id": 0, "bos_token_id": 0, "eos_token_id": 0}
    )

    def read(self, config: Config) -> "Fields":
        """The fields of a configuration; Problem("config-unsupported", field=) for one of another kind."""
        fields = Fields(self, config)
        named = config.get("architectures") or ()
        if named and (not isinstance(named, list) or not self._is_own(str(named[0]))):
            raise fields.unsupported("architectures")
        for name, value in config.items():
            if value and STRANGE.fullmatch(name):
                raise fields.unsupported(name)
        for name, expected in self.fixed.items():
            if bool(config.get(name, expected)) is not expected:
                raise fields.unsupported(name)
        return fields

    def _is_own(self, class_name: str) -> bool:
        """Whether that is the language model of this type: itself, with a head, and nothing else."""
        own = self.classes or (f"{self.name}forcausallm",)
        return class_name.lower().replace("_", "") in [name.replace("_", "") for name in own]

    def traits_of(self, fields: "Fields") -> Traits:
        """The traits that a configuration asks for; those of the class's defaults where it is empty."""
        on: dict[str, Any] = {"rotary_fraction": fields.rotary_fraction()}
        for flag, traits in self.switches.items():
            if fields.get(flag):
                on |= traits
        return replace(self.traits, **on)

    def sliding_window(self, fields: "Fields") -> int | None:
        """The width of the local layers' attention in tokens, None where none is used."""
        if self.window is None or (self.window.flag and not fields.get(self.window.flag)):
            return None
        return None if fields.get("sliding_window") is None else fields.number("sliding_window")

    def local_layers(self, fields: "Fields", layers: int, window: int | None) -> tuple[int, ...]:
        """The layers whose attention sees only the last `window` tokens."""
        if window is None or self.window is None:
            return ()
        kinds = fields.get("layer_types")
        if self.window.by_layer and isinstance(kinds, list):
            return tuple(index for index, kind in enumerate(kinds) if kind == "sliding_attention")
        return tuple(self.window.local(fields, layers))


class Fields:
    """A configuration as the class of its architecture reads it."""

    def __init__(self, architecture: Architecture, written: Config) -> None:
        self._architecture, self._written = architecture, written

    def name(self, field: str) -> str:
        """What the file calls it."""
        return self._architecture.fields.get(field, field)

    def get(self, field: str) -> Any:
        """Its value: the file's, or the class's default; None where neither has one or the file is null."""
        if field in self._architecture.derived:
            return None
        return self._written.get(self.name(field), self._architecture.defaults.get(field))

    def number(self, field: str, otherwise: int | None = None, least: int = 1) -> int:
        """A whole number, `least` or more, `otherwise` in place of None; Problem("config-unsupported")."""
        value = self.get(field)
        value = otherwise if value is None else value
        if isinstance(value, bool) or not isinstance(value, int) or value < least:
            raise self.unsupported(self.name(field))
        return value

    def rotary_fraction(self) -> float:
        """The share of a head that is rotated; transformers 5 writes it among the `rope_parameters`."""
        rope = self.get("rope_parameters")
        nested = rope.get("partial_rotary_factor") if isinstance(rope, dict) else None
        value = self.get("partial_rotary_factor") if nested is None else nested
        if value is not None and not isinstance(value, int | float):
            raise self.unsupported("partial_rotary_factor")
        return 1.0 if value is None else float(value)

    def unsupported(self, field: str) -> Problem:
        """That a field is missing, or not what this architecture has there."""
        return Problem("config-unsupported", architecture=str(self._written.get("model_type")), field=field)
