"""Quitting while something is measured: stop it, keep it running, or stay."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Button, Static

from tui.screens.base import BasefitDialog


class LeaveDialog(BasefitDialog[str]):
    """Answers `stop`, `keep` or None for staying; `keeps` is whether it can be kept running."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("k,q", "choose('keep')", "app.key.quit-keep"),
        Binding("s", "choose('stop')", "app.key.quit-stop"),
    ]

    def __init__(self, title: str, keeps: bool) -> None:
        super().__init__()
        self._title, self._keeps = title, keeps

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog"):
            yield Static(self._title, classes="dialog-title", markup=False)
            yield Static(self.say("quit.kept" if self._keeps else "quit.here"), markup=False)
            if self._keeps:
                yield Button(self.say("quit.keep"), id="keep")
            yield Button(self.say("quit.stop"), id="stop", variant="warning")
            yield Button(self.say("quit.stay"), id="stay")

    def on_button_pressed(self, event: Button.Pressed) -> None:
        self.dismiss(event.button.id if event.button.id != "stay" else None)

    def action_choose(self, choice: str) -> None:
        """Answer by a key."""
        if choice == "stop" or self._keeps:
            self.dismiss(choice)
