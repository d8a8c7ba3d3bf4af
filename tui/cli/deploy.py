"""`basefit deploy`: what a level really takes, and how fast it is."""

import shlex
from typing import Annotated, Any

import typer

from catalog.models.to_config import config_of
from catalog.quantization.levels import find_level
from probes.checkpoint.revision import revision
from probes.checkpoint.target import Target, resolve, spoken
from probes.jobs.runner import Job
from probes.machine.hardware import measured, read_machine
from tui.cli.fetching import fetch
from tui.cli.measuring import device_here
from tui.cli.options import Batch, Context, Device, Json, Level, Yes
from tui.cli.options import Target as Named
from tui.cli.output import print_json, print_line, words
from tui.cli.session import Session
from tui.wording import number, size_words


def deploy(
    target: Named,
    level: Level = "nf4",
    context: Context = 2048,
    batch: Batch = 1,
    new_tokens: Annotated[int, typer.Option(min=0, help="Tokens to decode.")] = 64,
    random_weights: Annotated[bool, typer.Option(help="Build the shapes only; nothing is read.")] = False,
    device: Device = None,
    yes: Yes = False,
    as_json: Json = False,
) -> None:
    """Load a model at a level for real: peak memory and speed, beside the estimate."""
    name = find_level(level).name
    where = device_here(device)
    options = f"--level {name} --context {context} --batch {batch} --new-tokens {new_tokens}"
    options += f" --device {where}" + (" --random-weights" if random_weights else "")
    with Session({"target": target, "level": name, "context": context, "batch": batch}) as session:
        found = resolve(target) if random_weights else fetch(session, target, yes)
        arguments = {
            "name": found.name,
            "level": name,
            "context": context,
            "batch": batch,
            "new_tokens": new_tokens,
            "device": where,
            "random_weights": random_weights,
            "context_bytes": measured_context(session),
        } | _what(found)
        job = Job("deploy", arguments, found.name, f"basefit deploy {asked_as(found)} {options}")
        (result,) = session.results([job])
        session.done({})
    if as_json:
        print_json("deploy", result)
        return
    print_line(f"{found.name}  {name}  {result['device']}")
    peak = {part: _size(size) for part, size in result["peak_bytes"].items()}
    print_line(words("cli.deploy-peak", **peak))
    estimate = {"expected": size_words(result["expected_bytes"]), "error": _percent(result["error"])}
    print_line(words("cli.deploy-estimate", **estimate))
    speed = {
        "prefill": number(result["prefill_tokens_per_s"], 1),
        "decode": number(result["decode_tokens_per_s"], 1),
        "load": number(result["load_seconds"], 1),
    }
    print_line(words("cli.deploy-speed", **speed))


def measured_context(session: Session) -> int | None:
    """Bytes of this card's driver context, where `basefit profile` has measured it."""
    machine = read_machine()
    found = measured(machine, session.store.find("hardware")).get(machine.device)
    return (found.context_bytes or None) if found else None


def asked_as(found: Target) -> str:
    """The target as a word of a command that finds it again from any folder."""
    return shlex.quote(spoken(found.name, str(found.directory)) if found.directory else found.name)


def _what(found: Target) -> dict[str, Any]:
    if found.directory is None:
        return {"config": config_of(found.spec)}
    return {"target": str(found.directory), "revision": revision(found.directory)}


def _size(size: int | None) -> str:
    return "-" if size is None else size_words(size)


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{share:+.1%}"
