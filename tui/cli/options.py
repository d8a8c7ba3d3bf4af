"""The options that several commands share, and those that come from a job's record."""

from collections.abc import Callable
from dataclasses import MISSING, Field, fields
from functools import wraps
from inspect import Parameter, signature
from operator import getitem
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, TypeVar, get_args, get_origin, get_type_hints

import typer

from catalog.memory.trainers import BASEFIT, TRAINERS
from catalog.problem import Problem
from catalog.quantities import MOST_ASKED
from catalog.quantization.engines import ENGINES
from catalog.quantization.levels import usual_levels
from probes.checkpoint.hubs import HOSTS, VARIABLE, choosing
from probes.jobs.record import Record, flags, told

Target = Annotated[str, typer.Argument(help="A directory, Hub id or catalog id.")]
Targets = Annotated[list[str], typer.Argument(help="Directories, Hub ids or catalog ids.")]
Json = Annotated[bool, typer.Option("--json", help="One JSON object on stdout, progress on stderr.")]
Budget = Annotated[str | None, typer.Option(help="Memory to plan for: 24GiB, 2x24GiB, a card's name.")]
Gpu = Annotated[str | None, typer.Option(help="A card by name, such as rtx-4090.")]
Use = Annotated[str, typer.Option(help="infer, qlora, lora or both.")]
Context = Annotated[int, typer.Option(min=1, max=MOST_ASKED, help="Tokens of context.")]
Batch = Annotated[int, typer.Option(min=1, max=MOST_ASKED, help="Sequences at a time.")]
Engine = Annotated[
    str | None, typer.Option(help=f"{', '.join(ENGINES)} (default: the cheapest that serves the level).")
]
Trainer = Annotated[
    str | None, typer.Option(help=f"What trains it: {', '.join(TRAINERS)} (default: {BASEFIT.name}).")
]
Prefill = Annotated[
    str | None, typer.Option(help="Tokens of the prompt at once, or all (default: as the engine does).")
]
KvBits = Annotated[int | None, typer.Option(help="Bits of the KV cache: 16 (default), 8 or 4.")]
Offload = Annotated[str | None, typer.Option(help="experts: they stay in the host's memory.")]
Level = Annotated[str, typer.Option(help="Quantization level.")]
Export = Annotated[Path | None, typer.Option(help="Write a .md, .svg or .json as well.")]
Device = Annotated[
    str | None,
    typer.Option(
        help="cpu, cuda, cuda:1, a card's name or UUID (default: the card with most free memory)."
    ),
]
Yes = Annotated[bool, typer.Option("--yes", help="Agree to download what is not on this disk.")]
Hub = Annotated[
    str | None,
    typer.Option(help=f"Where to fetch from: {', '.join(HOSTS)} (default: {VARIABLE}, or the first)."),
]
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


Command = TypeVar("Command", bound=Callable[..., Any])


def from_hub(command: Command) -> Command:
    """A command that may fetch models, with `--hub`: the hub of that name is chosen while it runs."""

    @wraps(command)
    def run(hub: str | None = None, **values: Any) -> Any:
        with choosing(hub):
            return command(**values)

    own = signature(command)
    last = Parameter("hub", Parameter.KEYWORD_ONLY, annotation=Hub, default=None)
    named = [one.replace(kind=Parameter.KEYWORD_ONLY) for one in own.parameters.values()]
    run.__signature__ = own.replace(parameters=[*named, last])  # type: ignore[attr-defined]
    return run  # type: ignore[return-value]


def options_of(kind: type[Record], *but: str) -> Callable[[Command], Command]:
    """A command with an option for each field of a record that has help, `but` some.

    What the person said of them comes as its `**given`, plain as the record wants it. What was not said
    is not in it: a default stands in the record alone. Files are never required: the sample is there.
    """
    offered = [one for one in fields(kind) if told(one).help and one.name not in but]
    hints = get_type_hints(kind)
    options = [_option(one, hints[one.name]) for one in offered]

    def decorate(command: Command) -> Command:
        @wraps(command)
        def run(**values: Any) -> Any:
            given = {one.name: _plain(values.pop(one.name), told(one).joined) for one in offered}
            return command(**values, **{name: value for name, value in given.items() if value is not None})

        own = signature(command)
        named = [one for one in own.parameters.values() if one.kind is not Parameter.VAR_KEYWORD]
        needed = [one for one in named if one.default is Parameter.empty]
        rest = [one for one in named if one.default is not Parameter.empty]
        options.sort(key=lambda one: one.default is not Parameter.empty)
        run.__signature__ = own.replace(  # type: ignore[attr-defined]
            parameters=[one.replace(kind=Parameter.KEYWORD_ONLY) for one in (*needed, *options, *rest)]
        )
        return run  # type: ignore[return-value]

    return decorate


def _option(one: "Field[Any]", hint: Any) -> Parameter:
    about, default = told(one), one.default
    arms = get_args(hint) if isinstance(hint, UnionType) else (hint,)
    kind: Any = next(arm for arm in arms if arm is not NoneType)
    several = get_origin(kind) is tuple
    if several:
        kind = get_args(kind)[0]
    if about.path:
        kind = Path
    if several:
        kind = str if about.joined else list[kind]
    help = about.help
    if default not in (MISSING, None, False, ()) and "default" not in help:
        help = f"{help[:-1]} (default {','.join(default) if several else default})."
    names = (f"{flag}/--no-{flag[2:]}" if kind is bool else flag for flag in flags(one))
    said: Any = typer.Option(*names, help=help, min=about.least)
    needed = default is MISSING and not several
    annotation = getitem(Annotated, (kind if needed else kind | None, said))
    unsaid = Parameter.empty if needed else None
    return Parameter(one.name, Parameter.KEYWORD_ONLY, annotation=annotation, default=unsaid)


def _plain(value: Any, joined: bool) -> Any:
    """As a record holds it: paths as text, lists as tuples, None where nothing is left to say."""
    if joined and isinstance(value, str):
        return tuple(part.strip() for part in value.split(",") if part.strip())
    if isinstance(value, list):
        return tuple(_plain(item, False) for item in value) or None
    return str(value) if isinstance(value, Path) else value
