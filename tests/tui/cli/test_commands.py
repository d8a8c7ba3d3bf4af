"""Each command is one file of its name: nothing else is imported for it, and the list imports none."""

import subprocess
import sys

import pytest

from tui.cli.commands import NAMES, Commands, basefit


def imported_by(*arguments: str) -> set[str]:
    """The files of commands that a fresh interpreter has imported for a command line."""
    code = (
        "import sys; from tui.cli import run\n"
        f"sys.stdout = sys.stderr; run({list(arguments)!r}); sys.stdout = sys.__stdout__\n"
        "print(*(name for name in sys.modules if name.startswith('tui.cli.')))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return {name.removeprefix("tui.cli.") for name in done.stdout.split()} & {*NAMES}


@pytest.mark.parametrize("name", NAMES)
def test_a_command_imports_no_other(name: str) -> None:
    assert imported_by(name, "--help") == {name}


def test_the_list_of_all_imports_none_and_says_what_each_says(capsys: pytest.CaptureFixture[str]) -> None:
    assert imported_by("--help") == set()
    basefit(["--help"], prog_name="basefit", standalone_mode=False)
    shown = capsys.readouterr().out
    for name, command in Commands().items():
        start = command.get_short_help_str(200)[:30]
        assert f"  {name}" in shown
        assert start in shown, name
