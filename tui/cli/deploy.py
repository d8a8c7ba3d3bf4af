"""`basefit deploy`: what a level really takes, and how fast it is."""

from dataclasses import replace
from typing import Any

from catalog.models.to_config import config_of
from catalog.quantization.levels import find_level
from catalog.quantization.precision import level_for
from probes.checkpoint.revision import revision
from probes.checkpoint.target import Target, resolve, spoken
from probes.deploy.job import DeployJob
from probes.jobs.record import job_of
from probes.machine.device import Device as Place
from probes.machine.device import id_of
from probes.machine.hardware import rated, read_machine
from tui.cli.fetching import fetch
from tui.cli.measuring import devices_here
from tui.cli.options import Device, Json, Yes, from_hub, options_of
from tui.cli.options import Target as Named
from tui.cli.output import print_json, print_line, tell, words
from tui.cli.session import Session
from tui.wording import number, size_words


@from_hub
@options_of(DeployJob)
def deploy(
    target: Named,
    device: Device = None,
    yes: Yes = False,
    as_json: Json = False,
    **given: Any,
) -> None:
    """Load a model at a level for real: peak memory and speed, beside the estimate."""
    place = devices_here(device)
    asked = DeployJob(**given, device=id_of(place))
    asked = replace(asked, level=level_for(find_level(asked.level).name, place[0].capability))
    request = {"level": asked.level, "context": asked.context, "batch": asked.batch}
    with Session({"target": target} | request) as session:
        found = resolve(target) if asked.random_weights else fetch(session, target, yes)
        what = {"name": found.name, "context_bytes": measured_context(session, place[0])} | _what(found)
        job = job_of(replace(asked, **what), _named(found))
        (result,) = session.results([job])
        session.done({})
    if as_json:
        print_json("deploy", result)
        return
    print_line(f"{found.name}  {asked.level}  {result['device']}")
    peak = {part: _size(size) for part, size in result["peak_bytes"].items()}
    print_line(words("cli.deploy-peak", **peak))
    estimate = {"expected": size_words(result["expected_bytes"]), "error": _percent(result["error"])}
    print_line(words("cli.deploy-estimate", **estimate))
    for what in result["unknown"]:
        kind, _, field = what.partition(".")
        tell(words(f"unknown.{kind}", field=field))
    speed = {
        "prefill": number(result["prefill_tokens_per_s"], 1),
        "decode": number(result["decode_tokens_per_s"], 1),
        "load": number(result["load_seconds"], 1),
    }
    print_line(words("cli.deploy-speed", **speed))


def measured_context(session: Session, device: Place) -> int | None:
    """Bytes of this card's driver context, where `basefit profile` has measured it."""
    found = rated(read_machine(), session.store.find("hardware"))
    return next((one.rates.context_bytes or None for one in found if one.id == device.id), None)


def _named(found: Target) -> str:
    """The target as a command finds it again from any folder."""
    return spoken(found.name, str(found.directory)) if found.directory else found.name


def _what(found: Target) -> dict[str, Any]:
    if found.directory is None:
        return {"config": config_of(found.spec)}
    return {"target": str(found.directory), "revision": revision(found.directory)}


def _size(size: int | None) -> str:
    return "-" if size is None else size_words(size)


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{share:+.1%}"
