"""The command plan: one model's memory, item by item."""

from collections.abc import Mapping
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import typer

from catalog.memory.estimate import OPTIMIZER_STATES, finetune, inference, served
from catalog.memory.footprint import Footprint
from catalog.memory.least import at_least
from catalog.memory.serving import Served, Serving, parse_prefill
from catalog.memory.trainers import BASEFIT, find_trainer
from catalog.models.from_headers import HeaderShapes, shapes_of
from catalog.models.spec import ModelSpec
from catalog.models.stored_settings import StoredAs
from catalog.problem import Problem
from catalog.quantities import MOST_ASKED
from catalog.quantization.engines import ENGINES, engines_of
from catalog.quantization.levels import QuantLevel, find_level
from catalog.quantization.stored_level import stored_level
from catalog.verdict.option import most
from catalog.verdict.verdict_json import card_json
from catalog.verdict.wishes import check_use, uses_of
from probes.checkpoint.stored import describe, level_named
from tui.cli.cards import print_card
from tui.cli.engines import engine_words
from tui.cli.fetching import with_config
from tui.cli.measuring import room
from tui.cli.options import (
    Batch,
    Budget,
    Context,
    Gpu,
    Json,
    KvBits,
    Offload,
    Prefill,
    Target,
    Trainer,
    Use,
    check_choice,
    from_hub,
    memory,
)
from tui.cli.output import print_json, print_line, print_table, tell, words
from tui.cli.session import store_to_read
from tui.cli.speeds import offloaded, print_offloaded, print_speeds, speeds
from tui.wording import count_words, fit_word, problem_words, size_words, stored_words

NOT_COUNTED = ("config-unsupported", "model-type-unsupported")
"""Of a configuration that nobody here can count: its files may still say something."""


@from_hub
def plan(
    target: Target,
    level: Annotated[
        str | None, typer.Option(help="Quantization level (default: nf4, or what the files are at).")
    ] = None,
    use: Use = "infer",
    context: Context = 2048,
    batch: Batch = 1,
    budget: Budget = None,
    gpu: Gpu = None,
    rank: Annotated[int, typer.Option(min=1, max=MOST_ASKED, help="LoRA rank.")] = 16,
    targets: Annotated[str, typer.Option(help="Linear layers with an adapter.")] = "all-linear",
    optimizer: Annotated[
        str | None, typer.Option(help=f"{', '.join(OPTIMIZER_STATES)} (default: the trainer's).")
    ] = None,
    trainer: Trainer = None,
    checkpointing: Annotated[
        bool | None, typer.Option(help="Recompute activations (default: as the trainer does).")
    ] = None,
    kv_bytes: Annotated[
        float | None, typer.Option(min=0.25, help="Bytes of a cached key or value, for --kv-bits.")
    ] = None,
    kv_bits: KvBits = None,
    engine: Annotated[
        str | None, typer.Option(help=f"{', '.join(ENGINES)} (default: the one that deploys the level).")
    ] = None,
    prefill: Prefill = None,
    offload: Offload = None,
    as_json: Json = False,
) -> int:
    """One model's memory, item by item."""
    check_use(use)
    asked = level_named(level) if level else None
    with closing(store_to_read()) as store:
        place = room(memory(budget, gpu), store)
    common: dict[str, Any] = {
        "batch": batch,
        "cards": place.budget.count,
        "device": place.device,
        "correction": place.correction,
        "context_bytes": place.context_bytes,
    }
    serving = Serving(engine or "", parse_prefill(prefill or ""), kv_bits or 16, offload or "")
    by_trainer = find_trainer(trainer or BASEFIT.name)
    if optimizer:
        check_choice("optimizer-unknown", optimizer, tuple(OPTIMIZER_STATES))
    try:
        found = with_config(target)
    except Problem as problem:
        if problem.code not in NOT_COUNTED or not any(Path(target).glob("*.safetensors")):
            raise
        tell(problem_words(problem))
        folder = describe(Path(target))
        stored: StoredAs | None = folder
        chosen = asked or _usual(stored)
        shapes = shapes_of(Path(target), folder)
        held: dict[str, Any] = {"context": context, "batch": batch, "rank": rank}
        held |= {"kv_bytes": kv_bytes or serving.kv_bits / 8, "cards": place.budget.count}
        needed = most(at_least(shapes, chosen, use=one, **held) for one in uses_of(use))
        name, facts = Path(target).name, _weights_only(shapes, needed)
    else:
        name = found.name
        stored = describe(found.directory) if found.directory else None
        chosen = asked or _usual(stored)
        training: dict[str, Any] = {"rank": rank, "optimizer": optimizer, "checkpointing": checkpointing}
        training["targets"] = targets if targets == "all-linear" else tuple(targets.split(","))
        if offload and not found.spec.routed_parameters:
            raise Problem("offload-nothing", model=name)
        by = _served(found.spec, chosen, context, serving, place.device)
        needed = most(
            inference(
                found.spec,
                chosen,
                context=context,
                prefill=by.prefill,
                fused=by.fused,
                offload=by.offload,
                kv_bytes=kv_bytes or by.kv_bytes,
                **common,
            )
            if one == "infer"
            else finetune(
                found.spec,
                chosen,
                use=one,
                length=context,
                by=by_trainer,
                **common,
                **training,
            )
            for one in uses_of(use)
        )
        facts = {
            "parameters": found.spec.parameters,
            "parameters_text": found.spec.parameters_text,
            "parameters_vision": found.spec.parameters_vision,
            "parameters_active": found.spec.parameters_active,
            "unknown": list(found.spec.unknown),
            "weight_bytes": chosen.weight_bytes(found.spec),
            "bits_per_weight": _average_bits(found.spec, chosen),
        }
        if use != "infer":
            facts |= {"trainer": by_trainer.name}
        if "infer" in uses_of(use):
            facts |= {"engine": by.name or None, "prefill": by.prefill, "kv_bits": serving.kv_bits}
            if by.offload:
                facts |= offloaded(found.spec, chosen, place, context, by)
            elif place.budget.gpu:
                facts |= speeds(found.spec, chosen, place, context, serving)
    fits: str = needed.fits(place.budget.bytes)
    beside = facts.get("host_available_bytes")
    if beside is not None and facts["host_bytes"] > beside:
        fits = "no"
    if "weights_only" in facts and fits != "no":
        fits = "unknown"
    if as_json:
        print_json(
            "plan",
            {"model": name, "stored": stored.word if stored else None}
            | {"level": chosen.name, "use": use, "context": context, "batch": batch}
            | facts
            | _footprint_json(needed, "weights_only" in facts)
            | {"card": card_json(place.budget.gpu, place.context_bytes)}
            | {"budget_bytes": place.budget.bytes, "simulated": place.budget.simulated, "fits": fits}
            | {"provenance": "estimated"},
        )
    else:
        print_line(f"{name}  {chosen.name}  {_counts(facts)}  {use}")
        if stored and stored.quantized:
            print_line(stored_words(name, stored))
        print_terms(needed, "weights_only" in facts)
        if "prefill" in facts:
            print_line(engine_words(facts["engine"] or "", facts["prefill"], context, [chosen.name]))
        if "speeds" in facts:
            print_speeds(facts)
        if "host_bytes" in facts:
            print_offloaded(facts, chosen.leaves_stacked)
        badge = " [SIM]" if place.budget.simulated else ""
        label, size = place.budget.label, size_words(place.budget.bytes)
        print_line(words("cli.budget", label=label, size=size) + badge)
        print_card(place)
        print_line(fit_word(fits))
        for what in facts.get("unknown", ()):
            kind, _, field = what.partition(".")
            tell(words(f"unknown.{kind}", field=field))
        tell(words("cli.estimates"))
    return 1 if fits == "no" else 0


def _counts(facts: Mapping[str, Any]) -> str:
    """All parameters, and how many of them a token goes through where they differ."""
    total, active = facts["parameters"], facts.get("parameters_active")
    if active is None or active == facts.get("parameters_text"):
        return count_words(total)
    return words("cli.active", total=count_words(total), active=count_words(active))


def _usual(stored: StoredAs | None) -> QuantLevel:
    """The level where none is named: what quantized files are at, else NF4."""
    level = stored_level(stored) if stored and stored.quantized else None
    return level or find_level("nf4")


def _served(spec: ModelSpec, level: QuantLevel, context: int, serving: Serving, device: str) -> Served:
    """By the engine named, else by the one that loads the level first: basefit's own where it deploys it.

    Problem engine-serves-none where the engine does not load the level, or has no such cache.
    """
    if not serving.serves(level, device):
        raise Problem(
            "engine-serves-none",
            engine=serving.engine or "-",
            levels=level.name,
            kv_bits=serving.kv_bits,
        )
    if not serving.engine:
        named = (replace(serving, engine=one.name) for one in engines_of(level))
        serving = next((one for one in named if one.serves(level, device)), serving)
    return served(spec, level, context, serving, device)


def _weights_only(shapes: HeaderShapes, needed: Footprint) -> dict[str, Any]:
    """What is said of files that no configuration explains."""
    unknown = ["activations-uncounted"]
    unknown += [] if shapes.cached else ["cache-uncounted"]
    unknown += [f"tensors.{shapes.unclear}"] if shapes.unclear else []
    held = ("weights", "experts", "unquantized")
    return {
        "parameters": shapes.parameters,
        "unknown": unknown,
        "weight_bytes": sum(needed.term(name).expected for name in held),
        "weights_only": True,
    }


def _footprint_json(needed: Footprint, open_end: bool) -> dict[str, Any]:
    terms = [
        {"name": t.name, "bytes": t.expected, "low_bytes": t.low, "high_bytes": t.high}
        for t in needed.terms
    ]
    high = None if open_end else needed.high
    sizes = {"expected_bytes": needed.expected, "low_bytes": needed.low, "high_bytes": high}
    return {"terms": terms} | sizes


def _average_bits(spec: ModelSpec, level: QuantLevel) -> float:
    """Of the weights in linear layers, those that stay at 16 bits among them."""
    bits = 0.0
    for linear in spec.all_linears():
        each = level.bits_per_weight(linear.inputs, linear.outputs)
        bits += (8 * level.unquantized_width if level.leaves(linear) else each) * linear.weights
    return bits / max(1, spec.quantized_parameters)


def print_terms(needed: Footprint, open_end: bool = False) -> None:
    """The footprint item by item, with the sum below; its upper end is not known where it is open."""
    lines = [(words(f"memory.{t.name}"), t.expected, t.low, t.high) for t in needed.terms]
    name, *sizes = words("cli.sum"), needed.expected, needed.low, needed.high
    print_table(
        [words(f"cli.column.{name}") for name in ("term", "expected", "low", "high")],
        [(term, *map(size_words, ends)) for term, *ends in lines]
        + [(name, *map(size_words, sizes[:-1]), "?" if open_end else size_words(sizes[-1]))],
    )
