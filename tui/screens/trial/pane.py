"""What every pane of the Trial screen has: the app, and words in the person's language."""

from textual.containers import Vertical

from probes.race.running import Race
from tui.basefit import Speaking


class Pane(Speaking, Vertical):
    """One view of the screen; `show` fills it from the app's state."""

    @property
    def race(self) -> Race | None:
        """The race of this session, if there is one."""
        return self.basefit.race

    def show(self) -> None:
        """Fill the pane anew."""
