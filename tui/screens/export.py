"""Where to write a comparison or a ladder: the ending of the name says in which form."""

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widgets import Input, Static

from catalog.problem import Problem
from tui.report.export import export
from tui.screens.base import BasefitDialog
from tui.wording import problem_words


class ExportDialog(BasefitDialog[Path]):
    """Answers the file that was written, or None."""

    def __init__(self, result: Mapping[str, Any], name: str) -> None:
        """`result` as tui.report.export takes it; `name` is proposed."""
        super().__init__()
        self._result, self._name = result, name

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog"):
            yield Static(self.say("export.title"), classes="dialog-title", markup=False)
            yield Static(self.say("export.endings"), markup=False)
            yield Input(self._name, id="export-path")
            yield Static(id="export-problem", classes="problem", markup=False)

    @on(Input.Submitted)
    async def _write(self, event: Input.Submitted) -> None:
        path = Path(event.value.strip()).expanduser().absolute()
        try:
            await asyncio.to_thread(export, self._result, path, self.basefit.language)
        except Problem as problem:
            told = self.query_one("#export-problem", Static)
            told.update(problem_words(problem, self.basefit.language))
            return
        self.dismiss(path)
