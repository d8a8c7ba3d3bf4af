"""`basefit quantize`: a checkpoint written at a GPTQ level."""

from typing import Annotated, Any

import typer

from catalog.quantization.levels import find_level
from probes.checkpoint.job import QuantizeJob
from probes.checkpoint.target import spoken
from probes.jobs.record import job_of
from tui.cli.fetching import fetch
from tui.cli.measuring import device_here, sample_text
from tui.cli.options import Device, Json, Yes, from_hub, options_of
from tui.cli.output import print_json, print_line, words
from tui.cli.session import Session
from tui.wording import size_words


@from_hub
@options_of(QuantizeJob)
def quantize(
    target: Annotated[str, typer.Argument(help="A directory or Hub id.")],
    device: Device = None,
    yes: Yes = False,
    as_json: Json = False,
    **given: Any,
) -> None:
    """Write a GPTQ checkpoint that GPTQModel and transformers load."""
    level, out = find_level(given["level"]).name, given["out"]
    text = given.get("text") or str(sample_text(None))
    with Session({"target": target, "level": level, "out": out}) as session:
        found = fetch(session, target, yes)
        job = QuantizeJob(str(found.directory), found.name, level, out, text, device_here(device))
        (result,) = session.results([job_of(job, spoken(found.name, job.target))])
        session.done({})
    if as_json:
        print_json("quantize", result)
    else:
        print_line(f"{found.name}  {level}  {size_words(result['bytes'])}")
        print_line(words("cli.written", path=out))
