"""Peak memory of inference and of adapter training, itemised.

Formulas: FACTS.md section 2 (QLoRA, arXiv:2305.14314; bitsandbytes and transformers source); how well
they hold is written up in docs/memory.md. Every function is monotone in tokens, batch and rank.

The terms are those at the moment of the peak: a layer at work and the logits do not live at the same
time, so the smaller of the two counts as nothing.
"""

from functools import lru_cache
from typing import Literal

from catalog.memory import activations
from catalog.memory.activations import REMEMBERED, Pass, Saved
from catalog.memory.footprint import Correction as Correction
from catalog.memory.footprint import Footprint as Footprint
from catalog.memory.footprint import Term as Term
from catalog.memory.footprint import fullest
from catalog.memory.kept import kv_elements as kv_elements
from catalog.memory.kept import state_bytes as state_bytes
from catalog.memory.serving import ANYHOW, Served, Serving
from catalog.memory.shares import Share, largest_shares
from catalog.memory.shares import shares as shares
from catalog.memory.trainers import BASEFIT
from catalog.models.spec import Linear, ModelSpec
from catalog.quantization.levels import QuantLevel

MIB = 1024**2
Use = Literal["infer", "qlora", "lora"]
"""What the memory is for."""

CONTEXT = (141 * MIB, 350 * MIB, 600 * MIB)
"""What CUDA itself takes: 141 MiB seen on a T4, 300 to 400 MB usual with lazy loading (FACTS.md, 2)."""
OPTIMIZER_STATES = {"adamw": (2, 4), "adamw-8bit": (2, 1), "paged-adamw-8bit": (2, 1), "sgd": (0, 4)}
"""(moments, bytes each at most) of a trained parameter; torch keeps moments in the parameter's own type."""
LOGIT_BUFFERS = (3, 3, 4)
"""float32 copies of the logits alive in the loss's backward pass: log-softmax, the gradient coming in and
the one going out (measured: 12.0 bytes per token and entry), and the logits where something keeps them."""

COUNTED_AS_PLAIN = (0.5, 2.0)
"""Range of a layer's activations where its block is of no known kind and taken for a plain one."""


def inference(
    spec: ModelSpec,
    level: QuantLevel,
    *,
    context: int = 2048,
    batch: int = 1,
    kv_bytes: float = 2,
    prefill: int | None = None,
    prompt: int | None = None,
    fused: bool = False,
    offload: bool = False,
    all_logits: bool = False,
    cards: int = 1,
    device: str = "cuda",
    context_bytes: int | None = None,
    correction: Correction | None = None,
) -> Footprint:
    """Peak memory of generating up to `context` tokens in `batch` sequences, on the fullest card.

    `prefill` is how many of the `prompt` tokens of each sequence (all of `context` unless told) go through
    at once (all of them unless told), `kv_bytes` the width of the cache's elements, `fused` whether the
    engine's kernels attend to it where it lies (transformers copies it out for every chunk), `all_logits`
    whether logits of every position are kept (scoring) and not only the last (generation), `context_bytes`
    the measured cost of the device's context. With `offload` the experts stay in the host's memory
    (`level.expert_bytes`), and one layer's come to the card where the kernels are not the engine's own.
    """
    width = level.unquantized_width
    whole = min(context, prompt or context)
    length = min(whole, prefill or whole)
    # One token at a time is decoding: it needs no mask, without which nothing is copied out.
    keys = whole if 1 < length < whole and not fused else 0
    work = Pass(length, batch, width, device != "cuda", keys=keys, fused=fused)
    layer, matrix = activations.forward_peak(spec, level, work)
    logits = _logits_forward(spec, work, all_logits)
    moved = _moved(spec, level, fused)
    held = []
    for share in largest_shares(spec.layers, cards):
        state = state_bytes(spec) * share.layers // spec.layers
        elements = kv_elements(spec, context, share.layers, whole, length)
        kv = [round((value * kv_bytes + state) * batch) for value in elements]
        terms = [
            *_weights(spec, level, share, width, offload),
            *([moved] if offload else []),
            Term("kv-cache", *kv),
            *_transient(spec, layer, matrix, logits if share.head else 0),
            *_overheads(device, context_bytes, max(layer + matrix, logits)),
        ]
        held.append(terms)
    return fullest(held, correction)


def finetune(
    spec: ModelSpec,
    level: QuantLevel,
    *,
    use: str = "qlora",
    rank: int = 16,
    targets: str | tuple[str, ...] = "all-linear",
    length: int = 512,
    batch: int = 1,
    checkpointing: bool = True,
    optimizer: str = "adamw",
    upcast: bool | None = None,
    chunk: int | None = None,
    adapter_bytes: int = 4,
    cards: int = 1,
    device: str = "cuda",
    context_bytes: int | None = None,
    correction: Correction | None = None,
) -> Footprint:
    """Peak memory of training a LoRA adapter of `rank` on `batch` sequences of `length` tokens.

    `targets` are suffixes of linear names ("q_proj"), or "all-linear". `upcast` is whether what is not
    quantized is held in float32, as prepare_model_for_kbit_training does (so unless told, in "qlora").
    `chunk` is how many positions the loss takes at a time where it is computed in pieces.
    """
    tokens = batch * length
    wide = (use == "qlora" and level.quantized) if upcast is None else upcast
    rest = 4 if wide else level.unquantized_width
    work = Pass(length, batch, rest, device != "cuda", adapter_bytes)
    adapter, saved, layer = _trained_layer(spec, targets, rank, work)
    matrix = activations.backward_matrix(spec, level, saved, layer, work)
    kept = saved.total * tokens
    boundary = tokens * (spec.hidden * rest + activations.kept_despite_checkpointing(spec, level, work))
    scored = min(tokens, chunk or tokens) * spec.vocabulary * 4
    moments, moment_bytes = OPTIMIZER_STATES[optimizer]
    held = []
    for share in largest_shares(spec.layers, cards):
        trained = adapter * share.layers // spec.layers
        each = boundary if checkpointing else kept
        capped = scored * rest // 4 if spec.traits.eager else 0  # its tanh is kept
        loss = scored * LOGIT_BUFFERS[1] + capped + 6 * tokens * spec.hidden if share.head else 0
        working = layer if checkpointing else layer - kept
        gradients = trained * adapter_bytes
        terms = [
            *_weights(spec, level, share, rest),
            Term.known("adapter", trained * adapter_bytes),
            Term("gradients", gradients // share.layers, gradients, gradients),
            Term.known("optimizer", trained * moments * min(moment_bytes, adapter_bytes)),
            Term.known("checkpoints", share.layers * each),
            *_transient(spec, working, matrix, loss, LOGIT_BUFFERS[2] / LOGIT_BUFFERS[1]),
            *_overheads(device, context_bytes, max(working + matrix, loss)),
        ]
        held.append(terms)
    return fullest(held, correction)


def footprint(
    spec: ModelSpec,
    level: QuantLevel,
    *,
    use: str = "infer",
    context: int = 2048,
    batch: int = 1,
    rank: int = 16,
    by: Served | None = None,
    cards: int = 1,
    device: str = "cuda",
    context_bytes: int | None = None,
    correction: Correction | None = None,
) -> Footprint:
    """The footprint of one use; `context` is the sequence length where it trains, as basefit's own trial
    does. `by` is what serves it, the cheapest unless told.
    """
    if use == "infer":
        by = by or served(spec, level, context, ANYHOW, device)
        return inference(
            spec,
            level,
            context=context,
            batch=batch,
            kv_bytes=by.kv_bytes,
            prefill=by.prefill,
            fused=by.fused,
            offload=by.offload,
            cards=cards,
            device=device,
            context_bytes=context_bytes,
            correction=correction,
        )
    return finetune(
        spec,
        level,
        use=use,
        rank=rank,
        length=context,
        batch=batch,
        upcast=BASEFIT.upcast(level, device),
        chunk=BASEFIT.chunk(spec),
        cards=cards,
        device=device,
        context_bytes=context_bytes,
        correction=correction,
    )


def served(spec: ModelSpec, level: QuantLevel, context: int, serving: Serving, device: str) -> Served:
    """By which engine, and how: the cheapest that does what was asked."""
    window = spec.sliding_window
    serving = serving if spec.routed_parameters else serving.on_card
    scores = spec.traits.eager or (window is not None and window < context)
    return serving.of(level, context, device, scores)


def target_linears(spec: ModelSpec, targets: str | tuple[str, ...]) -> tuple[Linear, ...]:
    """The linear layers of one decoder layer that get an adapter."""
    return _targeted(spec.linears(), targets)


def _targeted(linears: tuple[Linear, ...], targets: str | tuple[str, ...]) -> tuple[Linear, ...]:
    """PEFT adapts modules: experts that are one parameter get none."""
    modules = tuple(linear for linear in linears if not linear.stacked)
    if targets == "all-linear":
        return modules
    wanted = (targets,) if isinstance(targets, str) else targets
    return tuple(linear for linear in modules if linear.name.rsplit(".", 1)[-1] in wanted)


def adapter_parameters(spec: ModelSpec, rank: int, targets: str | tuple[str, ...] = "all-linear") -> int:
    """Trained parameters of a LoRA adapter: rank × (inputs + outputs) for each target."""
    adapted = _targeted(spec.all_linears(), targets)
    return sum(rank * (linear.inputs + linear.outputs) * linear.count for linear in adapted)


@lru_cache(maxsize=REMEMBERED)
def _trained_layer(
    spec: ModelSpec, targets: str | tuple[str, ...], rank: int, work: Pass
) -> tuple[int, Saved, int]:
    """What no level changes in training: the parameters of the adapter, what one layer saves per token,
    and the bytes of its activations at the peak.
    """
    chosen = target_linears(spec, targets)
    saved = activations.saved_for_backward(spec, chosen, rank, work)
    peak = activations.backward_peak(spec, chosen, saved, work)
    return adapter_parameters(spec, rank, targets), saved, peak


def _moved(spec: ModelSpec, level: QuantLevel, fused: bool) -> Term:
    """The experts of one layer on the card, which an engine that computes them on the host never has."""
    layer = level.expert_bytes(spec) // max(1, spec.layers_with_experts)
    return Term("experts-moved", 0, 0 if fused else layer, layer)


@lru_cache(maxsize=16 * REMEMBERED)
def _weights(
    spec: ModelSpec, level: QuantLevel, share: Share, rest_bytes: int, offload: bool = False
) -> tuple[Term, ...]:
    part = share.layers / spec.layers
    if level.ends_quantized:
        here = level.linear_bytes(spec) - (level.expert_bytes(spec) if offload else 0)
        return (Term.known("weights", round(here * part)),)
    vision = spec.parameters_vision * share.embedding
    tables = spec.embedding_parameters * (share.embedding + (share.head and not spec.tied))
    if spec.tied and share.head and not share.embedding:
        tables = spec.embedding_parameters  # a tied head on another card is a second copy
    all_tables = spec.embedding_parameters * (1 if spec.tied else 2)
    small = round((spec.unquantized_parameters - spec.parameters_vision - all_tables) * part)
    stacked = round(level.stacked_bytes(spec) * part)
    weights = round(level.linear_bytes(spec) * part) - stacked
    quantized = spec.quantized_parameters
    if offload:
        weights -= round(level.expert_bytes(spec) * part) - stacked
        stacked, quantized = 0, quantized - spec.routed_parameters
    held = (tables + small) * rest_bytes + round(level.further_bytes(spec, rest_bytes) * part)
    doubled = level.doubled_bytes(spec) if share.head and share.embedding else 0
    rest = (
        # prepare_model_for_kbit_training casts them too; not every trainer calls it.
        Term("experts", stacked, stacked, stacked * rest_bytes // level.unquantized_width),
        Term("unquantized", held, held, held + doubled),
        Term.known("vision", vision * rest_bytes),
    )
    if not level.kernels_differ:
        loose = round(level.loose_bytes(spec) * part)
        return Term("weights", weights, weights + loose // 2, weights + loose), *rest
    # One README gives 4,781 and 4,891 MiB for one model at one level: kernels differ in what they keep
    # beside the codes. High: scales in float32. Low: symmetric, without zeros.
    scales = quantized * part / (level.group or spec.hidden)
    low = weights - round(scales * level.bits / 8 + 0.004 * weights)
    return Term("weights", low, weights, weights + round(2 * scales)), *rest


def _logits_forward(spec: ModelSpec, work: Pass, every: bool) -> int:
    """Bytes at the head: the logits and their float32 copy, the final norm's input and output."""
    positions = work.tokens if every else work.batch
    copy = 0 if work.stream == 4 else 4
    return positions * spec.vocabulary * (work.stream + copy) + 2 * work.tokens * spec.hidden * work.stream


def _transient(
    spec: ModelSpec, layer: int, matrix: int, logits: int, logits_high: float = 1.1
) -> list[Term]:
    """The layer at work or the logits, whichever is larger; the other is gone by then, but was there."""
    least, most = logits, round(logits * logits_high)
    low, high = COUNTED_AS_PLAIN if spec.counted else (0.9, 1.1)
    low, high = round(layer * low), round(layer * high)
    if layer + matrix < logits:
        return [Term("logits", least, logits, max(most, high + matrix))]
    # A kernel that unpacks as it multiplies needs no copy (bitsandbytes at few tokens).
    low = min(layer, max(low, least))
    copied = Term("dequantization", max(0, least - low), matrix, max(matrix, most - high))
    return [Term("activations", low, layer, high), copied]


def _overheads(device: str, context_bytes: int | None, transient: int) -> list[Term]:
    """The device's context and the allocator's slack: rounding, fragments and cuBLAS workspaces."""
    if device != "cuda":
        return [Term("slack", 0, 0, round(0.1 * transient))]
    context = (context_bytes,) * 3 if context_bytes is not None else CONTEXT
    slack = Term("slack", 8 * MIB, round(16 * MIB + 0.1 * transient), round(96 * MIB + 0.4 * transient))
    return [Term("context", *context), slack]
