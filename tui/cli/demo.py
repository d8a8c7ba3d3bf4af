"""`basefit demo`: the bundled family, everything measured."""

from collections.abc import AsyncGenerator
from typing import Annotated

import typer

from catalog.verdict.request import Request
from probes.home import home
from probes.jobs.queue import Step
from probes.jobs.runner import Runner
from probes.measurement.campaign import measure
from probes.measurement.question import Inputs, demo_question
from tui.cli.options import Json
from tui.cli.verdict import answer


def demo(
    fresh: Annotated[bool, typer.Option(help="Measure again what is already known.")] = False,
    as_json: Json = False,
) -> int:
    """Measure the bundled family against its simulated card and give the verdict."""
    return answer("demo", demo_question(), _everything, as_json, fresh)


def _everything(request: Request, inputs: Inputs, runner: Runner) -> AsyncGenerator[Step, None]:
    return measure(request, inputs, runner, home() / "adapters")
