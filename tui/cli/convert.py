"""`basefit convert`: a published ChatGLM as a checkpoint that transformers loads."""

import json
from pathlib import Path
from typing import Annotated

import typer

from probes.jobs.runner import Job
from tui.cli.options import Json
from tui.cli.output import print_json, print_line, words
from tui.cli.session import Session


def convert(
    directory: Annotated[Path, typer.Argument(help="A published ChatGLM directory.")],
    out: Annotated[Path, typer.Argument(help="A new folder.")],
    as_json: Json = False,
) -> None:
    """Write a ChatGLM checkpoint as safetensors that need none of its code."""
    job = Job(
        "convert",
        {"directory": str(directory), "out": str(out)},
        directory.name,
        f"basefit convert {directory} {out}",
    )
    with Session({"directory": str(directory), "out": str(out)}) as session:
        (result,) = session.results([job])
        session.done({})
    if as_json:
        print_json("convert", result)
    else:
        print_line(words("cli.written", path=out))
        print_line(json.dumps(dict(result), ensure_ascii=False, indent=2))
