"""What every screen has: the top bar, the footer, and words that follow the language at once."""

from collections.abc import Iterable
from dataclasses import replace
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import ActiveBinding, BindingType
from textual.geometry import Size
from textual.screen import ModalScreen, Screen, ScreenResultType
from textual.widget import Widget

from tui.basefit import Speaking
from tui.strings import say
from tui.widgets.key_footer import KeyFooter
from tui.widgets.topbar import TopBar

ROOMY = 110
"""Cells of width from which tables show every column."""
BROAD, TALL = 150, 30
"""Cells from which a plot stands beside its table, or below it."""


def translated(bindings: dict[str, ActiveBinding], language: str) -> dict[str, ActiveBinding]:
    """The bindings with the word for each `app.key.…` description."""
    return {key: _translated(active, language) for key, active in bindings.items()}


def _translated(active: ActiveBinding, language: str) -> ActiveBinding:
    key = active.binding.description
    if key in ("palette", "Palette"):
        key = "app.key.palette"
    if not key.startswith("app.key."):
        return active
    words = say(key, language)
    return active._replace(binding=replace(active.binding, description=words), tooltip=words)


class BasefitScreen(Speaking, Screen[None]):
    """A screen of the app. Subclasses compose `body`, and fill in everything worded in `refresh_words`."""

    HELP_KEY: ClassVar[str] = ""
    """The page of help shown for this screen: `app.help.HELP_KEY`."""

    _stale = False
    _worded_for: Size | None = None

    def compose(self) -> ComposeResult:
        yield TopBar()
        yield from self.body()
        yield KeyFooter()

    def body(self) -> Iterable[Widget]:
        """The widgets between the top bar and the footer."""
        return ()

    def on_mount(self) -> None:
        self.watch(self.app, "language", self._language_changed, init=False)
        self.watch(self.app, "budget", self.words_changed, init=False)
        self.words_changed()

    def on_screen_resume(self) -> None:
        self.words_changed()

    def _language_changed(self) -> None:
        self.words_changed()
        self.refresh_bindings()

    def words_changed(self) -> None:
        """Fill the words anew, once however many things have changed: mounting alone asks three times."""
        if not self._stale:
            self._stale = True
            self.call_next(self._refresh_once)

    def _refresh_once(self) -> None:
        self._stale = False
        self.refresh_words()

    @property
    def roomy(self) -> bool:
        """Whether there are the columns for what 80 cells cannot hold."""
        return self.size.width >= ROOMY

    def on_resize(self) -> None:
        self.set_class(self.size.height >= TALL, "-tall")
        self.set_class(self.size.width >= BROAD, "-broad")
        if self.size != self._worded_for:
            self._worded_for = self.size
            self.words_changed()

    def refresh_words(self) -> None:
        """Fill every worded widget from the app's state, in its language."""

    @property
    def active_bindings(self) -> dict[str, ActiveBinding]:
        return translated(super().active_bindings, self.basefit.language)


class BasefitDialog(Speaking, ModalScreen[ScreenResultType]):
    """A dialog over a screen; Escape closes it with None."""

    BINDINGS: ClassVar[list[BindingType]] = [("escape", "close", "app.key.close")]

    def action_close(self) -> None:
        self.dismiss(None)

    @property
    def active_bindings(self) -> dict[str, ActiveBinding]:
        return translated(super().active_bindings, self.basefit.language)
