"""A text that is not UTF-8 but reads as something else: whether to read it so."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Button, Static

from tui.screens.base import BasefitDialog


class EncodingDialog(BasefitDialog[bool]):
    """Answers True, or None."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("y", "read", "app.key.read-so")]

    def __init__(self, path: str, encoding: str) -> None:
        super().__init__()
        self._path, self._encoding = path, encoding

    def compose(self) -> ComposeResult:
        words = {"path": self._path, "encoding": self._encoding.upper()}
        with Vertical(classes="dialog"):
            yield Static(self.say("encoding.title", **words), classes="dialog-title", markup=False)
            yield Static(self.say("encoding.words", **words), markup=False)
            yield Button(self.say("encoding.yes", **words), id="read", variant="primary")
            yield Button(self.say("encoding.no"), id="leave")

    def on_button_pressed(self, event: Button.Pressed) -> None:
        self.dismiss(True if event.button.id == "read" else None)

    def action_read(self) -> None:
        """Read the text in that encoding."""
        self.dismiss(True)
