"""`basefit demo`: the bundled family, everything measured."""

from typing import Annotated

import typer

from probes.measurement.measurement import Choice
from probes.measurement.question import demo_question
from tui.cli.options import Json
from tui.cli.verdict import answer


def demo(
    fresh: Annotated[bool, typer.Option(help="Measure again what is already known.")] = False,
    as_json: Json = False,
) -> int:
    """Measure the bundled family against its simulated card and give the verdict."""
    return answer("demo", demo_question(), Choice.EVERYTHING, as_json, fresh=fresh)
