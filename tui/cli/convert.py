"""`basefit convert`: a published ChatGLM as a checkpoint that transformers loads."""

import json
from pathlib import Path

from probes.jobs.runner import Job
from tui.cli.output import print_json, print_line, words
from tui.cli.session import Session


def convert(directory: Path, out: Path, as_json: bool) -> None:
    """See commands.convert."""
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
