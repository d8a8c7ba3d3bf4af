"""Bytes of the tensors that live only during a pass, counted moment by moment.

Counted from the modelling code of transformers 5.23, PEFT 0.21 and bitsandbytes 0.50 by asking, at each
moment of a layer, which tensors a name or the autograd graph still refers to. Scaled-dot-product
attention holds no scores; the eager attention that a soft cap needs holds them all. How close
the counts come to an allocator's peak is in docs/memory.md.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from catalog.models.spec import Linear, ModelSpec
from catalog.quantization.levels import QuantLevel

NORM_WIDTH = 8
"""Bytes an element inside a norm: the float32 copy and its square."""
DROPPED = 1
"""Bytes an element of a dropout's mask on a card."""
REMEMBERED = 1024
"""Models and passes whose counts are kept: a verdict asks for each at every level."""


class Pass(NamedTuple):
    """One forward or backward pass: `length` tokens in each of `batch` sequences, `stream` bytes an
    element of the residual stream and `adapter` of an adapter, `on_cpu` where bitsandbytes takes its
    CPU paths. `keys` is how many tokens of a sequence are attended to where they are more than go through
    (a prompt in pieces), `fused` whether the engine's kernels read them where they lie.
    """

    length: int
    batch: int = 1
    stream: int = 2
    on_cpu: bool = False
    adapter: int = 4
    keys: int = 0
    fused: bool = False

    @property
    def seen(self) -> int:
        """Tokens of a sequence that are attended to."""
        return max(self.length, self.keys)

    @property
    def tokens(self) -> int:
        return self.length * self.batch


def forward_peak(spec: ModelSpec, level: QuantLevel, work: Pass) -> tuple[int, int]:
    """(activations, dequantization): peak bytes of a forward pass without gradients through one layer.

    The second is what the dequantized matrix adds to the first. Besides the layer's own tensors the
    embedding output and the layer's input live on, referenced by the loop over layers, as do the
    rotary tables and the masks.
    """
    tokens, (plain, held, tables) = work.tokens, _forward_moments(spec, work)
    whole = plain
    for per_token, matrix in _projections(spec, level, work.stream, work.on_cpu):
        moment = tokens * (held + per_token)
        plain = max(plain, moment)
        whole = max(whole, moment + matrix)
    return plain + tables, whole - plain


@lru_cache(maxsize=REMEMBERED)
def _forward_moments(spec: ModelSpec, work: Pass) -> tuple[int, int, int]:
    """What no level changes: bytes at the fullest moment, bytes per token while the MLP's matrices are
    multiplied (without their own), and the bytes of the tables.
    """
    h, q, i, s = spec.hidden, spec.query_width, spec.intermediate, work.stream
    held = 2 * h * s
    scores = spec.heads * work.seen if spec.traits.eager and not work.fused else 0
    normed = held + h * s
    moments = [held + NORM_WIDTH * h, normed + _rotating(spec, s)]
    softmax = 0
    if scores:
        # scores in the stream's type beside the softmax's float32, which the CPU reads from a copy
        softmax = scores * (8 if s == 4 else 10 if work.on_cpu else 8)
        moments.append(normed + s * 3 * q + softmax)
    elif _masked(spec, work):
        moments.append(normed + s * 4 * q)  # keys and values repeated for every query head
    middle = held + spec.traits.beside_mlp * h * s + scores * s
    moments.append(middle + spec.traits.mlp.alive * i * s)
    fullest = work.tokens * max(moments)
    if work.keys and not work.fused:
        fullest = max(fullest, work.tokens * (normed + s * 2 * q + softmax) + _gathered(spec, work))
    return fullest, middle, _tables(spec, work)


def _gathered(spec: ModelSpec, work: Pass) -> int:
    """Bytes of one layer's keys and values as a chunk attends to them: repeated for every query head
    where several share one, else the older keys beside the longer ones that they were copied into; and
    of the mask, which the fused kernel wants as numbers.
    """
    width = 2 * spec.query_width if spec.heads != spec.kv_heads else spec.kv_width
    mask = 0 if spec.traits.eager else work.length
    return work.stream * (width + mask) * work.seen * work.batch


def _rotating(spec: ModelSpec, stream: int) -> int:
    """Bytes per token of queries, keys and values while one is rotated: besides itself there are its
    product with cos, its rotated half, and that half's product with sin.
    """
    q, kv = spec.query_width, spec.kv_width
    if stream == 4 or spec.traits.rotation == "stream":
        return stream * max(4 * q + 2 * kv, 2 * q + 5 * kv)
    if spec.traits.rotation == "float32":
        return stream * (q + kv) + 4 * (4 * q + kv)
    return stream * (2 * q + 2 * kv) + 4 * 2 * q


@lru_cache(maxsize=4 * REMEMBERED)
def _projections(
    spec: ModelSpec, level: QuantLevel, stream: int, on_cpu: bool
) -> tuple[tuple[int, int], ...]:
    """(bytes per token, bytes of the dequantized matrix) while each MLP matrix is multiplied."""
    if level.multiplies == "as-stored":
        return ()
    moments = []
    for linear in spec.linears():
        inputs, outputs = linear.inputs, linear.outputs
        if not linear.in_mlp:
            continue
        beside = spec.intermediate * stream if linear.part == "up" and spec.traits.mlp.gated else 0
        source = inputs * stream if inputs == spec.intermediate else 0
        if level.multiplies == "int8":
            # an int8 copy of the input, an int32 product and its rescaled forms (MatMul8bitLt): the
            # CPU's plain operators hold four at once, the CUDA kernel only the result
            product = 16 if on_cpu else 4 + stream
            moments.append((beside + source + inputs + product * outputs, 0))
        else:
            made = beside + source + outputs * stream
            moments.append((made, level.dequantized_bytes(inputs * outputs, stream)))
    return tuple(moments)


@dataclass(frozen=True)
class Saved:
    """Bytes per token that a layer keeps for its backward pass: its MLP's own, and the rest."""

    mlp: int
    rest: int

    @property
    def total(self) -> int:
        return self.mlp + self.rest


def saved_for_backward(spec: ModelSpec, targets: tuple[Linear, ...], rank: int, work: Pass) -> Saved:
    """What one layer keeps from its forward pass, its input excluded (that is a checkpoint).

    A float32 adapter over a 16-bit stream keeps its own float32 copy of its input; where both have one
    width, adapters that share an input share what is kept, and the attention's output is kept anyway.
    """
    h, q, kv, i, s = spec.hidden, spec.query_width, spec.kv_width, spec.intermediate, work.stream
    # A norm keeps its input, most in float32; the first one's is the layer's input where it needs no copy.
    copied = spec.traits.norm.copies and s < 4
    norms = (4 if copied else s) * h * (spec.traits.norms_per_layer - (0 if copied else 1))
    norms += 4 * (q + kv) if spec.traits.qk_norm else 0
    attention = s * (2 * q + 2 * kv) + 4 * spec.heads
    if len(spec.traits.qkv) == 1:
        attention += s * (q + kv)  # the values are a view of the fused product, which is kept whole
    if spec.traits.eager:
        # softmax output, its cast, tanh and the repeated keys and values
        attention += spec.heads * work.length * (8 if s == 4 else 4 + 2 * s) + s * 2 * (q - kv)
    middle = s * i * spec.traits.mlp.saved
    down = max(s, work.adapter) * i if any(linear.part == "down" for linear in targets) else 0
    others = [linear for linear in targets if linear.part != "down"]
    if s >= work.adapter:
        inputs = s * h * len({linear.in_mlp for linear in others if linear.part != "output"})
    else:
        inputs = 4 * sum(linear.inputs * linear.count for linear in others)
    inner = work.adapter * rank * sum(linear.count for linear in targets)
    return Saved(middle + down, norms + attention + inputs + inner + (h * s if s == 2 else 0))


def kept_despite_checkpointing(spec: ModelSpec, level: QuantLevel, work: Pass) -> int:
    """Bytes per token that one layer keeps although it will be computed again.

    LLM.int8 hangs the input of every matrix on its node (`ctx.tensors` in bitsandbytes' MatMul8bitLt), out
    of reach of the hooks by which non-reentrant checkpointing, transformers' default, drops what is saved.
    """
    if level.multiplies != "int8":
        return 0
    alike = {(linear.in_mlp, linear.inputs, linear.part == "output") for linear in spec.linears()}
    return work.stream * sum(inputs for _, inputs, _ in alike)


def backward_peak(spec: ModelSpec, targets: tuple[Linear, ...], saved: Saved, work: Pass) -> int:
    """Bytes of activations while one layer's gradient is taken.

    The peak is at the MLP's last matrix, when everything saved is still there besides the gradients of
    its input through the frozen matrix and through the adapter, and their sum. A fused first matrix
    has a later peak: its gradient, scaled and summed, is twice as wide.
    """
    h, i, s = spec.hidden, spec.intermediate, work.stream
    adapted = any(linear.part == "down" for linear in targets)
    copied = work.adapter > s
    gradients = (8 if adapted and copied else 2 * s) * i + (10 if copied else s) * h
    moments = [saved.total + gradients]
    if spec.traits.mlp.gated and len(spec.traits.mlp.up) == 1:
        moments.append(saved.rest + (28 if copied else 6 * s) * i + (10 if copied else 3 * s) * h)
    return work.tokens * max(moments) + _tables(spec, work)


def backward_matrix(spec: ModelSpec, level: QuantLevel, saved: Saved, peak: int, work: Pass) -> int:
    """What the largest dequantized matrix adds to the `peak` of the backward pass."""
    if not level.quantized:
        return 0
    width = work.stream if level.multiplies == "int8" else 2
    matrix = level.dequantized_bytes(spec.largest_matrix, width)
    per_token = saved.total + 6 * spec.intermediate + 6 * spec.hidden
    return max(0, work.tokens * per_token + _tables(spec, work) + matrix - peak)


def _masked(spec: ModelSpec, work: Pass) -> bool:
    """A mask is built only where a window is shorter than the sequence, and for a chunk."""
    if work.fused:
        return False
    return bool(work.keys) or (spec.sliding_window is not None and work.length > spec.sliding_window)


def _tables(spec: ModelSpec, work: Pass) -> int:
    """Bytes of rotary tables and masks: for all sequences at once, eager masks for each."""
    width = 4 if spec.traits.rotation == "angles-in-float32" else work.stream
    rotary = 2 * work.length * round(spec.head_dim * spec.traits.rotary_fraction) * width
    if spec.traits.eager and not work.fused:
        return rotary + 2 * work.batch * work.length * work.seen * work.stream
    return rotary + (work.length * work.seen if _masked(spec, work) else 0)


def litgpt_saved(
    spec: ModelSpec, targets: tuple[Linear, ...], rank: int, work: Pass, inputs: bool
) -> Saved:
    """Bytes per token that one of litgpt's layers keeps (0.4.11, counted by what autograd saves of Llama-2,
    Llama-3, Gemma, Gemma-2, Phi-2 and Phi-3); with `inputs` those of its frozen matrices too.

    Queries and keys are rotated copies; values of grouped heads are repeated, else a view of the fused
    product, which is kept whole. Each adapted matrix keeps its input after dropout and the mask; where not
    all of queries, keys and values are adapted, their update is kept to be spread over the product.
    """
    h, q, kv, i, s = spec.hidden, spec.query_width, spec.kv_width, spec.intermediate, work.stream
    norms = (4 if spec.traits.norm.copies else s) * h * spec.traits.norms_per_layer
    values = q if spec.heads != spec.kv_heads else q + 2 * kv
    attention = s * (3 * q + values) + 4 * spec.heads
    if spec.traits.eager:
        attention += spec.heads * work.length * (4 + 2 * s)
    middle = s * i * (3 if spec.traits.mlp.gated else 1)
    adapted = [linear for linear in targets if linear.part == "qkv"]
    width = sum(linear.outputs for linear in adapted)
    update = s * width if 0 < width < q + 2 * kv else 0
    others = [linear for linear in targets if linear.part != "qkv"]
    split = 2 if spec.traits.mlp.gated and len(spec.traits.mlp.up) == 1 else 1  # gate and up are two there
    entered = h if adapted else 0
    entered += sum(
        linear.inputs * linear.count * (split if linear.part == "gate" else 1) for linear in others
    )
    inner = s * rank * sum(linear.count for linear in targets)
    kept = s * (2 * h + i) if inputs else 0
    return Saved(middle, norms + attention + update + (s + DROPPED) * entered + inner + kept)


def unsloth_saved(spec: ModelSpec, targets: tuple[Linear, ...], rank: int, work: Pass) -> Saved:
    """Bytes per token of one layer at work in Unsloth: its input, what its norms, its attention and its MLP
    read, gate and up, and the adapters' inner products; everything else is computed in place.
    """
    h, q, kv, i, s = spec.hidden, spec.query_width, spec.kv_width, spec.intermediate, work.stream
    inner = work.adapter * rank * sum(linear.count for linear in targets)
    return Saved(2 * s * i, s * (4 * h + 2 * q + 2 * kv) + 4 * spec.heads + inner)


def plain_peak(spec: ModelSpec, saved: Saved, work: Pass) -> int:
    """Bytes of activations of such a layer while its MLP's gradient is taken: those of its two halves and
    of the stream beside what is kept.
    """
    return work.tokens * (saved.total + work.stream * (2 * spec.intermediate + 4 * spec.hidden))
