"""`basefit convert`: a published ChatGLM as a checkpoint that transformers loads."""

import json
from pathlib import Path
from typing import Annotated

import typer

from probes.chatglm.job import ConvertJob
from probes.jobs.record import job_file, job_of
from tui.cli.options import Json
from tui.cli.output import print_json, print_line, words
from tui.cli.session import Session
from tui.foreign import clean_json


def convert(
    directory: Annotated[Path, typer.Argument(help="A published ChatGLM directory.")],
    out: Annotated[Path, typer.Argument(help="A new folder, or one left unfinished.")],
    as_json: Json = False,
) -> None:
    """Write a ChatGLM checkpoint as safetensors that need none of its code."""
    asked = ConvertJob(str(directory), str(out))
    job = job_of(asked, str(directory.absolute()), str(out.absolute()))
    with Session(job_file(asked)) as session:
        (result,) = session.results([job])
        session.done({})
    if as_json:
        print_json("convert", result)
    else:
        print_line(words("cli.written", path=out))
        print_line(clean_json(json.dumps(dict(result), ensure_ascii=False, indent=2)))
