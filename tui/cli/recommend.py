"""`basefit recommend`: the verdict on what was asked."""

from collections.abc import AsyncGenerator, Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from catalog.models.registry import load_models
from catalog.problem import Problem
from catalog.quantization.levels import usual_levels
from catalog.verdict.request import Reason, Request
from catalog.verdict.wishes import parse_languages
from probes.home import home
from probes.jobs.queue import Step
from probes.jobs.runner import Runner
from probes.measurement.campaign import Inputs
from probes.measurement.plan import measure_within
from probes.measurement.question import Question, question_of
from probes.measurement.saved_requests import Asked, load_request, save_request
from tui.cli.fetching import fetch
from tui.cli.measuring import device_here, room, sample_text
from tui.cli.options import Budget, Device, Gpu, Json, Yes, memory
from tui.cli.output import tell, words
from tui.cli.session import Session
from tui.cli.verdict import answer
from tui.wording import reason_words

LISTS = ("candidates", "levels")
FILES = ("text", "data")


def recommend(
    budget: Budget = None,
    gpu: Gpu = None,
    use: Annotated[str | None, typer.Option(help="infer (default), qlora, lora or both.")] = None,
    context: Annotated[int | None, typer.Option(min=1, help="Tokens of context (default 2048).")] = None,
    batch: Annotated[int | None, typer.Option(min=1, help="Sequences at a time (default 1).")] = None,
    language: Annotated[
        str | None, typer.Option(help="Of the work: zh (default), or a mix such as zh:70,en:30.")
    ] = None,
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
    levels: Annotated[
        str | None, typer.Option(help=f"Quantization levels (default {','.join(usual_levels())}).")
    ] = None,
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
        "task": task,
        "commercial": commercial,
        "min_speed": min_speed,
        "hours": hours,
        "money": money,
        "gpu_hour": gpu_hour,
        "text": str(text) if text else None,
        "data": str(data) if data else None,
        "candidates": candidates,
        "levels": levels,
        "windows": windows,
        "examples": examples,
    }
    asked = (load_request(request) if request is not None else Asked()).given(_absolute(options))
    question = understand(asked, device)
    if save is not None:
        tell(words("cli.request-saved", path=save_request(save, asked)))
    measuring = measure or minutes is not None
    if yes and measuring and asked.candidates:
        with Session({"fetch": list(asked.candidates)}) as session:
            for target in asked.candidates:
                fetch(session, target, yes)
            session.done({})

    def needed(request: Request, inputs: Inputs, runner: Runner) -> AsyncGenerator[Step, None]:
        out = home() / "adapters"
        return measure_within(request, inputs, runner, out, minutes, stopped=_tell)

    return answer("recommend", question, needed if measuring else None, as_json)


def _tell(why: Reason) -> None:
    tell(reason_words(why))


def understand(asked: Asked, device: str | None = None) -> Question:
    """The question behind what was asked: the room it means, the models it leaves open."""
    place = room(asked.budget)
    languages = parse_languages(asked.language)
    targets = asked.candidates or catalog_targets(languages[0][0])
    text = sample_text(Path(asked.text).expanduser() if asked.text else None)
    return question_of(asked, targets, text, place, device_here(device))


def catalog_targets(language: str) -> tuple[str, ...]:
    """Every base model of the catalog that speaks a language; Problem no-candidates where none does."""
    found = tuple(
        name
        for name, entry in load_models().items()
        if not entry.chat and (language in entry.languages or "multi" in entry.languages)
    )
    if not found:
        raise Problem("no-candidates")
    return found


def _absolute(options: Mapping[str, Any]) -> dict[str, Any]:
    """The options with lists taken apart and files by their full place, so that they can be saved."""
    found = dict(options)
    for name in LISTS:
        if found.get(name) is not None:
            found[name] = tuple(part.strip() for part in found[name].split(",") if part.strip())
    for name in FILES:
        if found.get(name):
            found[name] = str(Path(found[name]).expanduser().absolute())
    return found
