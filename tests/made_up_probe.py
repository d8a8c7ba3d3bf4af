"""A probe that only tests know, and its command: what docs/adding.md says a new one is made of.

In the source these are three files: the record, `run`, and the command.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar

import typer

from catalog.problem import Problem
from probes.checkpoint.target import on_disk
from probes.jobs.events import Emit
from probes.jobs.record import Record, job_of, key_of, option, reads
from tui.cli.fetching import fetch
from tui.cli.options import Json, options_of
from tui.cli.output import print_json, print_line
from tui.cli.session import Session


@dataclass(frozen=True)
class MadeJob(Record):
    """Counts a model's files, `batch` times."""

    PROBE: ClassVar[str] = "made"
    COMMAND: ClassVar[str] = "made"
    target: str
    name: str
    level: str = option("nf4", "Quantization level.", always=True)
    batch: int = option(1, "Sequences at a time.", least=1, key=True)


@reads(MadeJob)
def run(job: MadeJob, emit: Emit) -> dict[str, Any]:
    """The probe."""
    directory = on_disk(job.target).directory
    if directory is None:
        raise Problem("config-missing", path=job.target)
    files = sum(path.is_file() for path in directory.iterdir())
    for done in range(job.batch):
        emit.progress("counting", done, job.batch, "files")
    key: Mapping[str, Any] = key_of(job)
    emit.metric(
        kind="made", model=job.name, revision="r", level=job.level, key=key, values={"files": files}
    )
    return {"files": files * job.batch}


@options_of(MadeJob)
def made(
    target: Annotated[str, typer.Argument(help="A directory.")], as_json: Json = False, **given: Any
) -> None:
    """Count the files of a model."""
    with Session({"target": target}) as session:
        found = fetch(session, target, False)
        job = MadeJob(str(found.directory), found.name, **given)
        (result,) = session.results([job_of(job, found.name)])
        session.done({})
    if as_json:
        print_json("made", result)
    else:
        print_line(str(result["files"]))
