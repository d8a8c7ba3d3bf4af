"""The line on top: where one is, what is being measured, and the budget with its badge."""

from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.events import Click
from textual.widgets import Static

from tui.basefit import Speaking
from tui.wording import size_words

SCREENS = ("home", "models", "tokenizers", "run", "verdict")

VIEW_OF = {"trial": "run"}
"""A screen without a name of its own on the bar, and the one it stands beside."""


class Tab(Static):
    """The name of a screen; a click goes there."""

    def __init__(self, mode: str) -> None:
        super().__init__(markup=False, id=f"tab-{mode}")
        self.mode = mode

    async def on_click(self, event: Click) -> None:
        event.stop()
        await self.app.run_action(f"app.go('{self.mode}')")


class TopBar(Speaking, Horizontal):
    """Names of the screens, the state of the queue, the budget."""

    def compose(self) -> ComposeResult:
        yield Static("basefit", id="brand", markup=False)
        for mode in SCREENS:
            yield Tab(mode)
        yield Static(id="queue-state", markup=False)
        yield Static(id="sim-badge", markup=False)
        yield Static(id="budget-chip", markup=False)

    def on_mount(self) -> None:
        self.watch(self.app, "language", self.show, init=False)
        self.watch(self.app, "budget", self.show, init=False)
        self.set_interval(0.5, self._show_queue)
        self.show()

    def show(self) -> None:
        """Word everything anew."""
        for place, mode in enumerate(SCREENS, start=1):
            tab = self.query_one(f"#tab-{mode}", Tab)
            tab.update(f"{place} {self.say(f'screen.{mode}')}")
            tab.set_class(mode in (self.screen.id, VIEW_OF.get(self.screen.id or "")), "-here")
        budget = self.basefit.shown_budget(self.screen.id or "")
        self.query_one("#sim-badge", Static).update("SIM" if budget.simulated else "")
        self.query_one("#sim-badge").set_class(budget.simulated, "-on")
        self.query_one("#budget-chip", Static).update(size_words(budget.total_bytes))
        self._show_queue()

    def _show_queue(self) -> None:
        board = self.basefit.board
        words = ""
        if board is not None and board.running:
            words = f"{board.over}/{len(board.jobs)}"
        state = self.query_one("#queue-state", Static)
        state.update(words)
        state.set_class(bool(words), "-on")
