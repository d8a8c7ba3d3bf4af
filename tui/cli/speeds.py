"""How fast a plan decodes: by each engine that serves it, or by the host link."""

from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any

from catalog.hardware.speed import decode, decode_offloaded, prefill
from catalog.memory.serving import Served, Serving
from catalog.models.spec import ModelSpec
from catalog.quantization.engines import engines_of
from catalog.quantization.levels import QuantLevel
from probes.machine.budget import Room
from tui.cli.output import print_line, words
from tui.strings import table
from tui.wording import number, size_words


def offloaded(spec: ModelSpec, level: QuantLevel, place: Room, context: int, by: Served) -> dict[str, Any]:
    """What stays in the host's memory, and how fast that is where the card is known."""
    gpu, found = place.budget.gpu, dict[str, Any]()
    if gpu is not None:
        how: dict[str, Any] = {"context": context, "kv_bytes": by.kv_bytes, "engine": by.name}
        rate = decode_offloaded(spec, level, gpu, **how)
        found = {"tokens_per_second_estimate": rate.expected, "tokens_per_second": asdict(rate)}
    held = {"offload": "experts", "host_bytes": level.expert_bytes(spec)}
    return held | {"routed_share": spec.routed_share, "host_available_bytes": place.host_bytes} | found


def speeds(
    spec: ModelSpec, level: QuantLevel, place: Room, context: int, serving: Serving
) -> dict[str, Any]:
    """How fast each engine decodes that serves the level as asked, the one reckoned with first."""
    gpu = place.budget.gpu
    assert gpu is not None
    found = []
    for engine in engines_of(level):
        asked = replace(serving, engine=engine.name)
        if serving.engine in ("", engine.name) and asked.serves(level, place.device):
            how: dict[str, Any] = {"context": context, "kv_bytes": engine.kv_bits[serving.kv_bits] / 8}
            rate = decode(spec, level, gpu, engine=engine.name, cards=place.budget.count, **how)
            found.append({"engine": engine.name} | asdict(rate))
    return {
        "tokens_per_second_estimate": found[0]["expected"] if found else None,
        "speeds": found,
        "prefill_tokens_per_second": asdict(prefill(spec, gpu)),
    }


def print_rate(key: str, rate: Mapping[str, Any], **names: str) -> None:
    """A speed with its range, and that it is not calibrated where the sentence has a word for it."""
    if f"{key}-uncalibrated" in table() and not rate["calibrated"]:
        key += "-uncalibrated"
    digits = 0 if rate["expected"] > 100 else 1
    ends = {name: number(rate[name], digits) for name in ("low", "expected", "high")}
    print_line(words(key, **ends, **names))


def print_offloaded(facts: Mapping[str, Any], at_16_bits: bool) -> None:
    """What is in the host's memory, what is free there, and the speed by its link."""
    share = f"{facts['routed_share']:.1%}"
    print_line(
        words(
            "cli.offloaded-16" if at_16_bits else "cli.offloaded",
            size=size_words(facts["host_bytes"]),
            share=share,
        )
    )
    if facts["host_available_bytes"] is not None:
        print_line(words("cli.offloaded-room", size=size_words(facts["host_available_bytes"])))
    if "tokens_per_second" in facts:
        print_rate("cli.offloaded-speed", facts["tokens_per_second"])


def print_speeds(facts: Mapping[str, Any]) -> None:
    """A line for each engine, and one for the prompt."""
    for rate in facts["speeds"]:
        print_rate("cli.speed-of", rate, engine=rate["engine"])
    print_rate("cli.speed-of-prompt", facts["prefill_tokens_per_second"])
