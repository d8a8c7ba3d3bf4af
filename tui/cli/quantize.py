"""`basefit quantize`: a checkpoint written at a GPTQ level."""

from pathlib import Path
from typing import Annotated

import typer

from catalog.quantization.levels import find_level
from probes.jobs.runner import Job
from tui.cli.fetching import fetch
from tui.cli.measuring import device_here, sample_text
from tui.cli.options import Device, Json, Yes
from tui.cli.output import print_json, print_line, words
from tui.cli.session import Session
from tui.wording import size_words


def quantize(
    target: Annotated[str, typer.Argument(help="A directory or Hub id.")],
    level: Annotated[str, typer.Option(help="gptq-4-g128, gptq-8-g128, gptq-4-col, ...")],
    out: Annotated[Path, typer.Option(help="A new folder.")],
    text: Annotated[Path | None, typer.Option(help="Calibration text (default: the sample).")] = None,
    device: Device = None,
    yes: Yes = False,
    as_json: Json = False,
) -> None:
    """Write a GPTQ checkpoint that GPTQModel and transformers load."""
    name = find_level(level).name
    corpus = sample_text(text)
    with Session({"target": target, "level": name, "out": str(out)}) as session:
        found = fetch(session, target, yes)
        arguments = {
            "target": str(found.directory),
            "name": found.name,
            "level": name,
            "out": str(out),
            "text": str(corpus),
            "device": device_here(device),
        }
        command = f"basefit quantize {target} --level {name} --out {out} --text {corpus}"
        (result,) = session.results([Job("quantize", arguments, found.name, command)])
        session.done({})
    if as_json:
        print_json("quantize", result)
    else:
        print_line(f"{found.name}  {name}  {size_words(result['bytes'])}")
        print_line(words("cli.written", path=out))
