"""Help for the screen it was asked on: what it is for, and its keys."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from tui.screens.base import BasefitDialog, translated


class HelpDialog(BasefitDialog[None]):
    """Any of Escape, q, ? closes it."""

    BINDINGS: ClassVar[list[BindingType]] = [("q,question_mark", "close", "app.key.close")]

    def __init__(self, mode: str) -> None:
        super().__init__()
        self._mode = mode

    def compose(self) -> ComposeResult:
        with VerticalScroll(classes="dialog -wide"):
            yield Static(self.say(f"screen.{self._mode}"), classes="dialog-title", markup=False)
            yield Static(self.say(f"help.{self._mode}"), classes="evidence", markup=False)
            yield Static(self._keys(), markup=False)

    def _keys(self) -> Content:
        screen = self.app.screen_stack[0]
        bindings = translated(screen.active_bindings, self.basefit.language)
        lines: dict[str, list[str]] = {}
        for active in bindings.values():
            words = active.binding.description
            if active.binding.id and words:
                lines.setdefault(words, []).append(self.app.get_key_display(active.binding))
        width = max((len(" ".join(keys)) for keys in lines.values()), default=0)
        return Content("\n").join(
            Content.assemble((" ".join(dict.fromkeys(keys)).ljust(width + 2), "bold"), words)
            for words, keys in lines.items()
        )
