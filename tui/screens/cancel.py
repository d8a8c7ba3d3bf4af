"""What to end: one job, or everything."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Button, Static

from tui.screens.base import BasefitDialog


class CancelDialog(BasefitDialog[str]):
    """Answers `job`, `all` or None."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("x,j", "choose('job')", "app.key.cancel-job"),
        Binding("a", "choose('all')", "app.key.cancel-all"),
    ]

    def __init__(self, subject: str) -> None:
        super().__init__()
        self._subject = subject

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog"):
            yield Static(self.say("cancel.title"), classes="dialog-title", markup=False)
            yield Static(self.say("cancel.kept"), markup=False)
            if self._subject:
                yield Button(self.say("cancel.job", subject=self._subject), id="job")
            yield Button(self.say("cancel.all"), id="all", variant="warning")
            yield Button(self.say("cancel.none"), id="none")

    def on_button_pressed(self, event: Button.Pressed) -> None:
        self.dismiss(event.button.id if event.button.id != "none" else None)

    def action_choose(self, choice: str) -> None:
        """Answer by a key."""
        if choice != "job" or self._subject:
            self.dismiss(choice)
