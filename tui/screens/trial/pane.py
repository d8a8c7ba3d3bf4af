"""What every pane of the Trial screen has: the app, and words in the person's language."""

from typing import TYPE_CHECKING, Any, cast

from textual.containers import Vertical

from probes.race.running import Race
from tui.strings import say

if TYPE_CHECKING:
    from tui.app import BasefitApp


class Pane(Vertical):
    """One view of the screen; `show` fills it from the app's state."""

    @property
    def basefit(self) -> "BasefitApp":
        return cast("BasefitApp", self.app)

    @property
    def race(self) -> Race | None:
        """The race of this session, if there is one."""
        return self.basefit.race

    def say(self, key: str, /, **params: Any) -> str:
        """The app's words for `app.KEY` in the current language."""
        return say(f"app.{key}", self.basefit.language, **params)

    def show(self) -> None:
        """Fill the pane anew."""
