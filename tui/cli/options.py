"""The options that several commands share, each with its help."""

from pathlib import Path
from typing import Annotated

import typer

from catalog.problem import Problem
from catalog.quantization.levels import usual_levels

Target = Annotated[str, typer.Argument(help="A directory, Hub id or catalog id.")]
Targets = Annotated[list[str], typer.Argument(help="Directories, Hub ids or catalog ids.")]
Json = Annotated[bool, typer.Option("--json", help="One JSON object on stdout, progress on stderr.")]
Budget = Annotated[str | None, typer.Option(help="Memory to plan for: 24GiB, 2x24GiB, a card's name.")]
Gpu = Annotated[str | None, typer.Option(help="A card by name, such as rtx-4090.")]
Use = Annotated[str, typer.Option(help="infer, qlora, lora or both.")]
Context = Annotated[int, typer.Option(min=1, help="Tokens of context.")]
Batch = Annotated[int, typer.Option(min=1, help="Sequences at a time.")]
Level = Annotated[str, typer.Option(help="Quantization level.")]
Texts = Annotated[
    list[Path] | None, typer.Option(help="Your text; again for several (default: the sample).")
]
Encoding = Annotated[str | None, typer.Option(help="If not UTF-8, such as gb18030.")]
Export = Annotated[Path | None, typer.Option(help="Write a .md, .svg or .json as well.")]
Device = Annotated[str | None, typer.Option(help="cpu or cuda (default: cuda where there is one).")]
Yes = Annotated[bool, typer.Option("--yes", help="Agree to download what is not on this disk.")]
Language = Annotated[
    str | None, typer.Option(help="Of the work: zh (default), or a mix such as zh:70,en:30.")
]
Kind = Annotated[
    str | None,
    typer.Option(help="base (default to tune), chat, coder, reasoning or any (default to serve)."),
]
Levels = Annotated[
    str | None, typer.Option(help=f"Quantization levels (default {','.join(usual_levels())}).")
]


def memory(budget: str | None, gpu: str | None) -> str | None:
    """What to plan for; Problem("budget-twice") where both say it."""
    if budget and gpu and budget != gpu:
        raise Problem("budget-twice", budget=budget, gpu=gpu)
    return gpu or budget


def check_choice(code: str, given: str, known: tuple[str, ...]) -> None:
    """Problem `code` for a choice that is none of those known."""
    if given not in known:
        raise Problem(code, given=given, known=", ".join(known))
