"""Peak memory of adapter training, itemised: what a trainer does with a level of a model.

The terms are those at the moment of the peak, as in `estimate`. Every function is monotone in tokens,
batch and rank.
"""

from functools import lru_cache
from typing import NamedTuple

from catalog.memory import activations
from catalog.memory.activations import REMEMBERED, Pass, Saved
from catalog.memory.footprint import Correction, Footprint, Term, fullest
from catalog.memory.shares import largest_shares
from catalog.memory.terms import overhead_terms, transient_terms, weight_terms
from catalog.memory.trainers import PEFT, Blocks, Trainer
from catalog.models.spec import Linear, ModelSpec
from catalog.quantization.levels import QuantLevel

OPTIMIZER_STATES = {"adamw": (2, 4), "adamw-8bit": (2, 1), "paged-adamw-8bit": (2, 1), "sgd": (0, 4)}
"""(moments, bytes each at most) of a trained parameter; torch keeps moments in the parameter's own type."""
MASTER = "adamw-master"
MASTER_BYTES = 12
"""Of a parameter trained at 16 bits with a float32 copy and two float32 moments beside it."""
HEAD = "lm_head"
"""Of targets: the head, which no layer has."""


def finetune(
    spec: ModelSpec,
    level: QuantLevel,
    *,
    use: str = "qlora",
    rank: int = 16,
    targets: str | tuple[str, ...] = "all-linear",
    length: int = 512,
    batch: int = 1,
    by: Trainer = PEFT,
    checkpointing: bool | None = None,
    optimizer: str | None = None,
    upcast: bool | None = None,
    chunk: int | None = None,
    adapter_bytes: int | None = None,
    cards: int = 1,
    device: str = "cuda",
    context_bytes: int | None = None,
    correction: Correction | None = None,
) -> Footprint:
    """Peak memory of training a LoRA adapter of `rank` on `batch` sequences of `length` tokens.

    `targets` are suffixes of linear names ("q_proj"), or "all-linear"; `by` is what trains it and says
    what the others are unless told: `upcast` whether what is not quantized is held in float32, `chunk`
    how many positions the loss takes at a time, `adapter_bytes` the width of what is trained.
    """
    tokens = batch * length
    told = by.upcast(level, device) if upcast is None else upcast
    wide = (use == "qlora" and level.quantized) if told is None else told
    rest = 4 if wide else level.unquantized_width
    width = adapter_bytes or by.adapter_bytes
    again = by.checkpointing if checkpointing is None else checkpointing
    work = Pass(length, batch, rest, device != "cuda", width)
    inputs = by.keeps_inputs and level.quantized and level.bits == 4
    adapter, saved, layer = _trained_layer(spec, targets, rank, work, by.blocks, inputs)
    matrix = activations.backward_matrix(spec, level, saved, layer, work)
    kept = saved.total * tokens
    boundary = tokens * (spec.hidden * rest + activations.kept_despite_checkpointing(spec, level, work))
    scored = min(tokens, chunk or by.chunk(spec) or tokens) * spec.vocabulary
    head = _head(spec, level, by, targets, rank, tokens)
    state = _state_bytes(optimizer or by.optimizer, width)
    held = []
    for share in largest_shares(spec.layers, cards):
        trained = adapter * share.layers // spec.layers + (head.trained if share.head else 0)
        each = boundary if again else kept
        starts = min(share.layers, 2) if again and by.offloads else share.layers
        capped = scored * rest if spec.traits.eager else 0  # its tanh is kept
        low, loss, high = (
            round(scored * one) + capped + 6 * tokens * spec.hidden if share.head else 0
            for one in by.logit_bytes
        )
        working = layer if again else layer - kept
        written = head.written if share.head else 0
        gradients = trained * (adapter_bytes or by.gradient_bytes)
        terms = [
            *weight_terms(spec, level, share, rest, head=head.less),
            Term.known("adapter", trained * width),
            Term("gradients", gradients // share.layers, gradients, gradients),
            Term.known("optimizer", trained * state),
            Term("buffers", by.buffer_bytes // 2, by.buffer_bytes, by.buffer_bytes * 3 // 2),
            _spread("checkpoints", starts * each + (head.saved if share.head else 0), by.kept_range),
            *transient_terms(
                spec,
                working,
                matrix,
                (low + written, loss + written, high + 2 * written),
            ),
            *overhead_terms(device, context_bytes, max(working + matrix, loss)),
        ]
        held.append(terms)
    return fullest(held, correction)


def _spread(name: str, size: int, relative: float) -> Term:
    """A term that is known up to so much of it."""
    return Term(name, round(size * (1 - relative)), size, round(size * (1 + relative)))


class _Head(NamedTuple):
    """What a trainer does to the head: bytes beside those of `weight_terms`, those that its matrix takes
    while it is written out in full, and the parameters and kept bytes of an adapter on it.
    """

    less: int
    written: int
    trained: int
    saved: int


def _head(
    spec: ModelSpec, level: QuantLevel, by: Trainer, targets: str | tuple[str, ...], rank: int, tokens: int
) -> _Head:
    table = spec.embedding_parameters * level.unquantized_width
    less = table if by.unties and spec.tied else 0
    written = 0
    if by.quantizes_head and level.quantized:
        less += level.matrix_bytes(spec.hidden, spec.vocabulary) - table
        written = level.dequantized_bytes(spec.embedding_parameters, 2)
    adapted = targets != "all-linear" and HEAD in targets
    trained = rank * (spec.hidden + spec.vocabulary) if adapted else 0
    return _Head(less, written, trained, 3 * tokens * spec.hidden if adapted else 0)


def _state_bytes(optimizer: str, width: int) -> int:
    """Of a trained parameter of `width` bytes."""
    if optimizer == MASTER:
        return MASTER_BYTES
    moments, each = OPTIMIZER_STATES[optimizer]
    return moments * min(each, width)


def target_linears(spec: ModelSpec, targets: str | tuple[str, ...]) -> tuple[Linear, ...]:
    """The linear layers of one decoder layer that get an adapter."""
    return _targeted(spec.linears(), targets)


def _targeted(linears: tuple[Linear, ...], targets: str | tuple[str, ...]) -> tuple[Linear, ...]:
    """PEFT adapts modules: experts that are one parameter get none."""
    modules = tuple(linear for linear in linears if not linear.stacked)
    if targets == "all-linear" or "all-linear" in targets:
        return modules
    wanted = (targets,) if isinstance(targets, str) else targets
    return tuple(linear for linear in modules if linear.name.rsplit(".", 1)[-1] in wanted)


def adapter_parameters(spec: ModelSpec, rank: int, targets: str | tuple[str, ...] = "all-linear") -> int:
    """Trained parameters of a LoRA adapter: rank × (inputs + outputs) for each target."""
    adapted = _targeted(spec.all_linears(), targets)
    return sum(rank * (linear.inputs + linear.outputs) * linear.count for linear in adapted)


@lru_cache(maxsize=REMEMBERED)
def _trained_layer(
    spec: ModelSpec,
    targets: str | tuple[str, ...],
    rank: int,
    work: Pass,
    made: Blocks,
    inputs: bool,
) -> tuple[int, Saved, int]:
    """The parameters of the adapter, what one layer saves per token, and the bytes of its activations at
    the peak; with `inputs` its quantized matrices keep their inputs.
    """
    chosen, trained = target_linears(spec, targets), adapter_parameters(spec, rank, targets)
    if made == "transformers":
        saved = activations.saved_for_backward(spec, chosen, rank, work)
        return trained, saved, activations.backward_peak(spec, chosen, saved, work)
    if made == "litgpt":
        saved = activations.litgpt_saved(spec, chosen, rank, work, inputs)
    else:
        saved = activations.unsloth_saved(spec, chosen, rank, work)
    return trained, saved, activations.plain_peak(spec, saved, work)
