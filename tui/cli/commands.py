"""The commands by name: each is the function of that name in the file of that name beside this one."""

import ast
from collections.abc import Iterator, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

import typer
from typer.core import TyperGroup

NAMES = (
    "profile",
    "doctor",
    "models",
    "plan",
    "add",
    "tokenizers",
    "perplexity",
    "trial",
    "export",
    "vocab",
    "deploy",
    "quantize",
    "convert",
    "cost",
    "recommend",
    "demo",
    "runs",
    "attach",
    "report",
    "evidence",
)
"""In the order in which `basefit --help` shows them."""


class Commands(Mapping[str, Any]):
    """Name -> command; its file is imported when it is asked for, so that one never waits for another."""

    def __getitem__(self, name: str) -> Any:
        if name not in NAMES:
            raise KeyError(name)
        alone = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)
        alone.command(name)(getattr(import_module(f"tui.cli.{name}"), name))
        return typer.main.get_command(alone)

    def __iter__(self) -> Iterator[str]:
        return iter(NAMES)

    def __len__(self) -> int:
        return len(NAMES)


class Basefit(TyperGroup):
    """The group of all commands, whose list takes their docstrings from the files: nothing is imported."""

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """The names with as much of each first line as fits."""
        width = formatter.width - 6 - max(map(len, NAMES))
        shown = [(name, typer.core.TyperCommand(name, help=_docstring(name))) for name in NAMES]
        with formatter.section("Commands"):
            formatter.write_dl([(name, command.get_short_help_str(width)) for name, command in shown])


def _docstring(name: str) -> str | None:
    tree = ast.parse(Path(__file__).with_name(f"{name}.py").read_text(encoding="utf-8"))
    functions = (node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == name)
    return ast.get_docstring(next(functions))


basefit = Basefit(
    name="basefit",
    help="Which base model, at which quantization, for this GPU, this language and this data.",
    commands=Commands(),  # type: ignore[arg-type]  # read only, though it says dict
    rich_markup_mode=None,
)
