"""`basefit add`: a model of the Hub, or of this disk, into the person's own catalog."""

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from catalog.models.own import add as write
from catalog.models.own import formula_fits, kind_from, name_from
from catalog.models.registry import KINDS, ModelEntry
from catalog.models.spec import ModelSpec
from catalog.problem import Problem
from catalog.quantities import parse_count
from probes.checkpoint.hubs import HUGGINGFACE, MODELSCOPE, chosen_host
from probes.checkpoint.target import Target as Found
from probes.checkpoint.target import own_models, read_config
from probes.home import home
from probes.shapes.spec import counted_spec
from tui.cli.fetching import with_config
from tui.cli.options import Json, Target, from_hub
from tui.cli.output import print_json, print_line, words
from tui.wording import count_words


@from_hub
def add(
    target: Target,
    name: Annotated[str | None, typer.Option(help="What to call it (default: as its id ends).")] = None,
    kind: Annotated[
        str | None, typer.Option(help="base, chat, coder or reasoning (default: as its name says).")
    ] = None,
    languages: Annotated[str, typer.Option(help="What it has read, by code, such as en,zh.")] = "",
    training_tokens: Annotated[
        str | None, typer.Option(help="Tokens that it has seen, such as 18T.")
    ] = None,
    licence: Annotated[str | None, typer.Option(help="Its licence.")] = None,
    as_json: Json = False,
) -> None:
    """Put a model into your own catalog: every command and screen knows it from then on."""
    if kind is not None and kind not in KINDS:
        raise Problem("kind-unknown", kind=kind, known=", ".join(KINDS))
    found = with_config(target)
    called = name if name is not None else name_from(found.name)
    local = Path(target).expanduser().is_dir()
    ids: dict[str, str] = {} if local or found.facts else {chosen_host().name: target}
    facts = None if local else found.facts
    entry = ModelEntry(
        _written(found, called),
        facts.hub_id if facts else ids.get(HUGGINGFACE.name, ""),
        modelscope_id=facts.modelscope_id if facts else ids.get(MODELSCOPE.name),
        training_tokens=None if training_tokens is None else int(parse_count(training_tokens)),
        languages=tuple(code.strip().lower() for code in languages.split(",") if code.strip()),
        licence=licence,
        kind=kind or kind_from(called),
        path=str(Path(target).expanduser().absolute()) if local else "",
    )
    home()
    write(own_models(), entry)
    about = {"name": called, "kind": entry.kind, "path": str(own_models())}
    if as_json:
        called_there = {"hub_id": entry.hub_id, "modelscope_id": entry.modelscope_id}
        print_json("add", about | called_there | {"parameters": entry.spec.parameters})
    else:
        print_line(words("cli.added", count=count_words(entry.spec.parameters), **about))


def _written(found: Found, name: str) -> ModelSpec:
    """Its shapes as a row of the catalog can hold them: by plain fields, else as a record."""
    spec = replace(found.spec, name=name)
    if spec.counted or found.directory is None or formula_fits(spec):
        return spec
    return counted_spec(read_config(found.directory), name)
