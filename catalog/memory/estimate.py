"""Peak memory of inference and of adapter training, itemised.

Formulas: FACTS.md section 2 (QLoRA, arXiv:2305.14314; bitsandbytes and transformers source); how well
they hold is written up in docs/memory.md. Every function is monotone in tokens, batch and rank.

The terms are those at the moment of the peak: a layer at work and the logits do not live at the same
time, so the smaller of the two counts as nothing.
"""

from typing import Literal

from catalog.memory import activations
from catalog.memory.activations import Pass
from catalog.memory.footprint import Correction as Correction
from catalog.memory.footprint import Footprint as Footprint
from catalog.memory.footprint import Term as Term
from catalog.memory.footprint import fullest
from catalog.memory.kept import kv_elements as kv_elements
from catalog.memory.kept import state_bytes as state_bytes
from catalog.memory.serving import ANYHOW, Served, Serving
from catalog.memory.shares import largest_shares
from catalog.memory.shares import shares as shares
from catalog.memory.terms import overhead_terms, transient_terms, weight_terms
from catalog.memory.trainers import BASEFIT, Trainer
from catalog.memory.training import OPTIMIZER_STATES as OPTIMIZER_STATES
from catalog.memory.training import adapter_parameters as adapter_parameters
from catalog.memory.training import finetune as finetune
from catalog.memory.training import target_linears as target_linears
from catalog.models.spec import ModelSpec
from catalog.quantization.levels import QuantLevel

Use = Literal["infer", "qlora", "lora"]
"""What the memory is for."""


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
            *weight_terms(spec, level, share, width, offload),
            *([moved] if offload else []),
            Term("kv-cache", *kv),
            *transient_terms(spec, layer, matrix, _about(logits if share.head else 0)),
            *overhead_terms(device, context_bytes, max(layer + matrix, logits)),
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
    trainer: Trainer = BASEFIT,
    cards: int = 1,
    device: str = "cuda",
    context_bytes: int | None = None,
    correction: Correction | None = None,
) -> Footprint:
    """The footprint of one use; `context` is the sequence length where `trainer` trains. `by` is what
    serves it, the cheapest unless told.
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
        by=trainer,
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


def _moved(spec: ModelSpec, level: QuantLevel, fused: bool) -> Term:
    """The experts of one layer on the card, which an engine that computes them on the host never has."""
    layer = level.expert_bytes(spec) // max(1, spec.layers_with_experts)
    return Term("experts-moved", 0, 0 if fused else layer, layer)


def _logits_forward(spec: ModelSpec, work: Pass, every: bool) -> int:
    """Bytes at the head: the logits and their float32 copy, the final norm's input and output."""
    positions = work.tokens if every else work.batch
    copy = 0 if work.stream == 4 else 4
    return positions * spec.vocabulary * (work.stream + copy) + 2 * work.tokens * spec.hidden * work.stream


def _about(logits: int) -> tuple[int, int, int]:
    """Logits that are counted, and a tenth more of them."""
    return logits, logits, round(logits * 1.1)
