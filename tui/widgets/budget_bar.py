"""The budgets one can step through, as a line of sizes with the chosen one marked."""

from collections.abc import Sequence

from textual.content import Content
from textual.events import Click
from textual.message import Message
from textual.widget import Widget

from catalog.hardware.gpu import GIB, Budget


class BudgetBar(Widget):
    """Left and right are the screen's keys; a click chooses as well."""

    class Chosen(Message):
        """A stop was clicked."""

        def __init__(self, budget: Budget) -> None:
            super().__init__()
            self.budget = budget

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._stops: Sequence[Budget] = ()
        self._chosen, self._here = 0, ""

    def show(self, stops: Sequence[Budget], chosen: Budget, here: str) -> None:
        """Mark `chosen` among `stops`; the first stop is this machine and is worded `here`."""
        self._stops, self._here = stops, here
        self._chosen = next((i for i, stop in enumerate(stops) if stop.label == chosen.label), 0)
        self.refresh()

    def _labels(self) -> list[str]:
        return [
            self._here if i == 0 else f"{stop.total_bytes / GIB:.0f}" for i, stop in enumerate(self._stops)
        ]

    def render(self) -> Content:
        pieces = [Content.styled("< ", "dim")]
        for i, label in enumerate(self._labels()):
            chosen = i == self._chosen
            pieces.append(
                Content.styled(f"[{label}]" if chosen else f" {label} ", "bold reverse" if chosen else "")
            )
            pieces.append(Content(" "))
        pieces.append(Content.styled("GiB >", "dim"))
        return Content("").join(pieces)

    def on_click(self, event: Click) -> None:
        at = 2
        for stop, label in zip(self._stops, self._labels(), strict=True):
            width = Content(label).cell_length + 3
            if at <= event.x < at + width - 1:
                self.post_message(self.Chosen(stop))
                return
            at += width
