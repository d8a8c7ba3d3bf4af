"""`basefit recommend`: the verdict on what was asked."""

from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from probes.measurement.measurement import Choice
from probes.measurement.question import understand
from probes.measurement.saved_requests import Asked, load_request, save_request
from tui.cli.fetching import fetched
from tui.cli.measuring import room_and_device
from tui.cli.options import (
    Budget,
    Device,
    Engine,
    Gpu,
    Json,
    Kind,
    KvBits,
    Language,
    Levels,
    Offload,
    Prefill,
    Trainer,
    Yes,
    from_hub,
    memory,
)
from tui.cli.output import tell, words
from tui.cli.session import store_to_read, told_store
from tui.cli.verdict import answer


@from_hub
def recommend(
    budget: Budget = None,
    gpu: Gpu = None,
    use: Annotated[str | None, typer.Option(help="infer (default), qlora, lora or both.")] = None,
    context: Annotated[int | None, typer.Option(min=1, help="Tokens of context (default 2048).")] = None,
    batch: Annotated[int | None, typer.Option(min=1, help="Sequences at a time (default 1).")] = None,
    language: Language = None,
    kind: Kind = None,
    task: Annotated[
        str | None, typer.Option(help="extraction, classification, summary, chat, code, maths, writing.")
    ] = None,
    commercial: Annotated[
        bool | None, typer.Option("--commercial/--any-licence", help="Only licences that allow it.")
    ] = None,
    min_speed: Annotated[float | None, typer.Option(help="Tokens per second at least.")] = None,
    hours: Annotated[float | None, typer.Option(help="Hours that tuning may take.")] = None,
    money: Annotated[float | None, typer.Option(help="US dollars that tuning may cost.")] = None,
    gpu_hour: Annotated[float | None, typer.Option(help="US dollars an hour of the card costs.")] = None,
    text: Annotated[
        Path | None, typer.Option(help="Your text, UTF-8 (default: the bundled sample).")
    ] = None,
    data: Annotated[Path | None, typer.Option(help="Instruction rows for a trial.")] = None,
    candidates: Annotated[str | None, typer.Option(help="Models, separated by commas.")] = None,
    levels: Levels = None,
    engine: Engine = None,
    prefill: Prefill = None,
    kv_bits: KvBits = None,
    offload: Offload = None,
    trainer: Trainer = None,
    windows: Annotated[int | None, typer.Option(min=2, help="How many windows to score.")] = None,
    examples: Annotated[int | None, typer.Option(min=1, help="Examples in a trial (default 256).")] = None,
    measure: Annotated[bool, typer.Option(help="Measure what could still change the verdict.")] = False,
    minutes: Annotated[
        float | None, typer.Option(min=0, help="Stop measuring after this long; implies --measure.")
    ] = None,
    request: Annotated[str | None, typer.Option(help="A saved request to start from.")] = None,
    save: Annotated[str | None, typer.Option(help="Save what is asked under this name.")] = None,
    device: Device = None,
    yes: Yes = False,
    as_json: Json = False,
) -> int:
    """Which base model at which level, with the reasons."""
    options = {
        "budget": memory(budget, gpu),
        "use": use,
        "context": context,
        "batch": batch,
        "language": language,
        "kind": kind,
        "task": task,
        "commercial": commercial,
        "min_speed": min_speed,
        "hours": hours,
        "money": money,
        "gpu_hour": gpu_hour,
        "text": text,
        "data": data,
        "candidates": candidates,
        "levels": levels,
        "engine": engine,
        "prefill": prefill,
        "kv_bits": kv_bits,
        "offload": offload,
        "trainer": trainer,
        "windows": windows,
        "examples": examples,
    }
    asked = (load_request(request) if request is not None else Asked()).given(options)
    measuring = measure or minutes is not None
    with closing(told_store() if measuring else store_to_read()) as store:
        question = understand(asked, *room_and_device(asked.budget, device, store))
        if save is not None:
            tell(words("cli.request-saved", path=save_request(save, asked)))
        if yes and measuring and asked.candidates:
            fetched(asked.candidates, yes)
        choice = Choice.PLANNED if measuring else Choice.NOTHING
        return answer("recommend", replace(question, minutes=minutes), choice, as_json, lambda: store)
